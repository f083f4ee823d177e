"""The gallery in Chromium: its pages, its console by mouse and by keyboard, and screenshots."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Dialog,
    Locator,
    Page,
    expect,
)

from mock_server.app.mock import mock_of
from mock_server.gallery.pages import MAX_LOG_ENTRIES
from mock_server.http.admin_access import admin_access_for
from mock_server.live import LiveMock, live, load_sources
from mock_server.server.in_process import running
from tests.helpers.page_checks import LOW_CONTRAST, OVERFLOW, WITHOUT_NAME
from tests.helpers.programs import ROOT
from tests.helpers.requests import rebuild
from tests.mock_server.helpers.browsing import fixtures_folder
from tests.mock_server.helpers.copies import SPEC

expect.set_options(timeout=30_000)  # the machine can be slow

SCREENSHOTS = ROOT / "test-results" / "gallery"
PROCESSES = ("transpilation", "circuit_json_build")
PATHS = ("", "states/text-hostile", "console", "map", "contract")
SUCCESSFUL, PENDING = "rel_successful", "rel_pending"
TOKEN = "open-sesame"


@pytest.fixture(scope="module")
def mock() -> Iterator[LiveMock]:
    with live(*load_sources()) as served:
        yield served


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page. An error, a dialog, a policy violation or a foreign request fails the test."""
    page = context.new_page()
    problems: list[str] = []

    def note(text: str, is_problem: bool) -> None:
        if is_problem:
            problems.append(text)

    def on_dialog(dialog: Dialog) -> None:
        note(dialog.message, True)
        dialog.dismiss()

    page.on("pageerror", lambda error: note(str(error), True))
    page.on("dialog", on_dialog)
    page.on("console", lambda message: note(message.text, "Policy" in message.text))
    page.on("request", lambda request: note(request.url, "//127.0.0.1:" not in request.url))
    yield page
    assert problems == []


@pytest.fixture
def session(mock: LiveMock) -> Any:
    """A session for one test."""
    return mock.session()


def console(page: Page, mock: LiveMock, session: Any, key: str = SUCCESSFUL) -> None:
    """Open the console of a session, and wait until it shows the resource."""
    page.goto(f"{mock.address}/_s/{session.name}/_mock/console?package_release_id={key}")
    expect(page.locator("#resource-view .headline")).to_be_visible()
    expect(page.locator("#no-script")).to_be_hidden()


def status(page: Page) -> Locator:
    return page.locator("#resource-view .headline .status")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def expect_message(page: Page, text: str) -> None:
    """Wait until the message of the console contains a text."""
    expect(page.locator("#message")).to_contain_text(text)


def words(text: str) -> str:
    """Return the text with one space between words."""
    return " ".join(text.split())


def test_a_card_shows_the_text_of_its_fixture(page: Page, mock: LiveMock) -> None:
    page.goto(f"{mock.address}/_mock/")
    fixtures = mock.mock.dataset.fixtures.fixtures
    expect(page.locator(".card")).to_have_count(len(fixtures))
    for name, fixture in fixtures.items():
        card, release = page.locator(f"article[id='{name}']"), fixture.value
        card.scroll_into_view_if_needed()
        text = words(card.inner_text())
        assert words(fixture.about.title) in text
        assert words(fixture.about.purpose) in text
        assert card.locator(".headline .status").inner_text() == release["display_status"]
        for section, process in zip(card.locator(".process").all(), PROCESSES, strict=True):
            assert (
                section.locator(".process-status").inner_text()
                == release[f"{process}_display_status"]
            )
            assert section.locator(".stale").count() == release[f"{process}_is_stale"]
            error = release.get(f"{process}_error") or ""
            shown = section.locator(".error").all_inner_texts()
            assert [words(each) for each in shown] == ([words(error)] if error else [])
            entries = section.locator("li bdi").all_text_contents()
            log = release[f"{process}_logs"][-MAX_LOG_ENTRIES:]
            texts = [e.get("msg") if isinstance(e, dict) and len(e) == 1 else e for e in log]
            assert len(entries) == len(log)
            for entry, expected in zip(entries, texts, strict=True):
                assert not isinstance(expected, str) or entry == expected


