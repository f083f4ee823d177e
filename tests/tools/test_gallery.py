"""The gallery in a real browser: seen, steered by mouse and by keyboard alone, and photographed."""

from __future__ import annotations

import re
import shutil
import subprocess
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
    sync_playwright,
)

from mock_server.app.mock import mock_of
from mock_server.gallery.pages import TAIL
from mock_server.http.admin_access import admin_access_for
from mock_server.live import LiveMock, live, load_sources
from mock_server.server.in_process import running
from tests.helpers.programs import ROOT
from tests.helpers.requests import rebuild
from tests.mock_server.helpers.browsing import many
from tests.mock_server.helpers.copies import SPEC

expect.set_options(timeout=30_000)  # as slow as a machine may be that does other things too

PICTURES = ROOT / "test-results" / "gallery"
PROCESSES = ("transpilation", "circuit_json_build")
PATHS = ("", "states/text-hostile", "console", "map", "contract")
DONE, PENDING = "rel_successful", "rel_pending"
TOKEN = "open-sesame"

# What reaches too far to the right, and what is too faint to be read, by its own colours.
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
FAINT = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const light = ([r, g, b]) => [r, g, b]
    .map((x) => x / 255)
    .map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4))
    .reduce((sum, x, i) => sum + x * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = rgba(getComputedStyle(e).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255];
  };
  const found = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !element.checkVisibility()) continue;
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.add(`${element.tagName} ${element.className}: ${ratio.toFixed(2)}`);
  }
  return [...found];
}"""
UNNAMED = """() => [...document.querySelectorAll("a, button, input, select, summary")]
  .filter((e) => e.type !== "hidden" && e.checkVisibility())
  .filter((e) => !(e.labels?.length || e.textContent.trim() || e.getAttribute("aria-label")))
  .map((e) => e.outerHTML)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "chromium is not installed: run these tests with `make test-tools`"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium)
        yield started
        started.close()


@pytest.fixture(scope="module")
def mock() -> Iterator[LiveMock]:
    with live(*load_sources()) as served:
        yield served


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 1280, "height": 900})
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page; whatever goes wrong in it, or what a policy forbids it, fails the test."""
    opened = context.new_page()
    wrong: list[str] = []

    def note(text: str, is_wrong: bool) -> None:
        if is_wrong:
            wrong.append(text)

    def surprised(dialog: Dialog) -> None:
        note(dialog.message, True)
        dialog.dismiss()

    opened.on("pageerror", lambda error: note(str(error), True))
    opened.on("dialog", surprised)
    opened.on("console", lambda message: note(message.text, "Policy" in message.text))
    opened.on("request", lambda request: note(request.url, "//127.0.0.1:" not in request.url))
    yield opened
    assert wrong == []


@pytest.fixture
def mine(mock: LiveMock) -> Any:
    """A session of the test's own."""
    return mock.session()


def console(page: Page, mock: LiveMock, session: Any, key: str = DONE) -> None:
    """Opens the console of a session, and waits until it shows the release."""
    page.goto(f"{mock.address}/_s/{session.name}/_mock/console?package_release_id={key}")
    expect(page.locator("#seen .headline")).to_be_visible()
    expect(page.locator("#off")).to_be_hidden()


def status(page: Page) -> Locator:
    return page.locator("#seen .headline .status")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def told(page: Page, text: str) -> None:
    """Waits until the line that tells what has happened has this in it."""
    expect(page.locator("#told")).to_contain_text(text)


def words(text: str) -> str:
    return " ".join(text.split())


def test_each_cards_visible_text_is_its_fixtures(page: Page, mock: LiveMock) -> None:
    page.goto(f"{mock.address}/_mock/")
    fixtures = mock.mock.dataset.fixtures.releases
    expect(page.locator(".card")).to_have_count(len(fixtures))
    for name, fixture in fixtures.items():
        card, release = page.locator(f"article[id='{name}']"), fixture.release
        card.scroll_into_view_if_needed()
        text = words(card.inner_text())
        assert words(fixture.about.title) in text
        assert words(fixture.about.purpose) in text
        assert card.locator(".headline .status").inner_text() == release["display_status"]
        for section, process in zip(card.locator(".process").all(), PROCESSES, strict=True):
            assert section.locator(".word").inner_text() == release[f"{process}_display_status"]
            assert section.locator(".stale").count() == release[f"{process}_is_stale"]
            error = release.get(f"{process}_error") or ""
            shown = section.locator(".error").all_inner_texts()
            assert [words(each) for each in shown] == ([words(error)] if error else [])
            entries = section.locator("li bdi").all_text_contents()
            log = release[f"{process}_logs"][-TAIL:]
            said = [e.get("msg") if isinstance(e, dict) and len(e) == 1 else e for e in log]
            assert len(entries) == len(log)
            for entry, expected in zip(entries, said, strict=True):
                assert not isinstance(expected, str) or entry == expected


