"""The pages of the operations of any document in Chromium."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from mock_server.live import LiveMock, live, load_sources
from tests.helpers.page_checks import LOW_CONTRAST, OVERFLOW, WITHOUT_NAME
from tests.mock_server.helpers.foreign import library

PATHS = ("", "operations/listBooks", "operations/borrowBook", "contract", "console")


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMock]:
    with live(*load_sources(library(tmp_path_factory.mktemp("library")))) as mock:
        yield mock


@pytest.mark.parametrize("width", [360, 1300])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_a_page_fits_its_screen_and_is_legible(
    mock: LiveMock, browser: Browser, path: str, scheme: str, width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(f"{mock.address}/_mock/{path}")
    assert page.evaluate(OVERFLOW) == 0
    assert page.evaluate(LOW_CONTRAST) == []
    assert page.evaluate(WITHOUT_NAME) == []
    context.close()


def test_send_shows_the_response_that_its_example_names(mock: LiveMock, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{mock.address}/_mock/operations/listBooks")
    for name, count in (("Send: 200 none", 0), ("Send: 200 two", 2)):
        page.get_by_role("form", name=name).get_by_role("button").click()
        expect(page.locator("#response .line")).to_contain_text("200 · application/json")
        expect(page.locator("#response code")).to_have_text(
            "[]" if not count else page.locator("pre.json code").first.text_content() or ""
        )
        assert len(json.loads(page.locator("#response code").text_content() or "")) == count
    page.close()


def test_find_shows_only_matching_operations(mock: LiveMock, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{mock.address}/_mock/")
    page.get_by_label("Find").fill("post loans")
    expect(page.locator("#found")).to_have_text("1 found")
    expect(page.locator("article:visible")).to_have_count(1)
    page.close()