def test_status_icons_differ_in_shape_as_well_as_in_color(page: Page, mock: LiveMock) -> None:
    page.goto(f"{mock.address}/_mock/contract")
    marks = page.locator("#statuses .statuses .dot").evaluate_all(
        """dots => dots.map((dot) => [getComputedStyle(dot.querySelector(".disc")).strokeDasharray,
                                     dot.querySelector(".mark")?.getAttribute("d") ?? ""].join())"""
    )
    assert len(set(marks)) == len(marks) == len(mock.mock.spec.timeline("PackageRelease").phases)
    colors = page.locator("#statuses .statuses .dot").evaluate_all(
        """dots => dots.map((dot) => dot.getAttribute("color"))"""
    )
    assert colors == list(mock.mock.spec.timeline("PackageRelease").colors.values())


def test_the_console_works_by_mouse(page: Page, mock: LiveMock, session: Any) -> None:
    page.goto(f"{mock.address}/_s/{session.name}/_mock/")
    page.get_by_role("link", name=re.compile(r"^failed")).first.click()
    expect(page.locator(".card")).to_have_count(10)
    page.locator("article[id='failed-transpilation']").get_by_role(
        "link", name="Open in console"
    ).click()
    expect(status(page)).to_have_text("failed")
    button(page, "Rebuild").click()
    expect(status(page)).to_have_text("pending")
    expect(status(page)).to_have_text("building")
    slider = page.locator("#position")
    box = slider.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] - 6, box["y"] + box["height"] / 2)
    expect(status(page)).to_have_text("successful")
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    expect(status(page)).to_have_text("building")
    button(page, "Inject fault").click()
    expect_message(page, "Inject fault: done")
    button(page, "Send request").click()
    expect(page.locator("#response .line")).to_contain_text("503")
    expect(page.locator("#journal .exchange").first).to_contain_text("fault status-1")


def test_the_console_works_by_keyboard(page: Page, mock: LiveMock, session: Any) -> None:
    """The focus is always visible."""
    page.goto(f"{mock.address}/_s/{session.name}/_mock/")

    def tab_to(selector: str) -> None:
        """Press Tab until the focus is on the element of a selector."""
        for _ in range(400):
            page.keyboard.press("Tab")
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                visible = page.evaluate(
                    "() => getComputedStyle(document.activeElement).outlineStyle !== 'none'"
                )
                assert visible, f"the focus on {selector} is not visible"
                return
        raise AssertionError(f"Tab does not reach {selector}")

    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    tab_to("article[id='failed-circuit-json'] a[href*='console']")
    page.keyboard.press("Enter")
    expect(status(page)).to_have_text("failed")
    tab_to("form[data-operation] button")
    page.keyboard.press("Space")
    expect(status(page)).to_have_text("building")
    for name in ("speed", "play-pause", "position"):
        page.keyboard.press("Shift+Tab")
        assert page.evaluate("() => document.activeElement.id") == name
        if name == "play-pause":
            page.keyboard.press("Space")
            expect(button(page, "Play")).to_be_visible()
    page.keyboard.press("End")
    expect(status(page)).to_have_text("successful")
    page.keyboard.press("Home")
    expect(status(page)).to_have_text("pending")
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    expect(status(page)).to_have_text("building")
    assert page.evaluate("() => document.activeElement.id") == "position"
    tab_to("#kind")
    page.keyboard.type("violate")
    tab_to("form[aria-label='Inject fault'] > button")
    page.keyboard.press("Enter")
    expect_message(page, "Inject fault: done")
    tab_to("#send-request button")
    page.keyboard.press("Enter")
    expect(page.locator("#journal .violations").first).to_contain_text("display_status")


