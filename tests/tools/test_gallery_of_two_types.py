"""The gallery of a document with two types of resources in Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from mock_server.live import LiveMock, live, load_sources
from tests.helpers.page_checks import LOW_CONTRAST, OVERFLOW, WITHOUT_NAME
from tests.mock_server.helpers.two_types import two_types

PATHS = ("", "states/ada", "states/done", "console", "map", "contract")
expect.set_options(timeout=30_000)  # the machine can be slow


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMock]:
    folder = tmp_path_factory.mktemp("two_types")
    with live(*load_sources(*two_types(folder, second_timeline=True))) as mock:
        yield mock


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page. An error of a script fails the test."""
    page = browser.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    page.close()
    assert problems == []


@pytest.mark.parametrize("width", [360, 1300])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_a_page_fits_its_screen_and_is_legible(
    mock: LiveMock, browser: Browser, path: str, scheme: str, width: int
) -> None:
    page = browser.new_page(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page.goto(f"{mock.address}/_s/looks/_mock/{path}")
    if path == "console":
        expect(page.locator("#resource-view .headline")).to_be_visible()
    assert page.evaluate(OVERFLOW) == 0
    assert page.evaluate(LOW_CONTRAST) == []
    assert page.evaluate(WITHOUT_NAME) == []
    page.close()


def test_the_console_controls_a_resource_with_an_integer_as_its_key(
    mock: LiveMock, page: Page
) -> None:
    page.goto(f"{mock.address}/_s/jobs/_mock/console?id=8")
    status = page.locator("#resource-view .headline .status")
    expect(status).to_have_text("RUNNING")
    page.get_by_role("button", name="Retry", exact=True).click()
    expect(status).to_have_text("QUEUED")
    page.locator("#position").focus()
    page.keyboard.press("End")
    expect(status).to_have_text("DONE")
    page.keyboard.press("Home")
    expect(status).to_have_text("QUEUED")
    expect(page.locator("#history code").first).to_contain_text('{"id": 8, "scenario": "works"}')
    page.get_by_role("button", name="Send request", exact=True).click()
    expect(page.locator("#response .line")).to_contain_text("200")
    page.locator("#resource").select_option("7")
    expect(status).to_have_text("DONE")
    expect(page.locator("#send-request .path")).to_contain_text("/jobs/7")


def test_the_console_of_another_type_has_its_own_forms(mock: LiveMock, page: Page) -> None:
    page.goto(f"{mock.address}/_s/types/_mock/console")
    expect(page.locator("#resource-view .headline")).to_be_visible()
    page.locator("#resource").select_option("bob")
    page.wait_for_url("**/console?worker_name=bob")
    expect(page.locator("#resource-view .headline .status")).to_have_text("idle")
    expect(page.locator("#control-title")).to_have_text("Control the worker")
    assert page.get_by_role("button", name="Retry").count() == 0
    assert page.locator("#show option").all_inner_texts() == ["ada", "bob"]
    page.locator("#show").select_option("ada")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#resource-view .playing")).to_have_text("Showing fixture ada")