def test_the_marks_of_the_statuses_differ_without_their_colours(page: Page, mock: LiveMock) -> None:
    page.goto(f"{mock.address}/_mock/contract")
    marks = page.locator("#statuses .statuses .dot").evaluate_all(
        """dots => dots.map((dot) => [getComputedStyle(dot.querySelector(".disc")).strokeDasharray,
                                     dot.querySelector(".mark")?.getAttribute("d") ?? ""].join())"""
    )
    assert len(set(marks)) == len(marks) == len(mock.mock.spec.phases)
    colors = page.locator("#statuses .statuses .dot").evaluate_all(
        """dots => dots.map((dot) => dot.getAttribute("color"))"""
    )
    assert colors == list(mock.mock.spec.colors.values())


def test_a_newcomer_sees_steps_through_and_breaks_by_mouse_alone(
    page: Page, mock: LiveMock, mine: Any
) -> None:
    page.goto(f"{mock.address}/_s/{mine.name}/_mock/")
    page.get_by_role("link", name=re.compile(r"^failed")).first.click()
    expect(page.locator(".card")).to_have_count(4)
    page.locator("article[id='failed-transpilation']").get_by_role("link", name="Step in").click()
    expect(status(page)).to_have_text("failed")
    button(page, "Rebuild").click()
    expect(status(page)).to_have_text("pending")
    expect(status(page)).to_have_text("building")
    slider = page.locator("#place")
    box = slider.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] - 6, box["y"] + box["height"] / 2)
    expect(status(page)).to_have_text("successful")
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    expect(status(page)).to_have_text("building")
    button(page, "Add the fault").click()
    told(page, "Add a fault: done")
    button(page, "Ask for the release").click()
    expect(page.locator("#answer .line")).to_contain_text("503")
    expect(page.locator("#journal .exchange").first).to_contain_text("fault status-1")


def test_a_newcomer_sees_steps_through_and_breaks_by_keyboard_alone(
    page: Page, mock: LiveMock, mine: Any
) -> None:
    """Tab, Enter, Space, arrows and typing; the focus is always seen."""
    page.goto(f"{mock.address}/_s/{mine.name}/_mock/")

    def tab_to(wanted: str) -> None:
        """Tabs until the focus is on what this selector names."""
        for _ in range(400):
            page.keyboard.press("Tab")
            if page.evaluate("s => document.activeElement.matches(s)", wanted):
                seen = page.evaluate(
                    "() => getComputedStyle(document.activeElement).outlineStyle !== 'none'"
                )
                assert seen, f"the focus on {wanted} is not seen"
                return
        raise AssertionError(f"no way to {wanted}")

    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    tab_to("article[id='failed-circuit-json'] a[href*='console']")
    page.keyboard.press("Enter")
    expect(status(page)).to_have_text("failed")
    tab_to("#rebuild button")
    page.keyboard.press("Space")
    expect(status(page)).to_have_text("building")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("() => document.activeElement.id") == "place"
    page.keyboard.press("End")
    expect(status(page)).to_have_text("successful")
    page.keyboard.press("Home")
    expect(status(page)).to_have_text("pending")
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    expect(status(page)).to_have_text("building")
    assert page.evaluate("() => document.activeElement.id") == "place"
    tab_to("#kind")
    page.keyboard.type("violate")
    tab_to("form[aria-label='Add a fault'] > button")
    page.keyboard.press("Enter")
    told(page, "Add a fault: done")
    tab_to("#ask button")
    page.keyboard.press("Enter")
    expect(page.locator("#journal .violations").first).to_contain_text("display_status")