def test_each_control_has_its_effect(page: Page, mock: LiveMock, session: Any) -> None:
    console(page, mock, session, PENDING)
    page.locator("#show").select_option("stale-transpilation")
    button(page, "Show").click()
    expect(status(page)).to_have_text("successful")
    expect(page.locator("#resource-view .process .stale")).to_have_count(1)
    page.locator("#play").select_option("files-changed")
    button(page, "Play").click()
    playing = page.locator("#resource-view .playing")
    expect(playing).to_contain_text("Playing scenario files-changed")
    page.locator("#next").select_option("fails-transpilation")
    button(page, "Set").first.click()
    expect_message(page, "Set next rebuild: done")
    page.locator("#freeze").select_option("true")
    page.get_by_role("form", name="Freeze clock").get_by_role("button").click()
    expect(page.locator("#resource-view .clock .badge")).to_have_text("frozen")
    button(page, "Rebuild").click()
    expect(page.locator("#resource-view .playing")).to_contain_text(
        "Playing scenario fails-transpilation"
    )
    expect(status(page)).to_have_text("pending")
    page.locator("#advance").fill("3")
    button(page, "Advance").click()
    expect(status(page)).to_have_text("failed")
    expect(page.locator("#resource-view .error")).to_contain_text("TS2322")
    page.locator("#freeze").select_option("false")
    page.get_by_role("form", name="Freeze clock").get_by_role("button").click()
    page.locator("#rate").fill("60")
    page.get_by_role("form", name="Set speed").get_by_role("button", name="Set").click()
    expect(page.locator("#resource-view .clock .badge")).to_have_text("speed ×60")  # noqa: RUF001
    page.locator("#resource").select_option(SUCCESSFUL)
    expect(page.locator(f"#resource-view .current[data-key={SUCCESSFUL}]")).to_be_visible()
    button(page, "Reset session").click()
    expect_message(page, "Reset session: done")
    expect(page.locator("#resource-view .clock .badge")).to_have_count(0)


def test_each_kind_of_fault_is_added_and_removed(page: Page, mock: LiveMock, session: Any) -> None:
    console(page, mock, session)
    kinds = page.locator("#kind option").all_inner_texts()
    for kind in kinds:
        page.locator("#kind").select_option(kind)
        button(page, "Inject fault").click()
        expect(page.locator("#faults li")).to_have_count(1)
        expect(page.locator("#faults li")).to_contain_text(f"{kind}-1")
        button(page, f"Remove fault {kind}-1").click()
        expect(page.locator("#faults li")).to_have_count(0)
    assert len(kinds) == 8


def test_the_console_shows_why_a_fault_is_rejected(
    page: Page, mock: LiveMock, session: Any
) -> None:
    console(page, mock, session)
    page.locator("#kind").select_option("violate")
    page.locator("#fault-violate-property").fill("display_sttus")
    button(page, "Inject fault").click()
    expect_message(page, "display_status")
    expect(page.locator("#message")).to_have_class(re.compile("error-message"))


def test_the_request_log_is_live_and_can_be_filtered(
    page: Page, mock: LiveMock, session: Any
) -> None:
    console(page, mock, session)
    rows = page.locator("#journal .exchange")
    assert rebuild(session.url, SUCCESSFUL).status == 200
    expect(rows).to_have_count(1)
    session.faults.add("violate", property="display_status", how="enum", first=1)
    button(page, "Send request").click()
    expect(rows).to_have_count(2)
    expect(page.locator("#journal .violations")).to_contain_text("must be one of")
    page.locator("#only-violations").check()
    expect(page.locator("#journal .exchange:visible")).to_have_count(1)


def test_the_console_opens_another_session_which_is_independent(
    page: Page, mock: LiveMock, session: Any
) -> None:
    console(page, mock, session)
    button(page, "Rebuild").click()
    expect(page.locator("#resource-view .playing")).to_contain_text("Playing")
    page.locator("#session").fill(f"{session.name}-other")
    button(page, "Open").click()
    expect(page).to_have_url(re.compile(f"/_s/{session.name}-other/_mock/console"))
    page.locator("#resource").select_option(SUCCESSFUL)
    expect(page.locator("#resource-view .playing")).to_contain_text("Showing fixture")


