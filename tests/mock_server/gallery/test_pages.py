"""The gallery's pages: whole, escaped, of every fixture, and as the contract says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mock_server.app.mock import mock_of
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.gallery.pages import TAIL
from mock_server.gallery.rendering import prose
from mock_server.http.admin_access import admin_access_for
from mock_server.live import live, load_sources
from mock_server.server.in_process import running
from tests.helpers.requests import ask
from tests.mock_server.helpers.browsing import asked, look, many
from tests.mock_server.helpers.controlled import still_mock
from tests.mock_server.helpers.copies import SPEC, refusal
from tests.mock_server.helpers.markup import Element, parsed, scripted

PAGES = ["", "states/text-hostile", "states/logs-odd", "console", "map", "contract"]
TOKEN = "open-sesame"
HOSTILE = "text-hostile"
SECTIONS = ("transpilation", "circuit_json_build")


def said(entry: Any) -> str:
    """What a log entry must be seen as, when it is text or an object of one text."""
    return entry if isinstance(entry, str) else str(entry.get("msg"))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_well_formed_and_runs_and_styles_nothing_but_the_gallerys_own_files(
    resting: str, path: str
) -> None:
    page = look(resting, path)
    assert scripted(page) == []
    assert page.one("html").attributes["lang"] == "en"
    assert len(page.all("h1")) == len(page.all("main")) == 1
    assert page.one("title").words


@pytest.mark.parametrize("path", PAGES)
def test_a_pages_policy_lets_nothing_in_but_the_mocks_own_files(resting: str, path: str) -> None:
    headers = asked(resting, f"/_mock/{path}").headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert set(re.findall(r"-src ([^;]+)", policy)) <= {"'none'", "'self'"}
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_at_the_root_leads_to_the_gallery_and_allows_no_style_but_its_own(
    resting: str,
) -> None:
    reply = ask(resting, "GET", "/")
    assert "unsafe" not in reply.headers["Content-Security-Policy"]
    page = parsed(reply.content.decode().replace("<!doctype html>", ""))
    assert "/_mock/" in [link.attributes["href"] for link in page.all("a")]


def test_each_fixture_has_a_card_with_its_title_its_purpose_and_all_that_its_release_shows(
    resting: str, fixtures: Fixtures
) -> None:
    page = look(resting)
    assert len(page.all("article", class_="card")) == len(fixtures.releases)
    for name, fixture in fixtures.releases.items():
        card, release = page.one("article", id=name), fixture.release
        assert fixture.about.title in card.text
        assert fixture.about.purpose in card.text
        assert card.one(class_="headline").words.startswith(release["display_status"])
        drawn = card.all("section", class_="process")
        for section, process in zip(drawn, SECTIONS, strict=True):
            assert release[f"{process}_display_status"] in section.one("h3").words
            assert bool(section.all(class_="stale")) is release[f"{process}_is_stale"]
            entries = [item.one("bdi").text for item in section.all("li")]
            log = release[f"{process}_logs"][-TAIL:]
            assert len(entries) == len(log)
            told = [(e, said(v)) for e, v in zip(entries, log, strict=True) if simple(v)]
            assert [e for e, _ in told] == [v for _, v in told]
            error = release.get(f"{process}_error")
            assert [e.text for e in section.all("pre", class_="error")] == (
                [error] if error else []
            )


def simple(entry: Any) -> bool:
    return isinstance(entry, str) or (
        isinstance(entry, dict) and list(entry) == ["msg"] and isinstance(entry["msg"], str)
    )


def test_a_states_page_has_its_whole_logs(resting: str, fixtures: Fixtures) -> None:
    page = look(resting, "states/logs-long")
    for section, process in zip(page.all("section", class_="process"), SECTIONS, strict=True):
        log = fixtures.releases["logs-long"].release[f"{process}_logs"]
        assert [item.one("bdi").text for item in section.all("li")] == [said(e) for e in log]


def test_an_entry_that_is_no_text_is_shown_as_json(resting: str) -> None:
    entries = [item.words for item in look(resting, "states/logs-odd").all("li")]
    for told in ("null", "42", "false", "{}", '{"msg": 7}', '["Placed", 64, "components"]'):
        assert told in entries
    assert 'not a function {"length": 3, "__proto__": null}' in entries


def test_hostile_text_is_text(resting: str, fixtures: Fixtures) -> None:
    page = look(resting, f"states/{HOSTILE}")
    release = fixtures.releases[HOSTILE].release
    shown = [item.one("bdi").text for item in page.one("article").all("li")]
    assert shown == [said(e) for process in SECTIONS for e in release[f"{process}_logs"]]
    assert release["circuit_json_build_error"] in page.text


def test_hostile_titles_and_lone_surrogates_are_text(judge: Judge, fixtures: Fixtures) -> None:
    """What a fixture's own words are, and what JSON may hold and UTF-8 may not, harms no page."""
    evil = '"><script>alert(1)</script>{{ 7*7 }}'
    one = fixtures.releases["pending"]
    logs = {"transpilation_logs": ["\ud800 alone", {"\udfff": None}]}
    about = replace(one.about, title=evil, purpose=evil, tags=(evil,))
    changed = replace(one, about=about, release={**one.release, **logs})
    mock = still_mock(judge, replace(fixtures, releases={"pending": changed}))
    with running(mock) as address:
        for path in ("", "states/pending", "console"):
            page = look(address, path)
            assert scripted(page) == []
            assert evil in page.text


