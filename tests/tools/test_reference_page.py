"""The API reference in Chromium: by mouse and keyboard, on small screens, without JavaScript."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from mock_server.live import LiveMock, live, load_sources
from tests.helpers.page_checks import LOW_CONTRAST, OVERFLOW
from tests.mock_server.helpers.foreign import large_document

expect.set_options(timeout=30_000)  # the machine can be slow

REBUILD = "article[id='operation-rebuildPackageRelease']"


@pytest.fixture(scope="module")
def mock() -> Iterator[LiveMock]:
    with live(*load_sources()) as mock:
        yield mock


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMock]:
    with live(*load_sources(large_document(tmp_path_factory.mktemp("large"), 400))) as mock:
        yield mock


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield page
    page.close()


def opened(page: Page, mock: LiveMock) -> Page:
    page.goto(f"{mock.address}/_s/{mock.session().name}/_mock/contract")
    return page


def test_send_shows_the_response_in_the_operation_by_mouse(page: Page, mock: LiveMock) -> None:
    opened(page, mock)
    operation = page.locator(REBUILD)
    operation.get_by_role("button", name="Send").click()
    expect(operation.locator(".response-box .line")).to_contain_text("200 · application/json")
    shown = operation.locator(".response-box pre code").inner_text()
    assert json.loads(shown)["package_release"]["display_status"] == "pending"
    assert page.locator(".response-box:visible").count() == 1


def test_send_shows_the_response_in_the_operation_by_keyboard(page: Page, mock: LiveMock) -> None:
    opened(page, mock)
    operation = page.locator(REBUILD)
    operation.get_by_role("button", name="Send").focus()
    page.keyboard.press("Enter")
    expect(operation.locator(".response-box .line")).to_contain_text("200")
    operation.locator(".response-box .headers summary").focus()
    page.keyboard.press("Enter")
    expect(operation.locator(".header-list dt").first).to_be_visible()


def test_a_response_opens_and_closes_the_other_one(page: Page, mock: LiveMock) -> None:
    opened(page, mock)
    responses = page.locator(f"{REBUILD} .responses details")
    expect(responses.first).to_have_attribute("open", "")
    responses.filter(has_text="403").locator("summary").click()
    expect(responses.filter(has_text="403").locator("pre")).to_be_visible()
    expect(responses.first.locator("pre")).to_be_hidden()


def test_the_contents_can_be_filtered_and_lead_to_an_operation(page: Page, mock: LiveMock) -> None:
    opened(page, mock)
    contents = page.get_by_role("navigation", name="Contents")
    contents.get_by_role("searchbox").fill("post rebuild")
    expect(contents.locator("li:visible")).to_have_count(1)
    contents.get_by_role("link", name=re.compile("Rebuild a release")).press("Enter")
    expect(page.locator(f"{REBUILD} h3")).to_be_in_viewport()
    assert page.url.endswith("#operation-rebuildPackageRelease")
    contents.get_by_role("searchbox").fill("")
    expect(contents.locator("[aria-current]")).to_have_count(1)


def test_the_contents_mark_what_is_read(page: Page, mock: LiveMock) -> None:
    opened(page, mock)
    page.locator("article[id='schema-Package'] h3").evaluate("e => e.scrollIntoView()")
    current = page.get_by_role("navigation", name="Contents").locator("[aria-current]")
    expect(current).to_have_text("Package")


@pytest.mark.parametrize("width", [320, 768])
def test_the_contents_of_a_small_screen_open_above_the_text(
    page: Page, mock: LiveMock, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 600})
    opened(page, mock)
    contents = page.get_by_role("navigation", name="Contents")
    expect(contents).to_be_hidden()
    assert page.evaluate(OVERFLOW) <= 0
    page.mouse.wheel(0, 3000)
    page.get_by_text("Contents", exact=True).click()
    assert page.evaluate(OVERFLOW) <= 0
    contents.get_by_role("link", name=re.compile("Rebuild a release")).click()
    expect(contents).to_be_hidden()
    title = page.locator(f"{REBUILD} h3")
    expect(title).to_be_in_viewport()
    covered = page.evaluate(
        "([a, b]) => a.getBoundingClientRect().bottom > b.getBoundingClientRect().top",
        [page.locator(".contents").element_handle(), title.element_handle()],
    )
    assert not covered


def test_without_javascript_everything_can_be_read(browser: Browser, mock: LiveMock) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = opened(context.new_page(), mock)
    expect(page.get_by_role("navigation", name="Contents")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_have_count(0)
    expect(page.locator(REBUILD).get_by_text("curl -X POST").or_(
        page.locator(REBUILD).get_by_text("curl http")
    ).first).to_be_visible()  # fmt: skip
    page.locator(f"{REBUILD} .responses summary").last.click()
    expect(page.locator(f"{REBUILD} .responses details").last.locator("pre")).to_be_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_methods_have_enough_contrast(browser: Browser, scheme: str, tmp_path: Path) -> None:
    methods = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
    responses = {"200": {"description": "d"}}
    paths = {"/x": {method: {"responses": responses} for method in methods}}
    document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths}
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    with live(*load_sources(tmp_path / "openapi.json")) as mock:
        page = browser.new_page(color_scheme="dark" if scheme == "dark" else "light")
        page.goto(f"{mock.address}/_mock/contract")
        assert page.locator("article .verb").count() == len(methods)
        assert page.evaluate(LOW_CONTRAST) == []
        page.close()


def test_the_page_of_400_operations_has_a_part_for_each_tag(page: Page, large: LiveMock) -> None:
    page.goto(f"{large.address}/_mock/contract")
    contents = page.get_by_role("navigation", name="Contents")
    contents.get_by_role("searchbox").fill("get item 333")
    contents.get_by_role("link", name="Get item 333").click()
    expect(page.locator("article[id='operation-get333'] h3")).to_be_in_viewport()
    assert page.locator("article.operation").count() == 10
    page.get_by_role("link", name=re.compile("→")).click()
    expect(page.get_by_role("heading", level=2).first).to_have_text(re.compile("area"))