def test_each_action_appears_in_the_history_as_a_curl_command(
    page: Page, mock: LiveMock, session: Any
) -> None:
    """The script and the mock write the same commands, and the commands work."""
    page.goto(f"{mock.address}/_s/{session.name}/_mock/console")
    html = page.request.get(page.url).text()
    commands = re.findall(r"<code>(curl [^<]*)</code>", html)
    for command in commands:
        plain = command.replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&")
        assert page.locator(".as-code code").get_by_text(plain, exact=True).count() == 1, plain
    for name in ("Rebuild", "Advance", "Play", "Show", "Inject fault", "Send request"):
        button(page, name).click()
        expect_message(page, "done" if name != "Send request" else "Send request: ")
        page.wait_for_function("document.querySelectorAll('#history li').length > 0")
    lines = page.locator("#history code").all_text_contents()
    assert len(lines) == 6
    for line in lines:
        command = line + " --fail -o /dev/null"
        completed = subprocess.run(
            ["sh", "-c", command], capture_output=True, text=True, check=False
        )
        assert completed.returncode == 0 or "503" in completed.stderr, (line, completed.stderr)


def test_the_clock_is_paused_resumed_and_sped_up_beside_the_slider(
    page: Page, mock: LiveMock, session: Any
) -> None:
    console(page, mock, session)
    button(page, "Pause").click()
    expect(page.locator("#resource-view .clock .badge")).to_have_text("frozen")
    now = session.clock.now
    assert session.clock.now == now
    page.locator("#speed").select_option("60")
    expect_message(page, "Set speed: done")
    page.locator("#play-pause").click()
    expect(page.locator("#resource-view .clock .badge")).to_have_text("speed ×60")  # noqa: RUF001
    button(page, "Rebuild").click()
    expect(status(page)).to_have_text("successful")


def test_a_clock_that_ran_before_the_slider_moved_runs_again(
    page: Page, mock: LiveMock, session: Any
) -> None:
    console(page, mock, session)
    button(page, "Rebuild").click()
    expect(page.locator("#resource-view .playing")).to_contain_text("Playing")
    box = page.locator("#position").bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 12, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=4)
    expect(page.locator("#resource-view .clock .badge")).to_have_text("frozen")
    page.mouse.up()
    expect(page.locator("#resource-view .clock .badge")).to_have_count(0)
    expect(status(page)).to_have_text("successful")


def test_a_row_of_the_request_log_opens_to_its_request_and_response(
    page: Page, mock: LiveMock, session: Any
) -> None:
    console(page, mock, session)
    button(page, "Send request").click()
    row = page.locator("#journal .exchange").first
    row.locator("summary").focus()
    page.keyboard.press("Enter")
    sections = row.get_by_role("region")
    expect(sections.first.locator("code .json-key").first).to_have_text('"package_release_id"')
    expect(sections.last).to_contain_text("Content-Type")
    expect(sections.last.locator("code")).to_contain_text('"display_status": "successful"')


def test_the_history_repeats_actions_in_each_language(
    page: Page, mock: LiveMock, session: Any
) -> None:
    console(page, mock, session)
    button(page, "Advance").click()
    expect_message(page, "Advance clock: done")
    code = page.locator("#history code").first
    programs = {"curl": ["sh", "-c"], "fetch": ["node", "--input-type=module", "-e"]}
    for name in ("curl", "fetch", "playwright", "python"):
        page.get_by_label("Copy as").select_option(name)
        text = code.inner_text()
        if name == "playwright":
            assert re.match(r'await request\.fetch\(".*", \{ method: "POST", data: ', text)
            continue
        before = session.clock.now
        if name == "python":
            programs[name], text = [sys.executable, "-c"], f"import requests; {text}"
        subprocess.run([*programs[name], text], check=True, timeout=60, capture_output=True)
        assert session.clock.now > before


def test_the_commands_of_several_moves_lead_to_the_same_position(
    page: Page, mock: LiveMock, session: Any
) -> None:
    console(page, mock, session)
    page.locator("#freeze").select_option("true")
    page.get_by_role("form", name="Freeze clock").get_by_role("button").click()
    expect(page.locator("#resource-view .clock .badge")).to_have_text("frozen")
    button(page, "Rebuild").click()
    expect(status(page)).to_have_text("pending")
    page.locator("#position").focus()
    for key in ("Right", "Right", "Left", "Right", "Right", "Right"):
        before = page.locator("#history").inner_text()
        page.keyboard.press(f"Arrow{key}")
        page.wait_for_function("before => document.querySelector('#history').innerText !== before",
                               arg=before)  # fmt: skip
    other = mock.session()
    commands = reversed(page.locator("#history code").all_text_contents())
    for line in "\n".join(commands).splitlines():
        subprocess.run(
            ["sh", "-c", line.replace(session.name, str(other.name))], check=True, timeout=20
        )
    position = page.locator("#position").input_value()
    console(page, mock, other)
    assert float(position) > 0
    assert page.locator("#position").input_value() == position