def test_each_control_does_what_it_says(page: Page, mock: LiveMock, mine: Any) -> None:
    console(page, mock, mine, PENDING)
    page.locator("#show").select_option("stale-transpilation")
    button(page, "Show").click()
    expect(status(page)).to_have_text("successful")
    expect(page.locator("#seen .process .stale")).to_have_count(1)
    page.locator("#play").select_option("files-changed")
    button(page, "Play").click()
    expect(page.locator("#seen .playing")).to_contain_text("plays files-changed")
    page.locator("#next").select_option("fails-transpilation")
    button(page, "Set").first.click()
    told(page, "Let the next rebuild go through: done")
    page.locator("#freeze").select_option("true")
    page.get_by_role("form", name="Freeze the clock").get_by_role("button").click()
    expect(page.locator("#seen .clock .badge")).to_have_text("frozen")
    button(page, "Rebuild").click()
    expect(page.locator("#seen .playing")).to_contain_text("plays fails-transpilation")
    expect(status(page)).to_have_text("pending")
    page.locator("#advance").fill("3")
    button(page, "Advance").click()
    expect(status(page)).to_have_text("failed")
    expect(page.locator("#seen .error")).to_contain_text("TS2322")
    page.locator("#freeze").select_option("false")
    page.get_by_role("form", name="Freeze the clock").get_by_role("button").click()
    page.locator("#rate").fill("60")
    button(page, "Pace").click()
    expect(page.locator("#seen .clock .badge")).to_have_text("× 60")  # noqa: RUF001
    page.locator("#release").select_option(DONE)
    expect(page.locator(f"#seen .now[data-key={DONE}]")).to_be_visible()
    button(page, "Reset the session").click()
    told(page, "Reset the session: done")
    expect(page.locator("#seen .clock .badge")).to_have_count(0)


def test_a_fault_of_each_kind_is_added_and_removed(page: Page, mock: LiveMock, mine: Any) -> None:
    console(page, mock, mine)
    kinds = page.locator("#kind option").all_inner_texts()
    for kind in kinds:
        page.locator("#kind").select_option(kind)
        button(page, "Add the fault").click()
        expect(page.locator("#faults li")).to_have_count(1)
        expect(page.locator("#faults li")).to_contain_text(f"{kind}-1")
        button(page, f"Remove the fault {kind}-1").click()
        expect(page.locator("#faults li")).to_have_count(0)
    assert len(kinds) == 8


def test_a_fault_that_the_mock_refuses_is_told_in_its_words(
    page: Page, mock: LiveMock, mine: Any
) -> None:
    console(page, mock, mine)
    page.locator("#kind").select_option("violate")
    page.locator("#fault-violate-property").fill("display_sttus")
    button(page, "Add the fault").click()
    told(page, "display_status")
    expect(page.locator("#told")).to_have_class(re.compile("wrong"))


def test_the_journal_is_live_and_shows_only_what_is_broken_when_asked(
    page: Page, mock: LiveMock, mine: Any
) -> None:
    console(page, mock, mine)
    rows = page.locator("#journal .exchange")
    assert rebuild(mine.url, DONE).status == 200
    expect(rows).to_have_count(1)
    mine.faults.add("violate", property="display_status", how="enum", first=1)
    button(page, "Ask for the release").click()
    expect(rows).to_have_count(2)
    expect(page.locator("#journal .violations")).to_contain_text("is one of")
    page.locator("#only").check()
    expect(page.locator("#journal .exchange:visible")).to_have_count(1)


def test_another_session_is_a_name_away_and_knows_nothing_of_this_one(
    page: Page, mock: LiveMock, mine: Any
) -> None:
    console(page, mock, mine)
    button(page, "Rebuild").click()
    expect(page.locator("#seen .playing")).to_contain_text("plays")
    page.locator("#session").fill(f"{mine.name}-too")
    button(page, "Go there").click()
    expect(page).to_have_url(re.compile(f"/_s/{mine.name}-too/_mock/console"))
    page.locator("#release").select_option(DONE)
    expect(page.locator("#seen .playing")).to_contain_text("at rest")


def test_each_action_is_told_as_the_curl_that_does_the_same(
    page: Page, mock: LiveMock, mine: Any
) -> None:
    """What the page writes by hand of its forms is what the mock writes; and it can be run."""
    page.goto(f"{mock.address}/_s/{mine.name}/_mock/console")
    html = page.request.get(page.url).text()
    written = re.findall(r"<code>(curl [^<]*)</code>", html)
    for line in written:
        plain = line.replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&")
        assert page.locator(".same code").get_by_text(plain, exact=True).count() == 1, plain
    for name in ("Rebuild", "Advance", "Play", "Show", "Add the fault", "Ask for the release"):
        button(page, name).click()
        told(page, "done" if name != "Ask for the release" else "Asked")
        page.wait_for_function("document.querySelectorAll('#done li').length > 0")
    lines = page.locator("#done code").all_text_contents()
    assert len(lines) == 6
    for line in lines:
        command = line + " --fail -o /dev/null"
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
        assert done.returncode == 0 or "503" in done.stderr, (line, done.stderr)


