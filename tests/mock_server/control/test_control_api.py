"""The control API: each route, its errors, and that a refused call changes nothing."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from mock_server import journal
from mock_server.contract.document import soundness
from mock_server.contract.judge import Judge
from mock_server.contract.source import yaml_documents
from mock_server.contract.violations import Violation
from mock_server.control import control_api
from mock_server.control.changes import MAX_FAULTS
from mock_server.control.operations import OPERATIONS
from mock_server.control.routing import DOCUMENT
from mock_server.fixtures.values import Fixtures
from mock_server.foundation.clock import FASTEST, LATEST
from mock_server.foundation.timestamps import to_text
from mock_server.journal.entries import MAX_BODY, MAX_EXCHANGES
from tests.helpers.requests import call, mounted, rebuild, release
from tests.mock_server.helpers.clocks import START, ManualClock
from tests.mock_server.helpers.controlled import MockSession, still_mock

NAMES = count(1)
PENDING, DONE = "rel_pending", "rel_successful"


@pytest.fixture(scope="module")
def address(judge: Judge, fixtures: Fixtures) -> Iterator[str]:
    """A mock with a frozen wall clock."""
    with mounted(still_mock(judge, fixtures)) as url:
        yield url


@pytest.fixture
def mock(address: str) -> MockSession:
    """A new session for each test."""
    return MockSession(address, f"test-{next(NAMES)}")


def api(mock: MockSession) -> str:
    return f"{mock.base}/api"


def status(mock: MockSession, key: str = PENDING) -> str:
    return str(release(api(mock), key)["display_status"])


def test_every_operation_of_the_document_has_a_function_and_vice_versa() -> None:
    assert set(OPERATIONS) == set(control_api().api.operations)


def test_the_document_is_sound_so_that_the_mock_need_not_check_it() -> None:
    soundness.check(yaml_documents.read(DOCUMENT))


def test_the_document_and_the_code_have_the_same_limits() -> None:
    schemas = control_api().api.data["components"]["schemas"]
    assert schemas["ClockChange"]["properties"]["rate"]["maximum"] == FASTEST
    assert str(MAX_BODY) in schemas["Body"]["description"]
    listed = {p.name: p.schema for p in control_api().api.operations["readJournal"].parameters}
    assert listed["limit"]["maximum"] == listed["limit"]["default"] == MAX_EXCHANGES


def test_a_rebuild_passes_all_its_statuses_when_the_clock_moves(mock: MockSession) -> None:
    assert rebuild(api(mock), DONE).status == 200
    statuses = [status(mock, DONE)]
    for seconds in (3, 10):
        mock.result("POST", "clock", {"advance": seconds})
        statuses.append(status(mock, DONE))
    assert statuses == ["pending", "building", "successful"]


def test_show_gives_a_release_the_state_of_any_fixture_and_keeps_its_identity(
    mock: MockSession, fixtures: Fixtures
) -> None:
    before = release(api(mock), PENDING)
    for name in fixtures.fixtures:
        body = {"package_release_id": PENDING, "fixture": name}
        shown = mock.result("POST", "show", body)["package_release"]
        assert shown == release(api(mock), PENDING)
        assert (shown["package_release_id"], shown["version"]) == (PENDING, before["version"])
        assert shown["display_status"] == fixtures.fixtures[name].value["display_status"]


def test_play_makes_a_release_play_any_scenario_from_now_on(
    mock: MockSession, fixtures: Fixtures
) -> None:
    for name, scenario in fixtures.scenarios.items():
        body = {"package_release_id": PENDING, "scenario": name}
        shown = mock.result("POST", "play", body)["package_release"]
        assert shown == release(api(mock), PENDING)
        for before, segment in zip(
            scenario.timeline.segments, scenario.timeline.segments[1:], strict=False
        ):
            mock.result("POST", "clock", {"advance": (segment.at - before.at) / 1000})
            assert status(mock) == segment.values["display_status"], (name, segment.at)


def test_the_last_change_to_a_release_wins(mock: MockSession) -> None:
    mock.result("POST", "show", {"package_release_id": DONE, "fixture": "failed-transpilation"})
    assert status(mock, DONE) == "failed"
    rebuild(api(mock), DONE)
    assert status(mock, DONE) == "pending"
    mock.result("POST", "show", {"package_release_id": DONE, "fixture": "stale-transpilation"})
    mock.result("POST", "clock", {"advance": 60})
    assert release(api(mock), DONE)["transpilation_is_stale"] is True


def test_next_applies_to_one_rebuild_and_a_release_takes_precedence_over_any(
    mock: MockSession,
) -> None:
    mock.result("POST", "next", {"scenario": "fails-transpilation"})
    own = {"scenario": "fails-circuit-json", "package_release_id": DONE}
    assert mock.result("POST", "next", own) == own
    pairs = []
    for _ in range(3):
        rebuild(api(mock), DONE)
        mock.result("POST", "clock", {"advance": 60})
        got = release(api(mock), DONE)
        pairs.append([got["transpilation_display_status"], got["display_status"]])
    assert pairs == [["successful", "failed"], ["failed", "failed"], ["successful", "successful"]]


def test_the_clock_is_advanced_set_frozen_and_paced(judge: Judge, fixtures: Fixtures) -> None:
    wall = ManualClock()
    with mounted(still_mock(judge, fixtures, wall)) as address:
        mock = MockSession(address)
        assert mock.result("GET", "clock") == {"now": to_text(START), "frozen": False, "rate": 1}
        assert mock.result("POST", "clock", {"advance": 1.5})["now"] == to_text(START + 1500)
        wall.now += 1000
        assert mock.result("GET", "clock")["now"] == to_text(START + 2500)
        assert mock.result("POST", "clock", {"freeze": True})["frozen"] is True
        wall.now += 1000
        assert mock.result("GET", "clock")["now"] == to_text(START + 2500)
        assert mock.result("POST", "clock", {"advance": 1})["now"] == to_text(START + 3500)
        assert mock.result("POST", "clock", {"freeze": False})["frozen"] is False
        assert mock.result("POST", "clock", {"rate": 60})["rate"] == 60
        wall.now += 1000
        assert mock.result("GET", "clock")["now"] == to_text(START + 63500)
        ahead = {"now": "2031-01-01T00:00:00.000Z", "frozen": False, "rate": 60}
        assert mock.result("POST", "clock", {"set": "2031-01-01T01:00:00+01:00"}) == ahead


def test_set_to_the_future_jumps_and_set_to_the_past_restarts_the_session(
    mock: MockSession,
) -> None:
    fresh = MockSession(mock.address, f"{mock.session}-fresh")
    rebuild(api(mock), DONE)
    mock.result("POST", "faults", {"kind": "delay", "seconds": 0})
    mock.result("POST", "clock", {"set": to_text(START + 3000)})
    assert status(mock, DONE) == "building"
    mock.result("POST", "clock", {"rate": 0})
    past = to_text(START - 86_400_000)
    assert mock.result("POST", "clock", {"set": past}) == {
        "now": past,
        "frozen": False,
        "rate": 0,
    }  # as fast as before
    assert mock.result("GET", "faults") == {"faults": []}
    assert mock.result("GET", "journal")["exchanges"] == []
    fresh.result("POST", "clock", {"set": past})
    assert release(api(mock), DONE) == release(api(fresh), DONE)


def test_the_clock_refuses_a_time_after_the_latest(mock: MockSession) -> None:
    mock.result("POST", "clock", {"set": to_text(LATEST - 1000)})
    before = mock.state()
    refused = mock.call("POST", "clock", {"advance": 1.001})
    assert (refused.status, pointers(refused.json)) == (400, ["/advance"])
    assert mock.state() == before
    mock.result("POST", "play", {"package_release_id": DONE, "scenario": "succeeds"})
    mock.result("POST", "clock", {"advance": 1})
    assert status(mock, DONE) == "building"


def test_a_fast_clock_stops_at_the_latest_time(judge: Judge, fixtures: Fixtures) -> None:
    wall = ManualClock()
    with mounted(still_mock(judge, fixtures, wall)) as address:
        mock = MockSession(address)
        mock.result("POST", "clock", {"rate": FASTEST})
        wall.now += 10**12
        assert mock.result("GET", "clock")["now"] == to_text(LATEST)
        assert status(mock) == "pending"


def test_faults_are_added_listed_and_removed(mock: MockSession) -> None:
    first = mock.result("POST", "faults", {"kind": "status", "status": 503, "first": 1})
    second = mock.result("POST", "faults", {"kind": "delay", "seconds": 0, "name": "late"})
    assert mock.result("GET", "faults") == {"faults": [first, second]}
    assert call(mock.base, "GET", "/api/packages/get?package_id=pkg_3").status == 503
    assert call(mock.base, "GET", "/api/packages/get?package_id=pkg_3").status == 200
    assert mock.result("DELETE", f"faults?name={first['name']}") == {"faults": [second]}
    mock.result("POST", "faults", {"kind": "status", "status": 503, "first": 1})
    assert call(mock.base, "GET", "/api/packages/get?package_id=pkg_3").status == 503
    assert mock.result("DELETE", "faults") == mock.result("GET", "faults") == {"faults": []}


def test_a_session_has_a_maximum_number_of_faults(mock: MockSession) -> None:
    for _ in range(MAX_FAULTS):
        mock.result("POST", "faults", {"kind": "delay", "seconds": 0})
    assert mock.call("POST", "faults", {"kind": "delay", "seconds": 0}).status == 400
    assert len(mock.result("GET", "faults")["faults"]) == MAX_FAULTS


def test_faults_never_apply_to_the_control_api_and_its_calls_are_not_in_the_journal(
    mock: MockSession,
) -> None:
    mock.result("POST", "faults", {"kind": "status", "status": 503})
    for path in ("health", "fixtures", "scenarios", "sessions", "clock", "faults", "journal"):
        mock.result("GET", path)
    assert mock.result("GET", "journal")["exchanges"] == []


def test_fixtures_and_scenarios_can_be_listed(mock: MockSession, fixtures: Fixtures) -> None:
    for listed in mock.result("GET", "fixtures")["fixtures"]:
        fixture = fixtures.fixtures[listed["name"]]
        assert listed["title"] == fixture.about.title
        assert listed["status"] == fixture.value["display_status"]
        assert listed["package_release_id"] == fixture.value["package_release_id"]
        assert listed["type"] == "PackageRelease"
    listed = {each["name"]: each for each in mock.result("GET", "scenarios")["scenarios"]}
    assert list(listed) == list(fixtures.scenarios)
    assert [name for name in listed if listed[name]["default"]] == ["succeeds"]
    assert [name for name in listed if not listed[name]["restarts"]] == ["files-changed"]
    assert listed["fails-circuit-json"]["seconds"] == 5.5


def test_health_reports_counts_and_why_edited_files_are_not_served(
    judge: Judge, fixtures: Fixtures
) -> None:
    wall = ManualClock()
    served = still_mock(judge, fixtures, wall)
    with mounted(served) as address:
        mock = MockSession(address)
        wall.now += 1500
        well = mock.result("GET", "health")
        assert (well["ok"], well["uptime"], well["problems"]) == (True, 1.5, [])
        counts = {"fixtures": len(fixtures.fixtures), "scenarios": 5, "sessions": 0}
        assert well["counts"] == counts
        served.health.problems = (Violation("type", "is boolean", location="a.yaml:1:2"),)
        ill = mock.result("GET", "health")
        assert (ill["ok"], ill["problems"]) == (False, ["a.yaml:1:2: is boolean [type]"])


def test_a_session_is_deleted_and_its_next_use_starts_a_new_one(mock: MockSession) -> None:
    rebuild(api(mock), DONE)
    assert mock.session in mock.result("GET", "sessions")["sessions"]
    other = MockSession(mock.address)
    assert other.result("DELETE", f"sessions/{mock.session}") == {"deleted": mock.session}
    assert mock.session not in other.result("GET", "sessions")["sessions"]
    gone = other.call("DELETE", f"sessions/{mock.session}")
    assert (gone.status, gone.error_code) == (404, "session_not_found")
    assert status(mock, DONE) == "successful"
    assert [e["number"] for e in mock.result("GET", "journal")["exchanges"]] == [1]


def test_reset_restarts_the_session_and_no_other(mock: MockSession) -> None:
    other = MockSession(mock.address, f"{mock.session}-other")
    fresh = MockSession(mock.address, f"{mock.session}-fresh").state()
    for each in (mock, other):
        each.result("POST", "next", {"scenario": "never-finishes"})
        each.result("POST", "show", {"package_release_id": DONE, "fixture": "pending"})
        each.result("POST", "faults", {"kind": "delay", "seconds": 0, "name": "a"})
        each.result("POST", "clock", {"freeze": True})
        each.result("POST", "clock", {"advance": 100})
        status(each)
    before = other.state()
    assert mock.result("POST", "reset") == {"now": to_text(START), "frozen": False, "rate": 1}
    assert mock.result("GET", "journal")["unused"]["scenarios"]
    assert mock.state() == fresh
    assert other.state() == before
    rebuild(api(mock), DONE)
    mock.result("POST", "clock", {"advance": 60})
    assert status(mock, DONE) == "successful"


@pytest.mark.parametrize("header", ["X-Mock-Session", "Cookie"])
def test_a_session_is_the_same_by_path_header_and_cookie(mock: MockSession, header: str) -> None:
    value = mock.session if header != "Cookie" else f"a=b; mock_session={mock.session}"
    by_header = MockSession(mock.address, headers={header: str(value)})
    other = replace(by_header, headers={header: f"{value}-other"})
    by_header.result("POST", "show", {"package_release_id": PENDING, "fixture": "successful"})
    assert status(mock) == "successful"
    other.result("POST", "clock", {"advance": 5})
    assert mock.result("GET", "clock")["now"] == to_text(START)
    assert status(MockSession(mock.address, f"{mock.session}-other")) == "pending"


def pointers(error: Any) -> list[str]:
    return [issue["pointer"] for issue in error["error"]["issues"]]


BOTH = {"package_release_id": PENDING}
BAD: list[tuple[str, str, object, int, str, str]] = [
    ("POST", "show", {**BOTH}, 400, "", "fixture is required"),
    ("POST", "show", {"fixture": "pending"}, 400, "", "package_release_id is required"),
    ("POST", "show", {**BOTH, "fixture": 7}, 400, "/fixture", "must be text"),
    ("POST", "show", {**BOTH, "fixture": ""}, 400, "/fixture", "must not be empty"),
    ("POST", "show", {**BOTH, "fixture": "pendin"}, 400, "/fixture", "did you mean pending?"),
    ("POST", "show", {**BOTH, "fixture": "succeeds"}, 400, "/fixture", "text-hostile"),
    ("POST", "show", {"package_release_id": "rel_pendin", "fixture": "pending"}, 404,
     "/package_release_id", "did you mean rel_pending?"),
    ("POST", "show", {**BOTH, "fixture": "pending", "at": 1}, 400, "/at", "fixture"),
    ("POST", "play", {**BOTH, "scenario": "succeed"}, 400, "/scenario", "did you mean succeeds?"),
    ("POST", "play", {"package_release_id": "", "scenario": "succeeds"}, 400,
     "/package_release_id", "must not be empty"),
    ("POST", "play", {"package_release_id": "nobody", "scenario": "succeeds"}, 404,
     "/package_release_id", "must be the key of an existing package release"),
    ("POST", "next", {"scenario": "files-changed"}, 400, "/scenario", "never-finishes"),
    ("POST", "next", {"scenario": "x"}, 400, "/scenario", "fails-transpilation"),
    ("POST", "next", {"scenario": "succeeds", "package_release_id": "x"}, 404,
     "/package_release_id", "must be the key of an existing package release"),
    ("POST", "next", {"scenario": "succeeds", "package_release_id": None}, 400,
     "/package_release_id", "must be text"),
    ("POST", "clock", {}, 400, "", "advance; set; freeze; rate"),
    ("POST", "clock", [], 400, "", "must be an object"),
    ("POST", "clock", {"advance": 1, "freeze": True}, 400, "", "exactly one of"),
    ("POST", "clock", {"advnce": 1}, 400, "/advnce", "did you mean advance?"),
    ("POST", "clock", {"advance": -0.001}, 400, "/advance", "must be at least 0"),
    ("POST", "clock", {"advance": 315_576_001}, 400, "/advance", "must be at most 315576000"),
    ("POST", "clock", {"advance": "3"}, 400, "/advance", "must be a number"),
    ("POST", "clock", {"advance": True}, 400, "/advance", "must be a number"),
    ("POST", "clock", {"set": "tomorrow"}, 400, "/set", "RFC 3339"),
    ("POST", "clock", {"set": "2030-01-01"}, 400, "/set", "RFC 3339"),
    ("POST", "clock", {"set": "2030-06-30T23:59:60Z"}, 400, "/set", "must be a timestamp from"),
    ("POST", "clock", {"set": "1969-12-31T23:59:59Z"}, 400, "/set", "from 1970-01-01"),
    ("POST", "clock", {"set": "9999-06-01T00:00:00Z"}, 400, "/set", "to 9999-01-01"),
    ("POST", "clock", {"freeze": 1}, 400, "/freeze", "must be true or false"),
    ("POST", "clock", {"rate": -1}, 400, "/rate", "must be at least 0"),
    ("POST", "clock", {"rate": 1_000_001}, 400, "/rate", "must be at most 1000000"),
    ("POST", "clock", b"{", 400, "", "JSON"),
    ("POST", "clock", b'{"advance": 1, "advance": 2}', 400, "", "duplicate key"),
    ("POST", "clock", b'{"advance": 1e999}', 400, "", "out of range"),
    ("POST", "clock", None, 400, "", "a body is required"),
    ("POST", "faults", {}, 400, "/kind", "cut-stream"),
    ("POST", "faults", {"kind": "status"}, 400, "", "status is required"),
    ("POST", "faults", {"kind": "delays", "seconds": 1}, 400, "/kind", "did you mean delay?"),
    ("POST", "faults", {"kind": "status", "status": 503, "operation": "getPackag"}, 400,
     "/operation", "did you mean getPackage?"),
    ("DELETE", "faults?name=none", None, 400, "name", "the session has no faults"),
    ("DELETE", "faults?nam=none", None, 400, "nam", "did you mean name?"),
    ("GET", "journal?operation=getPackag", None, 400, "operation", "did you mean getPackage?"),
    ("GET", "journal?status=ok", None, 400, "status", "a whole number"),
    ("GET", "journal?status=600", None, 400, "status", "must be at most 599"),
    ("GET", "journal?wait=61", None, 400, "wait", "must be at most 60"),
    ("GET", "journal?wait=-1", None, 400, "wait", "must be at least 0"),
    ("GET", "journal?limit=0", None, 400, "limit", "must be at least 1"),
    ("GET", "journal?limit=1.5", None, 400, "limit", "must be a whole number"),
    ("GET", "journal?after=1&after=2", None, 400, "after", "at most once"),
    ("GET", "journal?format=xml", None, 400, "format", "must be one of json, har"),
    ("GET", "journal?operaton=getPackage", None, 400, "operaton", "did you mean operation?"),
    ("GET", "health?a=b", None, 400, "a", "unknown query parameter"),
    ("DELETE", "sessions/a%20b", None, 400, "name", "must match"),
    ("DELETE", "sessions/nobody", None, 404, "name", "must be the name of a session"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "body", "expected", "pointer", "message"),
    BAD,
    ids=[f"{method} {path} {body}"[:80] for method, path, body, *_ in BAD],
)
def test_a_bad_input_is_refused_with_its_location_and_changes_nothing(
    mock: MockSession,
    method: str,
    path: str,
    body: object,
    expected: int,
    pointer: str,
    message: str,
) -> None:
    before = mock.state()
    headers = {"Content-Type": "application/json"} if isinstance(body, bytes) else {}
    reply = mock.call(method, path, body, headers)
    assert reply.status == expected, reply.content
    assert pointer in pointers(reply.json)
    assert message in str(reply.json["error"]["issues"])
    assert mock.state() == before


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "expected"),
    [
        ("POST", "clock", b'{"advance": 1}', {}, 415),
        ("POST", "clock", b'{"advance": 1}', {"Content-Type": "text/plain"}, 415),
        ("POST", "clock", {"advance": 1, "a": "x" * 1024 * 1024}, {}, 413),
        ("PUT", "clock", None, {}, 405),
        ("GET", "reset", None, {}, 405),
        ("GET", "sessions/default", None, {}, 405),
        ("GET", "nothing", None, {}, 404),
        ("GET", "clock/", None, {}, 404),
        ("GET", "sessions/a/b", None, {}, 404),
        ("HEAD", "clock", None, {}, 200),
        ("OPTIONS", "clock", None, {}, 204),
    ],
)
def test_a_request_for_no_operation_gets_the_http_error(
    mock: MockSession, method: str, path: str, body: object, headers: dict[str, str], expected: int
) -> None:
    before = mock.state()
    reply = mock.call(method, path, body, headers)
    assert reply.status == expected
    if expected in (204, 405):
        assert "OPTIONS" in reply.headers["Allow"]
    assert mock.state() == before


@pytest.mark.parametrize("name", ["a b", "ä", "x" * 65, "a;b"])
def test_an_invalid_session_name_is_refused(address: str, name: str) -> None:
    header = name.encode("utf-8").decode("latin-1")
    reply = MockSession(address).call("GET", "clock", headers={"X-Mock-Session": header})
    assert (reply.status, pointers(reply.json)) == (400, ["x-mock-session"])
    assert "1 to 64" in str(reply.json)


def test_the_control_api_creates_no_session_above_the_limit(
    judge: Judge, fixtures: Fixtures
) -> None:
    served = still_mock(judge, fixtures)
    served.sessions.max_sessions = 1
    with mounted(served) as address:
        assert MockSession(address, "a").call("GET", "clock").status == 200
        full = MockSession(address, "b").call("GET", "clock")
        assert (full.status, full.headers["Retry-After"].isdigit()) == (503, True)
        assert MockSession(address, "b").call("GET", "health").status == 200
        assert journal.read(served.context, "a").records == []