def test_the_console_works_once_it_has_the_admin_token(browser: Browser) -> None:
    protected = replace(
        mock_of(*load_sources()), admin_access=admin_access_for("127.0.0.1", [], TOKEN)
    )
    context = browser.new_context()
    with running(protected) as address:
        page = context.new_page()
        page.goto(f"{address}/_mock/console")
        expect_message(page, "Enter the admin token")
        page.get_by_label("Admin token").fill(TOKEN)
        button(page, "Use token").click()
        expect(page.locator("#resource-view .headline")).to_be_visible()
        button(page, "Rebuild").click()
        expect(page.locator("#resource-view .playing")).to_contain_text("Playing")
        button(page, "Inject fault").click()
        expect(page.locator("#faults li")).to_have_count(1)
        assert TOKEN not in page.content()
    context.close()


def test_two_hundred_fixtures_can_be_browsed_and_filtered(page: Page, tmp_path: Path) -> None:
    with live(*load_sources(SPEC, fixtures_folder(tmp_path, 200))) as full:
        page.goto(f"{full.address}/_mock/")
        expect(page.locator(".card")).to_have_count(200)
        last = page.locator(".card").last
        last.scroll_into_view_if_needed()
        expect(last.locator(".headline")).to_be_in_viewport()
        page.get_by_role("link", name=re.compile("^building")).first.click()
        building = full.mock.dataset.fixtures.fixtures.values()
        count = sum(1 for f in building if f.value["display_status"] == "building")
        expect(page.locator(".card")).to_have_count(count)


def test_a_curl_command_is_copied(context: BrowserContext, page: Page, mock: LiveMock) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{mock.address}/_mock/states/pending")
    line = page.locator(".curl").first
    line.get_by_role("button").click()
    expect(line.get_by_role("button")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == line.locator("code").inner_text()


def test_without_javascript_the_pages_work_and_the_console_says_that_it_does_not(
    browser: Browser, mock: LiveMock
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{mock.address}/_mock/")
    assert page.locator(".card").count() == len(mock.mock.dataset.fixtures.fixtures)
    page.get_by_role("link", name=re.compile("^pending")).first.click()
    assert page.locator(".card").count() == 4
    page.get_by_role("link", name="Console", exact=True).click()
    expect(page.get_by_text("The console requires JavaScript")).to_be_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1600])
def test_pages_fit_have_contrast_and_accessible_names(
    browser: Browser, mock: LiveMock, width: int, scheme: Any
) -> None:
    """Write screenshots of the pages to test-results/gallery."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    session = mock.session()
    context = browser.new_context(
        viewport={"width": width, "height": 1000}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    for path in PATHS:
        page.goto(f"{mock.address}/_s/{session.name}/_mock/{path}")
        if path == "console":
            session.clock.freeze()
            button(page, "Rebuild").click()
            expect(status(page)).to_have_text("pending")
            page.locator("#advance").fill("3")
            button(page, "Advance").click()
            expect(status(page)).to_have_text("building")
            button(page, "Inject fault").click()
            button(page, "Send request").click()
            expect(page.locator("#journal .exchange")).to_have_count(2)
        name = f"{path.replace('/', '-') or 'states'}-{width}-{scheme}.png"
        assert page.evaluate(OVERFLOW) <= 0, f"{path} exceeds a width of {width}"
        assert page.evaluate(LOW_CONTRAST) == [], path
        assert page.evaluate(WITHOUT_NAME) == [], path
        page.screenshot(path=SCREENSHOTS / name, full_page=True)
        assert (SCREENSHOTS / name).stat().st_size > 10_000
    context.close()
