"""The example that steers the mock from JavaScript, in a real browser."""

import shutil
import subprocess

from mock_server.live import live, sources
from tests.tools.programs import ROOT, environment, program


def test_playwright_steers_the_mock_in_debians_chromium() -> None:
    """Every test of examples/browser passes: sessions, clock, fixtures, faults and journal."""
    chromium = shutil.which("chromium")
    assert chromium, "chromium is not installed: run these tests with `make test-tools`"
    with live(*sources()) as mock:
        result = subprocess.run(
            [program("playwright"), "test", "--config", "examples/browser"],
            cwd=ROOT,
            env={**environment(), "MOCK": mock.address, "CHROMIUM": chromium, "CI": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
    assert result.returncode == 0, result.stdout
    assert "6 passed" in result.stdout
