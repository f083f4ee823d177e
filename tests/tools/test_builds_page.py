"""The example page, built with the generated types, in Chromium with the mock."""

import re

import pytest

from mock_server.live import live, load_sources
from tests.helpers.exporting import export
from tests.helpers.programs import ROOT, in_chromium, run

PAGE = ROOT / "examples" / "builds-page"


@pytest.fixture(scope="module", autouse=True)
def contract() -> None:
    """Generate the types and the client that the page and its tests use; they are not committed."""
    export("typescript", PAGE / "src", folder_name="contract")
    export("client", PAGE / "tests", folder_name="mock")


def test_the_page_and_its_tests_compile_in_strict_mode() -> None:
    compiled = run("tsc", "--project", PAGE)
    assert compiled.returncode == 0, compiled.stdout


def test_the_page_handles_every_fixture_rebuilds_and_faults() -> None:
    """Each test has its own session and moves its clock; two run at a time."""
    judge, fixtures = load_sources()
    with live(judge, fixtures) as mock:
        output = in_chromium(PAGE / "tests", mock.address)
    for name in fixtures.fixtures:
        assert f"the state {name}" in output
    assert re.search(r"^ +\d+ passed", output, re.MULTILINE)


def test_no_test_of_the_page_sleeps() -> None:
    for file in (PAGE / "tests").glob("*.ts"):
        assert not re.search(r"waitForTimeout|setTimeout|sleep", file.read_text("utf-8")), file
