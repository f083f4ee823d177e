"""The example that controls the mock from JavaScript, in Chromium."""

from mock_server.live import live, load_sources
from tests.helpers.exporting import export
from tests.helpers.programs import ROOT, in_chromium

EXAMPLE = ROOT / "examples" / "browser"


def test_the_playwright_example_passes_in_chromium() -> None:
    """Its tests use sessions, the clock, fixtures, faults and the journal."""
    export("client", EXAMPLE, folder_name="contract")
    with live(*load_sources()) as mock:
        assert "6 passed" in in_chromium(EXAMPLE, mock.address)
