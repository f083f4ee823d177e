"""What the console draws anew, and the command lines that pages show."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest

from mock_server.contract.judge import Judge
from mock_server.control import control_api
from mock_server.fixtures.values import Fixtures
from mock_server.http.admin_access import admin_access_for
from mock_server.live import live, load_sources
from mock_server.server.in_process import running
from tests.helpers.requests import OWNER, ask, rebuild
from tests.mock_server.helpers.browsing import asked, look
from tests.mock_server.helpers.clocks import Hand
from tests.mock_server.helpers.controlled import MockSession, still_mock
from tests.mock_server.helpers.markup import Element, parsed

NAMES = count(1)
DONE = "rel_successful"


@pytest.fixture(scope="module")
def address(judge: Judge, fixtures: Fixtures) -> Iterator[str]:
    with running(still_mock(judge, fixtures)) as url:
        yield url


@pytest.fixture
def mock(address: str) -> MockSession:
    return MockSession(address, f"console-{next(NAMES)}")


def seen(mock: MockSession, key: str = DONE) -> Element:
    return look(mock.base, f"console/seen?package_release_id={key}").one("div", class_="now")


def run(line: str, **environment: str) -> int:
    """The status that a curl line is answered with."""
    command = line + " --max-time 20 -o /dev/null -w '%{http_code}'"
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, env=environment or None, check=True
    )
    return int(done.stdout)


def curls(page: Element) -> list[str]:
    return [each.one("code").text for each in page.all("div", class_="curl")]


@pytest.mark.parametrize("path", ["", "states/text-hostile", "console"])
def test_each_curl_line_that_a_page_shows_is_answered_with_200(path: str) -> None:
    with live(*load_sources()) as mock:
        lines = [line for line in curls(look(mock.address, path)) if line]
        assert len(lines) >= 3
        found = {line: run(line) for line in reversed(lines)}  # the fault comes late, and strikes
        assert found == dict.fromkeys(lines, 200)


def test_a_curl_line_of_a_guarded_mock_takes_the_token_from_the_environment(
    judge: Judge, fixtures: Fixtures
) -> None:
    admin_access = admin_access_for("127.0.0.1", [], "open-sesame")
    with running(replace(still_mock(judge, fixtures), admin_access=admin_access)) as address:
        lines = [line for line in curls(look(address, "console")) if "$ADMIN_TOKEN" in line]
        assert len(lines) >= 7
        found = {run(line, ADMIN_TOKEN="open-sesame", PATH="/usr/bin:/bin") for line in lines}
        assert found == {200}


def test_a_release_is_drawn_as_it_shows_now_with_its_whole_timeline(mock: MockSession) -> None:
    assert seen(mock).one(class_="playing").words.startswith("shows successful, at rest")
    rebuild(f"{mock.base}/api", DONE)
    mock.result("POST", "clock", {"advance": 1})
    drawn = seen(mock)
    assert drawn.one(class_="headline").words == "building"
    assert drawn.one(class_="playing").words == "plays succeeds · 1.0 s of 6.0 s"
    assert drawn.attributes["data-scenario"] == "succeeds"
    tracks = [
        (t.one(class_="track-name").text, [li.words for li in t.all("li")])
        for t in drawn.all("div", class_="track")
    ]
    assert tracks[1] == (
        "Transpilation",
        ["from 0 s pending", "from 0.5 s building", "from 2 s successful"],
    )
    assert [len(t.all("path", class_="tick")) for t in drawn.all("div", class_="track")] == [
        0,
        5,
        7,
    ]


def test_the_request_that_rebuilds_a_release_is_its_owners(mock: MockSession) -> None:
    for key, token in ((DONE, OWNER["Authorization"]), ("rel_otheruser_failed", None)):
        told = json.loads(seen(mock, key).attributes["data-rebuild"])
        assert token is None or told["headers"]["authorization"] == token
        reply = ask(mock.address, told["method"], told["path"], told["body"], told["headers"])
        assert reply.status == 200
        assert seen(mock, key).attributes["data-scenario"] == "succeeds"


def test_the_clock_is_told(mock: MockSession) -> None:
    mock.result("POST", "clock", {"rate": 60})
    assert seen(mock).one(class_="badge").words == "\u00d7 60"
    mock.result("POST", "clock", {"freeze": True})
    assert seen(mock).attributes["data-frozen"] == "true"
    assert "frozen" in seen(mock).one(class_="clock").words


def test_the_timeline_of_the_admin_api_is_what_the_release_goes_through(
    mock: MockSession, fixtures: Fixtures
) -> None:
    body = {"package_release_id": DONE, "scenario": "files-changed"}
    mock.result("POST", "play", body)
    mock.result("POST", "clock", {"advance": 4.25})
    told = mock.result("GET", f"timeline?package_release_id={DONE}")
    segments = fixtures.scenarios["files-changed"].timeline.segments
    assert (told["name"], told["elapsed"], told["seconds"]) == ("files-changed", 4.25, 10)
    assert [m["at"] for m in told["moments"]] == [segment.at / 1000 for segment in segments]
    assert [m["status"] for m in told["moments"]] == [s.values["display_status"] for s in segments]
    assert told["moments"][1]["processes"][0] == {
        "name": "transpilation",
        "status": "successful",
        "stale": True,
        "logs": len(segments[1].values["transpilation_logs"]),
    }


@pytest.mark.parametrize(
    ("query", "status"), [("", 400), ("?package_release_id=rel_x", 404), ("?x=1", 400)]
)
def test_a_timeline_of_no_release_is_refused(mock: MockSession, query: str, status: int) -> None:
    assert mock.call("GET", f"timeline{query}").status == status


def test_the_journal_marks_what_a_fault_broke_and_what_was_refused(mock: MockSession) -> None:
    api = f"{mock.base}/api"
    find = ("POST", "/package_releases/get", {"package_release_id": DONE})
    ask(api, *find)
    fault = {"kind": "violate", "property": "display_status", "how": "enum", "first": 1}
    mock.result("POST", "faults", fault)
    ask(api, *find)
    ask(api, "POST", "/package_releases/get", {"package_id": 7})
    items = look(mock.base, "console/journal").all("li", class_="exchange")
    assert [item.attributes["value"] for item in items] == ["3", "2", "1"]
    refused, broken, good = items
    assert not good.all(class_="violations")
    assert "fault violate-1" in broken.words
    assert "/package_release/display_status: is one of pending, building" in broken.words
    assert "broken" in refused.attributes["class"].split()
    assert "400" in refused.words


def test_the_journal_waits_for_what_comes_after_a_number(mock: MockSession) -> None:
    ask(f"{mock.base}/api", "POST", "/package_releases/get", {"package_release_id": DONE})
    page = look(mock.base, "console/journal?after=0&wait=20")
    assert page.one("ol", class_="exchanges").attributes["data-last"] == "1"
    empty = parsed(asked(mock.base, "/_mock/console/journal?after=1&wait=0.1").content.decode())
    assert (empty.all("li"), empty.one("ol").attributes["data-last"]) == ([], "1")


def test_looking_at_the_gallery_leaves_no_trace_in_the_journal(mock: MockSession) -> None:
    for path in ("", "console", "map", "console/seen"):
        look(mock.base, path)
    assert mock.result("GET", "journal")["exchanges"] == []


def test_the_form_of_a_fault_has_every_kind_and_field_of_the_admin_api(address: str) -> None:
    form = next(f for f in look(address, "console").all("form") if f.all("select", id="kind"))
    kinds = [option.text for option in form.one("select", id="kind").all("option")]
    schemas = admin_schemas()
    assert sorted(kinds) == sorted(schemas)
    for kind, names in schemas.items():
        (fields,) = [f for f in form.all("fieldset") if f.attributes.get("data-kind") == kind]
        common = form.one("fieldset", class_="common")
        shown = {e.attributes.get("name") for e in [*fields.walk(), *common.walk()]} - {None}
        assert shown == names


def admin_schemas() -> dict[str, set[str]]:
    data = control_api().api.data["components"]["schemas"]
    mapping = data["Fault"]["discriminator"]["mapping"]
    return {
        kind: set(data[reference.rpartition("/")[2]]["properties"]) - {"kind"}
        for kind, reference in mapping.items()
    }


def test_a_release_that_plays_shows_its_elapsed_time_by_the_sessions_clock(
    judge: Judge, fixtures: Fixtures
) -> None:
    hand = Hand()
    with running(still_mock(judge, fixtures, hand)) as url:
        mock = MockSession(url, "mine")
        rebuild(f"{mock.base}/api", DONE)
        assert seen(mock).attributes["data-elapsed"] == "0.0"
        mock.result("POST", "clock", {"advance": 2.5})
        assert seen(mock).attributes["data-elapsed"] == "2.5"
