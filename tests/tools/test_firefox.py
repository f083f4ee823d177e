"""The gallery in Debian's Firefox: WCAG 2.2 AA, small screens, and the console by keyboard.

Playwright needs its own Firefox; puppeteer-core drives any, with WebDriver BiDi.
"""

from __future__ import annotations

import json
import shutil

from mock_server.live import live, load_sources
from tests.helpers.programs import ROOT, run

SCRIPT = ROOT / "tests" / "tools" / "firefox" / "pages.mjs"
PAGES = ("", "states/text-hostile", "console", "map", "contract", "operations/getPackageRelease")


def test_the_pages_have_no_violation_and_work_in_firefox() -> None:
    firefox = shutil.which("firefox-esr")
    assert firefox, "firefox-esr is not installed: run these tests with `make test-tools`"
    with live(*load_sources()) as mock:
        completed = run("node", SCRIPT, firefox, mock.address, *PAGES, "nonsense", timeout=300)
    assert completed.returncode == 0, completed.stdout
    problems = json.loads(completed.stdout.splitlines()[-1])
    assert problems == [], "\n".join(problems)
