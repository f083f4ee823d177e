"""The user's own page in Chromium: in every state, and above the slider of the console."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from mock_server.app.mock import mock_of
from mock_server.live import load_sources
from mock_server.server.in_process import running
from tests.docs.blocks import blocks
from tests.docs.reader import free_port
from tests.helpers.exporting import beside_packages
from tests.helpers.own_site import HTML, gallery, site
from tests.helpers.page_checks import LOW_CONTRAST, OVERFLOW, WITHOUT_NAME
from tests.helpers.programs import ROOT, environment, program

expect.set_options(timeout=30_000)  # the machine can be slow

OWN_POLICY = "frame-src"  # in the message of a browser if the policy of the gallery blocks a frame


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with site() as origin, gallery(origin, "api=MOCK/_s/{session}/api") as address:
        yield address


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages. An error of a script, or a violation of the policy, fails the test."""
    problems: list[str] = []
    opened: list[Page] = []

    def open_(url: str, width: int = 1280, scheme: str = "null") -> Page:
        """scheme: "null" does not emulate one, since that would replace the one of each frame."""
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: problems.append(m.text) if OWN_POLICY in m.text else None)
        opened.append(page)
        page.goto(url)
        return page

    yield open_
    for page in opened:
        page.close()
    assert problems == []


def frame_of(page: Page, name: str) -> Frame:
    """Return the content of the frame of a fixture, scrolled into view."""
    card = page.locator(".frame").filter(
        has=page.locator(".file code", has_text=re.compile(f"^{name}$"))
    )
    card.scroll_into_view_if_needed()
    card.locator("iframe").wait_for()
    content = card.locator("iframe").element_handle().content_frame()
    assert content
    return content


def status(frame: Frame) -> str:
    """Return the status that the page in a frame shows."""
    shown = frame.get_by_role("status")
    expect(shown).not_to_be_empty()
    return shown.inner_text()