def test_what_is_told_of_several_moves_goes_where_they_went(
    page: Page, mock: LiveMock, mine: Any
) -> None:
    console(page, mock, mine)
    page.locator("#freeze").select_option("true")
    page.get_by_role("form", name="Freeze the clock").get_by_role("button").click()
    expect(page.locator("#seen .clock .badge")).to_have_text("frozen")
    button(page, "Rebuild").click()
    expect(status(page)).to_have_text("pending")
    page.locator("#place").focus()
    for key in ("Right", "Right", "Left", "Right", "Right", "Right"):
        before = page.locator("#done").inner_text()
        page.keyboard.press(f"Arrow{key}")
        page.wait_for_function("before => document.querySelector('#done').innerText !== before",
                               arg=before)  # fmt: skip
    other = mock.session()
    told_of = reversed(page.locator("#done code").all_text_contents())
    for line in "\n".join(told_of).splitlines():
        subprocess.run(
            ["sh", "-c", line.replace(mine.name, str(other.name))], check=True, timeout=20
        )
    there = page.locator("#place").input_value()
    console(page, mock, other)
    assert float(there) > 0
    assert page.locator("#place").input_value() == there


def test_a_guarded_mock_is_steered_once_its_token_is_given(browser: Browser) -> None:
    guarded = replace(
        mock_of(*load_sources()), admin_access=admin_access_for("127.0.0.1", [], TOKEN)
    )
    opened = browser.new_context()
    with running(guarded) as address:
        page = opened.new_page()
        page.goto(f"{address}/_mock/console")
        told(page, "needs its admin token")
        page.get_by_label("Admin token").fill(TOKEN)
        button(page, "Use it").click()
        expect(page.locator("#seen .headline")).to_be_visible()
        button(page, "Rebuild").click()
        expect(page.locator("#seen .playing")).to_contain_text("plays")
        button(page, "Add the fault").click()
        expect(page.locator("#faults li")).to_have_count(1)
        assert TOKEN not in page.content()
    opened.close()


def test_two_hundred_fixtures_are_looked_at_and_filtered(page: Page, tmp_path: Path) -> None:
    with live(*load_sources(SPEC, many(tmp_path, 200))) as full:
        page.goto(f"{full.address}/_mock/")
        expect(page.locator(".card")).to_have_count(200)
        last = page.locator(".card").last
        last.scroll_into_view_if_needed()
        expect(last.locator(".headline")).to_be_in_viewport()
        page.get_by_role("link", name=re.compile("^building")).first.click()
        building = full.mock.dataset.fixtures.releases.values()
        count = sum(1 for f in building if f.release["display_status"] == "building")
        expect(page.locator(".card")).to_have_count(count)


def test_a_command_line_is_copied(context: BrowserContext, page: Page, mock: LiveMock) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{mock.address}/_mock/states/pending")
    line = page.locator(".curl").first
    line.get_by_role("button").click()
    expect(line.get_by_role("button")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == line.locator("code").inner_text()


def test_without_javascript_all_is_seen_and_the_console_says_what_it_lacks(
    browser: Browser, mock: LiveMock
) -> None:
    opened = browser.new_context(java_script_enabled=False)
    page = opened.new_page()
    page.goto(f"{mock.address}/_mock/")
    assert page.locator(".card").count() == len(mock.mock.dataset.fixtures.releases)
    page.get_by_role("link", name=re.compile("^pending")).first.click()
    assert page.locator(".card").count() == 3
    page.get_by_role("link", name="Console").click()
    expect(page.get_by_text("The console steers by JavaScript")).to_be_visible()
    opened.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1600])
def test_pictures_show_nothing_cut_off_faint_or_without_a_name(
    browser: Browser, mock: LiveMock, width: int, scheme: Any
) -> None:
    """Written to test-results/gallery, to be looked at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    session = mock.session()
    opened = browser.new_context(
        viewport={"width": width, "height": 1000}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = opened.new_page()
    for path in PATHS:
        page.goto(f"{mock.address}/_s/{session.name}/_mock/{path}")
        if path == "console":
            session.clock.freeze()
            button(page, "Rebuild").click()
            expect(status(page)).to_have_text("pending")
            page.locator("#advance").fill("3")
            button(page, "Advance").click()
            expect(status(page)).to_have_text("building")
            button(page, "Add the fault").click()
            button(page, "Ask for the release").click()
            expect(page.locator("#journal .exchange")).to_have_count(2)
        name = f"{path.replace('/', '-') or 'states'}-{width}-{scheme}.png"
        assert page.evaluate(TOO_WIDE) <= 0, f"{path} is wider than {width}"
        assert page.evaluate(FAINT) == [], path
        assert page.evaluate(UNNAMED) == [], path
        page.screenshot(path=PICTURES / name, full_page=True)
        assert (PICTURES / name).stat().st_size > 10_000
    opened.close()
