"""The example that controls the mock from JavaScript, in Chromium."""

from mock_server.live import live, load_sources
from tests.helpers.programs import in_chromium


def test_the_playwright_example_passes_in_chromium() -> None:
    """Its tests use sessions, the clock, fixtures, faults and the journal."""
    with live(*load_sources()) as mock:
        assert "6 passed" in in_chromium("examples/browser", mock.address)