def test_each_frame_shows_the_state_of_its_label(
    address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{address}/_mock/page")
    fixtures = load_sources()[1].fixtures
    assert page.locator(".frame").count() == len(fixtures)
    for name, fixture in fixtures.items():
        assert status(frame_of(page, name)) == fixture.value["display_status"]
    assert page.locator("iframe").count() <= 12


def test_a_click_in_a_frame_changes_no_other_frame_and_restart_undoes_it(
    address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{address}/_mock/page?state=failed-circuit-json&state=failed-transpilation")
    first, second = (frame_of(page, f"failed-{n}") for n in ("circuit-json", "transpilation"))
    assert (status(first), status(second)) == ("failed", "failed")
    first.get_by_role("button").click()
    expect(first.get_by_role("status")).to_have_text("pending")
    page.get_by_role("button", name="Restart", exact=False).nth(1).focus()
    page.get_by_role("button", name="Restart all").click()
    expect(page.locator("iframe")).to_have_count(2)
    expect(page.frame_locator("iframe").first.get_by_role("status")).to_have_text("failed")


def test_width_and_scheme_reach_the_page_and_stay_in_the_address(
    address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{address}/_mock/page?state=pending")
    expect(frame_of(page, "pending").locator("#scheme")).to_have_text(
        re.compile("^(light|dark) 390$")
    )
    page.get_by_role("link", name="768 px").click()
    page.get_by_role("link", name="Dark").click()
    expect(page).to_have_url(
        re.compile(r"/_mock/page\?width=768&state=pending&scheme=dark$|width=768&scheme=dark")
    )
    shared = open_page(page.url)
    expect(frame_of(shared, "pending").locator("#scheme")).to_have_text("dark 768")
    shared.get_by_role("link", name="Light").click()
    expect(shared).to_have_url(re.compile("scheme=light"))
    shared.reload()
    expect(frame_of(shared, "pending").locator("#scheme")).to_have_text("light 768")


def test_a_change_of_the_width_does_not_load_the_frames_again(
    address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{address}/_mock/page?state=pending")
    frame = frame_of(page, "pending")
    assert status(frame) == "pending"
    frame.evaluate("window.kept = true")
    page.get_by_role("link", name="1280 px").click()
    expect(page.get_by_role("link", name="1280 px")).to_have_attribute("aria-current", "true")
    frame.wait_for_function("innerWidth === 1280")
    assert frame.evaluate("window.kept") is True


def test_states_are_compared_by_mouse(address: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{address}/_mock/page")
    page.get_by_label("Compare Waiting for a builder").check()
    page.get_by_label("Compare Built and published").check()
    page.get_by_role("button", name="Compare chosen states").click()
    expect(page.locator(".frame")).to_have_count(2)
    boxes = [each.bounding_box() for each in page.locator(".screen").all()]
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["y"] == boxes[1]["y"]
    page.get_by_role("link", name="Clear filters").click()
    expect(page.locator(".frame")).to_have_count(len(load_sources()[1].fixtures))


def test_the_page_works_by_keyboard(address: str, open_page: Callable[..., Page]) -> None:
    """The filters keep the focus, and a link skips the content of a frame."""
    page = open_page(f"{address}/_mock/page")
    page.locator("#search").focus()
    page.keyboard.type("between-processes")
    expect(page.locator(".frame")).to_have_count(1)
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    expect(page.locator(".frame")).not_to_have_count(1)
    chip = page.get_by_role("link", name=re.compile("^pending"))
    chip.focus()
    page.keyboard.press("Enter")
    expect(chip).to_have_attribute("aria-current", "true")
    assert page.evaluate("document.activeElement.textContent.trim()").startswith("pending")
    page.locator("#frame-1 h2 a").focus()
    for _ in range(5):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip this page"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "frame-2"


def test_a_page_that_refuses_to_be_framed_is_reported(open_page: Callable[..., Page]) -> None:
    for headers, words in (
        ({"X-Frame-Options": "DENY"}, "it sends X-Frame-Options: DENY"),
        ({"Content-Security-Policy": "frame-ancestors 'none'"}, "has frame-ancestors 'none'"),
    ):
        with site(headers) as origin, gallery(origin, "session={session}") as address:
            page = open_page(f"{address}/_mock/page")
            alert = page.get_by_role("alert")
            expect(alert).to_contain_text(words)
            expect(alert).to_contain_text(f"frame-ancestors {address}")


def test_a_page_that_does_not_run_is_reported(open_page: Callable[..., Page]) -> None:
    with gallery(f"http://localhost:{free_port()}", "session={session}") as address:
        page = open_page(f"{address}/_mock/page")
        expect(page.get_by_role("alert")).to_contain_text("Start the server of your page")


def test_without_javascript_the_frames_load(address: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/_mock/page?state=pending")
    expect(page.locator("iframe")).to_have_count(1)
    page.get_by_role("link", name="Check whether your page can be framed.").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Can your page be framed?")
    expect(page.get_by_role("main")).to_contain_text("Yes.")
    context.close()


def test_the_page_in_the_console_follows_the_slider_and_the_actions(
    address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{address}/_s/follow/_mock/console?package_release_id=rel_successful")
    shown = page.frame_locator("#own-page iframe").last.get_by_role("status")
    expect(shown).to_have_text("successful")
    page.locator("#freeze").select_option("true")
    page.get_by_role("form", name="Freeze clock").get_by_role("button").click()
    page.get_by_role("button", name="Rebuild", exact=True).click()
    expect(shown).to_have_text("pending")
    page.locator("#position").focus()
    page.keyboard.press("End")
    expect(shown).to_have_text("successful")
    page.keyboard.press("Home")
    expect(shown).to_have_text("pending")
    page.locator("#show").select_option("failed-transpilation")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(shown).to_have_text("failed")
    page.locator("#page-width").select_option("390")
    expect(page.frame_locator("#own-page iframe").last.locator("#scheme")).to_be_visible()
    page.locator("#resource").select_option("rel_pending")
    expect(shown).to_have_text("pending")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280, 1920])
@pytest.mark.parametrize(
    "path", ["page", "page?width=1280", "page?state=pending&state=nulls", "console"]
)
def test_the_pages_fit_and_are_legible(
    address: str, open_page: Callable[..., Page], path: str, width: int, scheme: str
) -> None:
    page = open_page(f"{address}/_mock/{path}", width, scheme)
    expect(page.locator("iframe").first).to_be_visible()
    assert page.evaluate(OVERFLOW) <= 0
    assert page.evaluate(LOW_CONTRAST) == []
    assert page.evaluate(WITHOUT_NAME) == []


@pytest.fixture(scope="module")
def behind_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the page with Vite and the configuration of docs/gallery.md; yield the mock."""
    folder = beside_packages(tmp_path_factory.mktemp("proxy"))
    (folder / "index.html").write_text(HTML)
    port, page_port = free_port(), free_port()
    saved = {block.saved_as: block.text for block in blocks(ROOT / "docs" / "gallery.md")}
    (folder / "vite.config.mjs").write_text(saved["vite.config.mjs"].replace("3100", str(port)))
    command = [program("vite"), "--host", "127.0.0.1", "--port", str(page_port), "--strictPort"]
    with subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, text=True
    ) as vite:
        try:
            assert vite.stdout
            assert any("ready" in line for line in vite.stdout)
            url = f"http://127.0.0.1:{page_port}/?id={{package_release_id}}&session={{session}}"
            with running(mock_of(*load_sources(), page_urls=[url]), port=port) as address:
                yield address
        finally:
            vite.terminate()


def test_the_dev_proxy_of_the_document_gives_each_frame_its_session(
    behind_proxy: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{behind_proxy}/_mock/page?state=successful&state=failed-circuit-json")
    failed, successful = (frame_of(page, n) for n in ("failed-circuit-json", "successful"))
    assert (status(failed), status(successful)) == ("failed", "successful")
    failed.get_by_role("button").click()
    expect(failed.get_by_role("status")).to_have_text("pending")
    with urlopen(f"{behind_proxy}/_mock/sessions", timeout=20) as response:
        sessions = response.read().decode()
    assert "default.failed-circuit-json" in sessions
    with urlopen(f"{behind_proxy}/_s/default.successful/_mock/journal", timeout=20) as response:
        assert "rebuild" not in response.read().decode()
