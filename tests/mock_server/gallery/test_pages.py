"""The pages of the gallery: well-formed, escaped, complete, and protected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.gallery.pages import MAX_LOG_ENTRIES
from mock_server.gallery.rendering import prose
from mock_server.http.admin_access import admin_access_for
from mock_server.live import live, load_sources
from mock_server.server.in_process import running
from tests.helpers.requests import call
from tests.mock_server.helpers.browsing import browse, fixtures_folder, get_page
from tests.mock_server.helpers.controlled import still_mock
from tests.mock_server.helpers.copies import SPEC
from tests.mock_server.helpers.markup import Element, active_content, parsed

PAGES = ["", "states/text-hostile", "states/logs-mixed", "console", "map", "contract"]
TOKEN = "open-sesame"
HOSTILE = "text-hostile"
PROCESSES = ("transpilation", "circuit_json_build")


def text_of(entry: Any) -> str:
    """Return the text that a page shows for a log entry: a string, or an object with one."""
    return entry if isinstance(entry, str) else str(entry.get("msg"))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_well_formed_and_uses_only_scripts_and_styles_of_the_gallery(
    address: str, path: str
) -> None:
    page = get_page(address, path)
    assert active_content(page) == []
    assert page.one("html").attributes["lang"] == "en"
    assert len(page.all("h1")) == len(page.all("main")) == 1
    assert page.one("title").words


@pytest.mark.parametrize("path", PAGES)
def test_the_content_security_policy_allows_only_files_of_the_mock(address: str, path: str) -> None:
    headers = browse(address, f"/_mock/{path}").headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert set(re.findall(r"-src ([^;]+)", policy)) <= {"'none'", "'self'"}
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_each_fixture_has_a_card_with_its_title_purpose_and_release(
    address: str, fixtures: Fixtures
) -> None:
    page = get_page(address)
    assert len(page.all("article", class_="card")) == len(fixtures.fixtures)
    for name, fixture in fixtures.fixtures.items():
        card, release = page.one("article", id=name), fixture.value
        assert fixture.about.title in card.text
        assert fixture.about.purpose in card.text
        assert card.one(class_="headline").words.startswith(release["display_status"])
        sections = card.all("section", class_="process")
        for section, process in zip(sections, PROCESSES, strict=True):
            assert release[f"{process}_display_status"] in section.one("h3").words
            assert bool(section.all(class_="stale")) is release[f"{process}_is_stale"]
            entries = [item.one("bdi").text for item in section.all("li")]
            log = release[f"{process}_logs"][-MAX_LOG_ENTRIES:]
            assert len(entries) == len(log)
            pairs = [(e, text_of(v)) for e, v in zip(entries, log, strict=True) if has_text(v)]
            assert [shown for shown, _ in pairs] == [expected for _, expected in pairs]
            error = release.get(f"{process}_error")
            assert [e.text for e in section.all("pre", class_="error")] == (
                [error] if error else []
            )


def has_text(entry: Any) -> bool:
    """Return whether a log entry is a string, or an object with no other member than ``msg``."""
    return isinstance(entry, str) or (
        isinstance(entry, dict) and list(entry) == ["msg"] and isinstance(entry["msg"], str)
    )


def test_the_page_of_a_state_has_the_complete_logs(address: str, fixtures: Fixtures) -> None:
    page = get_page(address, "states/logs-long")
    for section, process in zip(page.all("section", class_="process"), PROCESSES, strict=True):
        log = fixtures.fixtures["logs-long"].value[f"{process}_logs"]
        assert [item.one("bdi").text for item in section.all("li")] == [text_of(e) for e in log]


def test_a_log_entry_without_text_is_shown_as_json(address: str) -> None:
    entries = [item.words for item in get_page(address, "states/logs-mixed").all("li")]
    for json_text in ("null", "42", "false", "{}", '{"msg": 7}', '["Placed", 64, "components"]'):
        assert json_text in entries
    assert 'not a function {"length": 3, "__proto__": null}' in entries


def test_hostile_text_is_shown_as_text(address: str, fixtures: Fixtures) -> None:
    page = get_page(address, f"states/{HOSTILE}")
    release = fixtures.fixtures[HOSTILE].value
    shown = [item.one("bdi").text for item in page.one("article").all("li")]
    assert shown == [text_of(e) for process in PROCESSES for e in release[f"{process}_logs"]]
    assert release["circuit_json_build_error"] in page.text


def test_hostile_titles_and_lone_surrogates_are_shown_as_text(
    judge: Judge, fixtures: Fixtures
) -> None:
    """UTF-8 cannot encode a lone surrogate, which JSON allows."""
    evil = '"><script>alert(1)</script>{{ 7*7 }}'
    fixture = fixtures.fixtures["pending"]
    logs = {"transpilation_logs": ["\ud800 alone", {"\udfff": None}]}
    about = replace(fixture.about, title=evil, purpose=evil, tags=(evil,))
    changed = replace(fixture, about=about, value={**fixture.value, **logs})
    mock = still_mock(judge, replace(fixtures, fixtures={"pending": changed}, scenarios={}))
    with running(mock) as address:
        for path in ("", "states/pending", "console"):
            page = get_page(address, path)
            assert active_content(page) == []
            assert evil in page.text


def test_a_filter_selects_the_fixtures_with_a_status(address: str, fixtures: Fixtures) -> None:
    def names(query: str) -> list[str]:
        page = get_page(address, f"{query}&order=name")
        return [card.attributes["id"] for card in page.all("article")]

    releases = fixtures.fixtures
    assert names("?overall=failed") == [
        n for n, f in releases.items() if f.value["display_status"] == "failed"
    ]
    assert names("?transpilation=successful&circuit_json_build=building") == [
        "building-circuit-json-stale",
        "building-circuit-json",
        "otheruser-building",
    ]
    assert names("?transpilation=failed&circuit_json_build=building") == []


def test_the_count_of_a_filter_option_is_its_number_of_cards(address: str) -> None:
    for option in get_page(address, "?overall=failed").all("a", class_="chip"):
        path = option.attributes["href"].removeprefix("/_mock/")
        assert len(get_page(address, path).all("article")) == int(option.one(class_="count").text)


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("states/sucessful", 404, "Unknown fixture sucessful Did you mean successful?"),
        ("states/%3Cb%3E", 404, "Unknown fixture <b>"),
        ("map/nothing.yaml", 404, "Unknown generated fixture nothing"),
        ("static/nothing.css", 404, "Unknown file nothing.css"),
        ("static/..%2F__init__.py", 404, "Unknown file ../__init__.py"),
        ("nonsense", 404, "Page not found"),
        ("?overall=sucessful", 400, "Unknown status sucessful Did you mean successful?"),
        ("?circuit_jsn_build=failed", 400, "Did you mean circuit_json_build?"),
        ("console?package_release_id=rel_pendin", 404, "Did you mean rel_pending?"),
        ("console?session=not%20one", 400, "Invalid session name"),
        (
            "console/resource?package_release_id=rel_pendin",
            404,
            "Unknown package release rel_pendin",
        ),
        ("console/journal?after=x", 400, "after must be a number; found x"),
        ("console/journal?wait=-1", 400, "wait must be a number; found -1"),
    ],
)
def test_an_invalid_request_gets_an_error_page_with_a_hint(
    address: str, path: str, status: int, words: str
) -> None:
    page = get_page(address, path, status)
    assert words in page.one("main").words
    assert active_content(page) == []


def test_an_invalid_session_name_gets_an_error_page(address: str) -> None:
    reply = browse(address, "/_s/not%20one/_mock/")
    assert reply.status == 400
    assert "1 to 64 letters" in parsed(reply.content.decode()).one("main").words


def test_a_session_name_redirects_to_the_console_of_the_session(address: str) -> None:
    reply = browse(address, "/_mock/console?session=mine")
    assert (reply.status, reply.headers["Location"]) == (303, "/_s/mine/_mock/console")
    page = parsed(browse(address, "/_s/mine/_mock/console").content.decode())
    assert {form.attributes["data-path"].split("/_mock")[0] for form in forms(page)} >= {"/_s/mine"}


def forms(page: Element) -> list[Element]:
    return [form for form in page.all("form") if "data-path" in form.attributes]


def test_the_console_controls_the_session_of_the_cookie(address: str) -> None:
    page = get_page(address, "console", headers={"cookie": "mock_session=eaten"})
    assert {form.attributes["data-path"].split("/")[2] for form in forms(page)} == {"eaten"}


def test_the_control_api_is_json_for_a_browser_too(address: str) -> None:
    assert browse(address, "/_mock/clock").headers["Content-Type"] == "application/json"
    assert browse(address, "/_mock/sessions/x").status == 405


def test_a_page_allows_only_get_head_and_options(address: str) -> None:
    reply = call(address, "POST", "/_mock/map", {})
    assert (reply.status, reply.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert call(address, "OPTIONS", "/_mock/map").status == 204
    assert call(address, "HEAD", "/_mock/map").content == b""


def test_the_json_of_a_state_is_its_release(address: str, fixtures: Fixtures) -> None:
    for name, fixture in fixtures.fixtures.items():
        reply = browse(address, f"/_mock/states/{name}.json")
        assert reply.headers["Content-Type"] == "application/json"
        assert reply.json == fixture.value


def test_every_file_that_the_console_loads_exists(address: str) -> None:
    page = get_page(address, "console")
    urls = {e.attributes[n] for e in page.walk() for n in ("src", "href") if n in e.attributes}
    paths = {url for url in urls if not url.startswith("#")}
    assert {browse(address, path).status for path in paths} == {200}
    assert any(path.endswith(".css") for path in paths)


def test_prose_supports_only_paragraphs_lists_and_code() -> None:
    text = "One `a<b>` and *two*.\n\nThree:\n\n- four\n  lines\n- <b>five</b>\n\n1. six\n2. seven"
    assert str(prose(text)) == (
        "<p>One <code>a&lt;b&gt;</code> and *two*.</p><p>Three:</p>"
        "<ul><li>four\n  lines</li><li>&lt;b&gt;five&lt;/b&gt;</li></ul>"
        "<ol><li>six</li><li>seven</li></ol>"
    )


def test_two_hundred_fixtures_have_two_hundred_cards(tmp_path: Path) -> None:
    with live(*load_sources(SPEC, fixtures_folder(tmp_path, 200))) as mock:
        assert len(get_page(mock.address).all("article", class_="card")) == 200
        assert "200 states" in get_page(mock.address).one("h1").words
        get_page(mock.address, "map")
        get_page(mock.address, "console")


@pytest.fixture(scope="module")
def protected(judge: Judge, fixtures: Fixtures) -> Iterator[str]:
    mock = replace(
        still_mock(judge, fixtures), admin_access=admin_access_for("127.0.0.1", [], TOKEN)
    )
    with running(mock) as address:
        yield address


def test_only_pages_with_the_state_of_a_session_require_the_admin_token(protected: str) -> None:
    for path in PAGES:
        get_page(protected, path)
    bearer = {"authorization": f"Bearer {TOKEN}"}
    for path in ("console/resource", "console/journal"):
        response = browse(protected, f"/_mock/{path}")
        assert (response.status, response.headers["WWW-Authenticate"]) == (401, "Bearer")
        get_page(protected, path, headers=bearer)


def test_the_console_prompts_for_the_admin_token_and_never_shows_it(protected: str) -> None:
    reply = browse(
        protected, "/_mock/console", {"authorization": f"Bearer {TOKEN}"}
    ).content.decode()
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
def test_another_site_can_link_to_a_page_but_not_load_it(
    address: str, headers: dict[str, str], status: int
) -> None:
    page = get_page(address, "map", status, headers)
    assert ("Access denied" in page.words) is (status == 403)
