"""The example page, on the generated types, in a real browser against the mock."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from mock_server.live import live, load_sources
from tests.helpers.programs import ROOT, environment, in_chromium, run

PAGE = ROOT / "examples" / "builds-page"
CONTRACT = PAGE / "src" / "contract"


@pytest.fixture(scope="module", autouse=True)
def contract() -> None:
    """The types and states that the page is built on, which are not kept with it."""
    program = Path(sys.executable).with_name("mock-server")
    command: list[str | Path] = [program, "export", "--format", "typescript", "--out", CONTRACT]
    subprocess.run(command, cwd=ROOT, env=environment(), check=True, timeout=120)


def test_the_page_and_its_tests_compile_strictly() -> None:
    compiled = run("tsc", "--project", PAGE)
    assert compiled.returncode == 0, compiled.stdout


def test_the_page_shows_every_fixture_follows_rebuilds_and_stands_faults() -> None:
    """Each test in a session of its own, two at a time, driven by clocks and without a sleep."""
    judge, fixtures = load_sources()
    with live(judge, fixtures) as mock:
        told = in_chromium(PAGE / "tests", mock.address)
    for name in fixtures.releases:
        assert f"the state {name}" in told
    assert re.search(r"^ +\d+ passed", told, re.MULTILINE)


def test_no_test_of_the_page_sleeps() -> None:
    for file in (PAGE / "tests").glob("*.ts"):
        assert not re.search(r"waitForTimeout|setTimeout|sleep", file.read_text("utf-8")), file
