"""The example that steers the mock from JavaScript, in a real browser."""

from mock_server.live import live, load_sources
from tests.helpers.programs import in_chromium


def test_playwright_steers_the_mock_in_debians_chromium() -> None:
    """Every test of examples/browser passes: sessions, clock, fixtures, faults and journal."""
    with live(*load_sources()) as mock:
        assert "6 passed" in in_chromium("examples/browser", mock.address)
