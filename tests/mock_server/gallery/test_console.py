"""The panels of the console, and the curl commands of the pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import pytest

from mock_server.contract.judge import Judge
from mock_server.control import control_api
from mock_server.fixtures.values import Fixtures
from mock_server.http.admin_access import admin_access_for
from mock_server.live import live
from mock_server.server.in_process import running
from tests.helpers.requests import OWNER, call, rebuild
from tests.helpers.shipped import shipped_sources
from tests.mock_server.helpers.browsing import browse, get_page
from tests.mock_server.helpers.clocks import ManualClock
from tests.mock_server.helpers.controlled import MockSession, still_mock
from tests.mock_server.helpers.curl_commands import curl_commands, status_of
from tests.mock_server.helpers.markup import Element, parsed

SESSION_NUMBERS = count(1)
SUCCESSFUL = "rel_successful"


@pytest.fixture(scope="module")
def address(judge: Judge, fixtures: Fixtures) -> Iterator[str]:
    with running(still_mock(judge, fixtures)) as url:
        yield url


@pytest.fixture
def mock(address: str) -> MockSession:
    return MockSession(address, f"console-{next(SESSION_NUMBERS)}")


def resource_panel(mock: MockSession, key: str = SUCCESSFUL) -> Element:
    page = get_page(mock.base, f"console/resource?package_release_id={key}")
    return page.one("div", class_="current")


@pytest.mark.parametrize("path", ["", "states/text-hostile", "console"])
def test_each_curl_command_of_a_page_succeeds(path: str) -> None:
    with live(*shipped_sources()) as mock:
        commands = curl_commands(get_page(mock.address, path))
        assert len(commands) >= 3
        # In the order of the page: a fault comes after the request that it would change.
        statuses = {command: status_of(command) for command in commands}
        assert statuses == dict.fromkeys(commands, 200)


def test_a_curl_command_takes_the_admin_token_from_the_environment(
    judge: Judge, fixtures: Fixtures
) -> None:
    admin_access = admin_access_for("127.0.0.1", [], "open-sesame")
    with running(replace(still_mock(judge, fixtures), admin_access=admin_access)) as address:
        commands = [c for c in curl_commands(get_page(address, "console")) if "$ADMIN_TOKEN" in c]
        assert len(commands) >= 7
        environment = {"ADMIN_TOKEN": "open-sesame", "PATH": "/usr/bin:/bin"}
        assert {status_of(command, **environment) for command in commands} == {200}


def test_the_panel_shows_the_current_state_and_the_timeline_of_a_release(mock: MockSession) -> None:
    assert resource_panel(mock).one(class_="playing").words == "Showing fixture successful"
    rebuild(f"{mock.base}/api", SUCCESSFUL)
    mock.result("POST", "clock", {"advance": 1})
    panel = resource_panel(mock)
    assert panel.one(class_="headline").words == "building"
    assert panel.one(class_="playing").words == "Playing scenario succeeds · 1.0 s of 6.0 s"
    assert panel.attributes["data-scenario"] == "succeeds"
    tracks = [
        (t.one(class_="track-name").text, [li.words for li in t.all("li")])
        for t in panel.all("div", class_="track")
    ]
    assert tracks[1] == (
        "Transpilation",
        ["pending from 0 s", "building from 0.5 s", "successful from 2 s"],
    )
    assert [len(t.all("path", class_="tick")) for t in panel.all("div", class_="track")] == [
        0,
        5,
        7,
    ]


def test_the_rebuild_request_has_the_token_of_the_owner(mock: MockSession) -> None:
    for key, token in ((SUCCESSFUL, OWNER["Authorization"]), ("rel_otheruser_failed", None)):
        actions = json.loads(resource_panel(mock, key).attributes["data-actions"])
        rebuild = json.loads(actions["rebuildPackageRelease"])
        assert token is None or rebuild["headers"]["authorization"] == token
        arguments = (rebuild[name] for name in ("method", "path", "body", "headers"))
        reply = call(mock.address, *arguments)
        assert reply.status == 200
        assert resource_panel(mock, key).attributes["data-scenario"] == "succeeds"


def test_the_panel_shows_the_speed_of_the_clock_and_whether_it_is_frozen(mock: MockSession) -> None:
    mock.result("POST", "clock", {"rate": 60})
    assert resource_panel(mock).one(class_="badge").words == "speed \u00d760"
    mock.result("POST", "clock", {"freeze": True})
    assert resource_panel(mock).attributes["data-frozen"] == "true"
    assert "frozen" in resource_panel(mock).one(class_="clock").words


def test_the_timeline_of_the_control_api_is_the_timeline_that_the_release_plays(
    mock: MockSession, fixtures: Fixtures
) -> None:
    body = {"package_release_id": SUCCESSFUL, "scenario": "files-changed"}
    mock.result("POST", "play", body)
    mock.result("POST", "clock", {"advance": 4.25})
    timeline = mock.result("GET", f"timeline?package_release_id={SUCCESSFUL}")
    segments = fixtures.scenarios["files-changed"].timeline.segments
    steps = timeline["moments"]
    assert (timeline["name"], timeline["elapsed"]) == ("files-changed", 4.25)
    assert timeline["seconds"] == 10
    assert [step["at"] for step in steps] == [segment.at / 1000 for segment in segments]
    assert [step["status"] for step in steps] == [s.values["display_status"] for s in segments]
    assert steps[1]["processes"][0] == {
        "name": "transpilation",
        "status": "successful",
        "stale": True,
        "logs": len(segments[1].values["transpilation_logs"]),
    }


@pytest.mark.parametrize(
    ("query", "status"), [("", 400), ("?package_release_id=rel_x", 404), ("?x=1", 400)]
)
def test_a_timeline_requires_a_known_release(mock: MockSession, query: str, status: int) -> None:
    assert mock.call("GET", f"timeline{query}").status == status


def test_the_journal_marks_faults_and_invalid_requests(mock: MockSession) -> None:
    api = f"{mock.base}/api"
    get_release = ("POST", "/package_releases/get", {"package_release_id": SUCCESSFUL})
    call(api, *get_release)
    fault = {"kind": "violate", "property": "display_status", "how": "enum", "first": 1}
    mock.result("POST", "faults", fault)
    call(api, *get_release)
    call(api, "POST", "/package_releases/get", {"package_id": 7})
    items = get_page(mock.base, "console/journal").all("li", class_="exchange")
    assert [item.attributes["value"] for item in items] == ["3", "2", "1"]
    invalid_request, faulty, valid = items
    assert not valid.all(class_="violations")
    assert "fault violate-1" in faulty.words
    assert "/package_release/display_status: must be one of pending, building" in faulty.words
    assert "invalid" in invalid_request.attributes["class"].split()
    assert "400" in invalid_request.words


def test_the_journal_waits_for_the_next_exchange(mock: MockSession) -> None:
    call(f"{mock.base}/api", "POST", "/package_releases/get", {"package_release_id": SUCCESSFUL})
    page = get_page(mock.base, "console/journal?after=0&wait=20")
    assert page.one("ol", class_="exchanges").attributes["data-last"] == "1"
    empty = parsed(browse(mock.base, "/_mock/console/journal?after=1&wait=0.1").content.decode())
    assert (empty.all("li"), empty.one("ol").attributes["data-last"]) == ([], "1")


def test_the_journal_does_not_record_requests_of_the_gallery(mock: MockSession) -> None:
    for path in ("", "console", "map", "console/resource"):
        get_page(mock.base, path)
    assert mock.result("GET", "journal")["exchanges"] == []


def test_the_fault_form_has_every_kind_and_field_of_the_control_api(address: str) -> None:
    form = next(f for f in get_page(address, "console").all("form") if f.all("select", id="kind"))
    kinds = [option.text for option in form.one("select", id="kind").all("option")]
    schemas = fault_fields()
    assert sorted(kinds) == sorted(schemas)
    for kind, names in schemas.items():
        (fields,) = [f for f in form.all("fieldset") if f.attributes.get("data-kind") == kind]
        common = form.one("fieldset", class_="common")
        shown = {e.attributes.get("name") for e in [*fields.walk(), *common.walk()]} - {None}
        assert shown == names


def fault_fields() -> dict[str, set[str]]:
    """Return the names of the fields of each kind of fault, from the control API document."""
    data = control_api().api.data["components"]["schemas"]
    mapping = data["Fault"]["discriminator"]["mapping"]
    return {
        kind: set(data[reference.rpartition("/")[2]]["properties"]) - {"kind"}
        for kind, reference in mapping.items()
    }


def test_the_elapsed_time_follows_the_clock_of_the_session(
    judge: Judge, fixtures: Fixtures
) -> None:
    clock = ManualClock()
    with running(still_mock(judge, fixtures, clock)) as url:
        mock = MockSession(url, "mine")
        rebuild(f"{mock.base}/api", SUCCESSFUL)
        assert resource_panel(mock).attributes["data-elapsed"] == "0.0"
        mock.result("POST", "clock", {"advance": 2.5})
        assert resource_panel(mock).attributes["data-elapsed"] == "2.5"


def test_the_console_shows_the_form_of_the_operation_in_its_query(address: str) -> None:
    targets = [a.attributes.get("href") or "" for a in get_page(address, "contract").all("a")]
    named = [each for each in targets if "console?operation=" in each]
    shown = []
    for target in named:
        page = get_page(address, target.removeprefix("/_mock/").partition("#")[0])
        options = page.one("select", id="operation").all("option")
        shown += [each.attributes["value"] for each in options if "selected" in each.attributes]
    assert shown == [each.partition("=")[2].partition("#")[0] for each in named] != []
    get_page(address, "console?operation=rebuild_everything", status=404)