def test_a_filter_lets_through_what_has_that_status(resting: str, fixtures: Fixtures) -> None:
    def names(query: str) -> list[str]:
        return [card.attributes["id"] for card in look(resting, query).all("article")]

    releases = fixtures.releases
    assert names("?whole=failed") == [
        n for n, f in releases.items() if f.release["display_status"] == "failed"
    ]
    assert names("?transpilation=successful&circuit_json_build=building") == [
        "building-circuit-json",
        "otheruser-building",
    ]
    assert names("?transpilation=failed&circuit_json_build=building") == []


def test_each_chip_leads_to_as_many_cards_as_it_says(resting: str) -> None:
    for chip in look(resting, "?whole=failed").all("a", class_="chip"):
        path = chip.attributes["href"].removeprefix("/_mock/")
        assert len(look(resting, path).all("article")) == int(chip.one(class_="count").text)


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("states/sucessful", 404, "There is no fixture sucessful Did you mean successful?"),
        ("states/%3Cb%3E", 404, "There is no fixture <b>"),
        ("map/build-nothing.yaml", 404, "There is no file build-nothing.yaml"),
        ("static/nothing.css", 404, "There is no file nothing.css"),
        ("static/..%2F__init__.py", 404, "There is no file ..%2F__init__.py"),
        ("nonsense", 404, "There is no such page"),
        ("?whole=sucessful", 400, "There is no status sucessful Did you mean successful?"),
        ("?circuit_jsn_build=failed", 400, "Did you mean circuit_json_build?"),
        ("console?package_release_id=rel_pendin", 404, "Did you mean rel_pending?"),
        ("console?session=not%20one", 400, "There can be no such session"),
        ("console/seen?package_release_id=rel_pendin", 404, "There is no release rel_pendin"),
        ("console/journal?after=x", 400, "after is a number, not x"),
        ("console/journal?wait=-1", 400, "wait is a number, not -1"),
    ],
)
def test_what_is_not_there_is_told_in_words(
    resting: str, path: str, status: int, words: str
) -> None:
    page = look(resting, path, status)
    assert words in page.one("main").words
    assert scripted(page) == []


def test_a_session_that_can_be_none_is_told_in_words(resting: str) -> None:
    reply = asked(resting, "/_s/not%20one/_mock/")
    assert reply.status == 400
    assert "1 to 64 letters" in parsed(reply.content.decode()).one("main").words


def test_the_console_of_a_session_is_found_by_its_name(resting: str) -> None:
    reply = asked(resting, "/_mock/console?session=mine")
    assert (reply.status, reply.headers["Location"]) == (303, "/_s/mine/_mock/console")
    page = parsed(asked(resting, "/_s/mine/_mock/console").content.decode())
    assert {form.attributes["data-path"].split("/_mock")[0] for form in forms(page)} >= {"/_s/mine"}


def forms(page: Element) -> list[Element]:
    return [form for form in page.all("form") if "data-path" in form.attributes]


def test_a_console_steers_the_session_that_a_cookie_names(resting: str) -> None:
    page = look(resting, "console", headers={"cookie": "mock_session=eaten"})
    assert {form.attributes["data-path"].split("/")[2] for form in forms(page)} == {"eaten"}


def test_only_a_browser_gets_the_page_at_the_admins_own_path(resting: str) -> None:
    for accept in ("*/*", "application/json"):
        reply = ask(resting, "GET", "/_mock/", headers={"accept": accept})
        assert (reply.status, reply.headers["Content-Type"]) == (404, "application/json")
    assert asked(resting, "/_mock").headers["Content-Type"].startswith("text/html")
    assert asked(resting, "/_mock/clock").headers["Content-Type"] == "application/json"
    assert asked(resting, "/_mock/sessions/x").status == 405


