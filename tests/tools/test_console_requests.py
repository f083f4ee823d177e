"""The console in Chromium: any request, its code, keyboard shortcuts, and what it requests."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from mock_server.live import LiveMock, live, load_sources
from tests.helpers.programs import ROOT

expect.set_options(timeout=30_000)  # the machine can be slow

SUCCESSFUL = "rel_successful"
OPERATIONS = load_sources()[0].spec.operations
ENDING = [name for name, each in OPERATIONS.items() if not each.success.events]  # not a stream
# JavaScript: a tab that the user does not see
HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture(scope="module")
def mock() -> Iterator[LiveMock]:
    with live(*load_sources()) as mock:
        yield mock


@pytest.fixture
def session(mock: LiveMock) -> Any:
    return mock.session()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield page
    page.close()


def console(page: Page, mock: LiveMock, session: Any) -> None:
    """Open the console of a session, and wait until it shows the resource."""
    page.goto(f"{mock.address}/_s/{session.name}/_mock/console?package_release_id={SUCCESSFUL}")
    expect(page.locator("#resource-view .headline")).to_be_visible()


def code(page: Page) -> str:
    return page.locator("#send-request .as-code code").text_content() or ""


@pytest.mark.parametrize("operation", ENDING)
def test_each_operation_can_be_sent_as_its_form_shows_it(
    page: Page, mock: LiveMock, session: Any, operation: str
) -> None:
    console(page, mock, session)
    page.locator("#operation").select_option(operation)
    expect(page.locator("#send-request")).to_have_attribute(
        "data-template", mock.mock.spec.operations[operation].path
    )
    page.get_by_role("button", name="Send request", exact=True).click()
    expect(page.locator("#response .line")).to_contain_text("200 · application/json")


def test_any_request_is_sent_by_keyboard(page: Page, mock: LiveMock, session: Any) -> None:
    console(page, mock, session)
    page.locator("#operation").focus()
    page.keyboard.type("GET /packages")
    expect(page.locator("#send-request .path")).to_contain_text("/packages/get")
    page.keyboard.press("Tab")
    name = page.evaluate("document.activeElement.dataset.name")
    assert name == "package_id"
    page.keyboard.press("Control+A")
    page.keyboard.type("pkg_0")
    page.keyboard.press("Enter")
    expect(page.locator("#response .line")).to_contain_text("404")
    assert "package_id=pkg_0" in code(page)


def test_optional_parameters_and_prefer_are_sent(page: Page, mock: LiveMock, session: Any) -> None:
    console(page, mock, session)
    page.locator("#send-request .optional summary").click()
    page.locator("[data-name=include_logs]").fill("false")
    page.locator("[data-name=Prefer]").fill("code=404")
    assert "include_logs=false" in code(page)
    page.get_by_role("button", name="Send request", exact=True).click()
    expect(page.locator("#response .line")).to_contain_text("404")


def test_an_invalid_body_is_sent_as_it_is(page: Page, mock: LiveMock, session: Any) -> None:
    console(page, mock, session)
    page.locator("#request-body").fill('{"package_release_id": ')
    expect(page.locator(".invalid-body")).to_contain_text("Not JSON")
    page.get_by_role("button", name="Send request", exact=True).click()
    expect(page.locator("#response .line")).to_contain_text("400")
    page.locator("#request-body").fill("{}")
    expect(page.locator(".invalid-body")).to_be_hidden()


def test_another_resource_changes_the_request(page: Page, mock: LiveMock, session: Any) -> None:
    console(page, mock, session)
    page.locator("#resource").select_option("rel_pending")
    expect(page.locator("#request-body")).to_have_value(re.compile("rel_pending"))
    page.get_by_role("button", name="Send request", exact=True).click()
    expect(page.locator("#response pre")).to_contain_text('"rel_pending"')


@pytest.mark.parametrize("body", ["valid", '{"x": '])
@pytest.mark.parametrize("name", ["curl", "fetch", "python"])
def test_the_code_of_a_request_sends_it(
    page: Page, mock: LiveMock, session: Any, name: str, body: str
) -> None:
    console(page, mock, session)
    if body != "valid":
        page.locator("#request-body").fill(body)
    page.get_by_label("Copy as").select_option(name)
    programs = {
        "curl": ["sh", "-c"],
        "fetch": ["node", "--input-type=module", "-e"],
        "python": [sys.executable, "-c"],
    }
    text = ("import requests; " if name == "python" else "") + code(page)
    before = len(session.journal.exchanges())
    subprocess.run([*programs[name], text], check=True, timeout=60, capture_output=True, cwd=ROOT)
    exchange = session.journal.exchanges()[-1]
    assert len(session.journal.exchanges()) == before + 1
    assert exchange["response"]["status"] == (200 if body == "valid" else 400)
    headers = {name.lower(): value for name, value in exchange["headers"]}
    assert headers["content-type"] == "application/json"


def test_one_switch_shows_the_code_of_all_actions(page: Page, mock: LiveMock, session: Any) -> None:
    console(page, mock, session)
    blocks = page.locator("form .as-code code")
    expect(blocks.first).to_be_hidden()
    page.get_by_label("Show code").check()
    page.get_by_label("Copy as").select_option("playwright")
    for block in blocks.all():
        expect(block).to_be_visible()
        assert (block.text_content() or "").startswith("await request.fetch(")
    page.reload()
    expect(blocks.first).to_be_visible()


def test_a_new_session_has_its_own_state(page: Page, mock: LiveMock, session: Any) -> None:
    console(page, mock, session)
    page.get_by_role("button", name="Rebuild").click()
    expect(page.locator("#resource-view .playing")).to_contain_text("Playing scenario")
    page.get_by_role("button", name="New session").click()
    expect(page).to_have_url(re.compile(r"/_s/session-[0-9a-z]+/_mock/console"))
    expect(page.locator("#resource-view .playing")).to_contain_text("Showing fixture")


def test_shortcuts_work_are_listed_and_can_be_turned_off(
    page: Page, mock: LiveMock, session: Any
) -> None:
    console(page, mock, session)
    page.keyboard.press("p")
    expect(page.locator("#resource-view .clock .badge")).to_have_text("frozen")
    page.keyboard.press("r")
    expect(page.locator("#resource-view .playing")).to_contain_text("Playing scenario")
    page.keyboard.press("s")
    expect(page.locator("#response .line")).to_contain_text("200")
    page.keyboard.press("c")
    expect(page.get_by_label("Show code")).to_be_checked()
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_contain_text("Send request")
    expect(sheet).to_contain_text("State map")
    sheet.get_by_label("Shortcuts of one key").uncheck()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    page.keyboard.press("c")
    expect(page.get_by_label("Show code")).to_be_checked()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    sheet.get_by_label("Shortcuts of one key").check()
    sheet.get_by_role("button", name="Close").click()
    page.locator("#advance").focus()
    page.keyboard.press("2")
    expect(page).to_have_url(re.compile("console"))
    page.keyboard.press("Shift+Tab")
    page.locator("#only-violations").focus()
    page.keyboard.press("1")
    expect(page.locator("h1")).to_contain_text("states")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"


def test_the_console_reads_the_state_only_when_it_changes(
    page: Page, mock: LiveMock, session: Any
) -> None:
    """It draws the position in between. A poll twice a second would need 12 requests or more."""
    console(page, mock, session)
    reads: list[str] = []
    page.on("request", lambda request: reads.append(request.url))
    page.get_by_role("button", name="Rebuild").click()
    expect(page.locator("#resource-view .headline .status")).to_have_text("successful")
    states = [url for url in reads if "/console/resource" in url]
    moments = len(mock.mock.dataset.fixtures.scenarios["succeeds"].timeline.segments)
    assert len(states) <= 2 * moments


def test_a_hidden_tab_requests_nothing(page: Page, mock: LiveMock, session: Any) -> None:
    console(page, mock, session)
    page.get_by_role("button", name="Rebuild").click()
    expect(page.locator("#resource-view .playing")).to_contain_text("Playing scenario")
    page.evaluate(HIDE, True)
    page.wait_for_timeout(1000)  # what was under way ends
    reads: list[str] = []
    page.on("request", lambda request: reads.append(request.url))
    session.clock.advance(60)
    page.wait_for_timeout(6000)  # longer than the longest time between two updates
    assert reads == []
    page.evaluate(HIDE, False)
    expect(page.locator("#resource-view .headline .status")).to_have_text("successful")


def test_the_log_of_the_server_has_no_line_for_what_the_console_reads(
    page: Page, mock: LiveMock, session: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "mock_server"):
        console(page, mock, session)
        page.get_by_role("button", name="Send request", exact=True).click()
        expect(page.locator("#journal .exchange")).to_have_count(1)
        page.locator("#operation").select_option("getPackage")
        expect(page.locator("#send-request .path")).to_contain_text("/packages/get")
    assert [record for record in caplog.messages if "/_mock/" in record] == []