def test_a_page_takes_no_other_method(resting: str) -> None:
    reply = ask(resting, "POST", "/_mock/map", {})
    assert (reply.status, reply.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert ask(resting, "OPTIONS", "/_mock/map").status == 204
    assert ask(resting, "HEAD", "/_mock/map").content == b""


def test_the_json_of_a_state_is_its_release(resting: str, fixtures: Fixtures) -> None:
    for name, fixture in fixtures.releases.items():
        reply = asked(resting, f"/_mock/states/{name}.json")
        assert reply.headers["Content-Type"] == "application/json"
        assert reply.json == fixture.release


def test_every_file_that_a_page_asks_for_is_there(resting: str) -> None:
    page = look(resting, "console")
    named = {e.attributes[n] for e in page.walk() for n in ("src", "href") if n in e.attributes}
    own = {name for name in named if not name.startswith("#")}
    assert {asked(resting, name).status for name in own} == {200}
    assert any(name.endswith(".css") for name in own)


def test_the_contract_page_tells_every_operation_status_field_and_rule(
    resting: str, judge: Judge
) -> None:
    page, spec = look(resting, "contract"), judge.spec
    words = page.words
    for operation in spec.operations.values():
        part = page.one("article", id=operation.id)
        assert operation.path in part.words
        assert operation.summary in part.words
        assert {str(status) for status in operation.responses} <= {b.text for b in part.all("b")}
    for rule in judge.rules.all():
        told = page.one("div", id=rule.id)
        assert rule.message.replace("`", "") in told.words
        assert rule.source in told.text
    assert all(name in words for name in spec.properties)
    assert all(f"{word} {phase.replace('-', ' ')}" in words for word, phase in spec.phases.items())


def test_prose_is_paragraphs_lists_and_code_and_nothing_else() -> None:
    text = "One `a<b>` and *two*.\n\nThree:\n\n- four\n  goes on\n- <b>five</b>"
    assert str(prose(text)) == (
        "<p>One <code>a&lt;b&gt;</code> and *two*.</p><p>Three:</p>"
        "<ul><li>four\n  goes on</li><li>&lt;b&gt;five&lt;/b&gt;</li></ul>"
    )


def test_two_hundred_fixtures_have_two_hundred_cards(tmp_path: Path) -> None:
    with live(*load_sources(SPEC, many(tmp_path, 200))) as mock:
        assert len(look(mock.address).all("article", class_="card")) == 200
        assert "200 states" in look(mock.address).one("h1").words
        look(mock.address, "map")
        look(mock.address, "console")


@pytest.fixture(scope="module")
def guarded(judge: Judge, fixtures: Fixtures) -> Iterator[str]:
    mock = replace(
        still_mock(judge, fixtures), admin_access=admin_access_for("127.0.0.1", [], TOKEN)
    )
    with running(mock) as address:
        yield address


def test_what_the_files_say_needs_no_token_and_what_a_session_holds_does(guarded: str) -> None:
    for path in PAGES:
        look(guarded, path)
    bearer = {"authorization": f"Bearer {TOKEN}"}
    for path in ("console/seen", "console/journal"):
        refused = asked(guarded, f"/_mock/{path}")
        assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
        look(guarded, path, headers=bearer)


def test_the_console_of_a_guarded_mock_asks_for_the_token_and_never_shows_it(guarded: str) -> None:
    reply = asked(guarded, "/_mock/console", {"authorization": f"Bearer {TOKEN}"}).content.decode()
    assert parsed(reply).one("input", id="admin-token").attributes["type"] == "password"
    assert TOKEN not in reply
    assert "$ADMIN_TOKEN" in reply


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 403),
        (
            {
                "sec-fetch-site": "cross-site",
                "sec-fetch-mode": "navigate",
                "sec-fetch-dest": "iframe",
            },
            403,
        ),
        (
            {
                "sec-fetch-site": "cross-site",
                "sec-fetch-mode": "navigate",
                "sec-fetch-dest": "document",
            },
            200,
        ),
        (
            {
                "host": "evil.example",
                "sec-fetch-mode": "navigate",
                "sec-fetch-dest": "document",
            },
            403,
        ),
    ],
)
def test_a_page_may_be_linked_to_and_nothing_else_from_elsewhere(
    resting: str, headers: dict[str, str], status: int
) -> None:
    page = look(resting, "map", status, headers)
    assert ("This page is not for you" in page.words) is (status == 403)


def test_a_card_leads_to_the_real_page_in_that_state(judge: Judge, fixtures: Fixtures) -> None:
    url = (
        "http://localhost:5173/{Package.name}/builds?package_release_id="
        "{PackageRelease.package_release_id}&version={PackageRelease.version}"
    )
    with running(mock_of(judge, fixtures, page_url=url)) as address:
        page = look(address)
        links = {
            card.attributes["id"]: [
                a.attributes["href"] for a in card.all("a") if a.text == "Real page"
            ]
            for card in page.all("article", class_="card")
        }
    builds = "http://localhost:5173/testuser/my-test-board/builds"
    version = fixtures.releases["successful"].release["version"]
    asked_for = f"package_release_id=rel_successful&version={version}"
    assert links["successful"] == [f"{builds}?{asked_for}"]
    assert links["no-version"] == []
    assert "%3Cb%3E%26amp%3B%22" in links[HOSTILE][0]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("localhost:5173", "begins with http:// or https://"),
        ("javascript:alert(1)", "begins with http:// or https://"),
        ("http://localhost/{Pakage.name}", "did you mean Package?"),
        ("http://localhost/{Package.nam}", "did you mean name?"),
        ("http://localhost/{name}", "as {PackageRelease.package_release_id} does"),
    ],
)
def test_an_address_of_the_real_page_that_cannot_be_is_refused(
    judge: Judge, fixtures: Fixtures, url: str, told: str
) -> None:
    (wrong,) = refusal(lambda: mock_of(judge, fixtures, page_url=url))
    assert told in str(wrong)
