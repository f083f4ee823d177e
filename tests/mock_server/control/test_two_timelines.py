"""Control two types of resources that each have a timeline, over a socket and from Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mock_server.client import ControlError
from mock_server.live import LiveMock, live, load_sources
from tests.helpers.observatory import ADA, BOB, SPEC, key
from tests.helpers.requests import Reply, call


@pytest.fixture(scope="module")
def served() -> Iterator[LiveMock]:
    with live(*load_sources(SPEC)) as mock:
        yield mock


@pytest.fixture
def mock(served: LiveMock) -> LiveMock:
    """A new session whose clock stands still."""
    session = served.session()
    session.clock.freeze()
    return session


def send(mock: LiveMock, method: str, path: str, body: object = None, token: str = ADA) -> Reply:
    return call(mock.url, method, path, body, key(token))


def modes(mock: LiveMock) -> dict[int, str]:
    telescopes = send(mock, "GET", "/telescopes").json["telescopes"]
    return {each["number"]: each["mode"] for each in telescopes}


def exposure(mock: LiveMock, name: str) -> tuple[str, str | None]:
    value = send(mock, "GET", f"/exposures/{name}").json
    return value["status"], value["conclusion"]


def test_each_type_restarts_with_its_own_default_scenario(mock: LiveMock) -> None:
    assert send(mock, "POST", "/telescopes/2/calibrations").json["mode"] == "parked"
    assert send(mock, "POST", "/exposures/exp_2/repeat").json["status"] == "queued"
    mock.clock.advance(1)
    assert (modes(mock)[2], exposure(mock, "exp_2")) == ("parked", ("exposing", None))
    mock.clock.advance(1)
    assert modes(mock)[2] == "moving"
    mock.clock.advance(8)
    assert (modes(mock)[2], exposure(mock, "exp_2")) == ("ready", ("completed", "saved"))


def test_a_created_resource_plays_the_default_scenario_of_its_type(mock: LiveMock) -> None:
    telescope = send(mock, "POST", "/telescopes", {"name": "East", "observer": "ada"}).json
    path = f"/telescopes/{telescope['number']}/exposures"
    new = send(mock, "POST", path, {"target": "M1"}).json
    assert (telescope["mode"], new["status"], new["telescope"]) == ("parked", "queued", 8)
    mock.clock.advance(10)
    assert (modes(mock)[8], exposure(mock, new["id"])) == ("ready", ("completed", "saved"))


def test_a_default_of_the_request_is_the_value_of_a_created_resource(mock: LiveMock) -> None:
    new = send(mock, "POST", "/telescopes/1/exposures", {"target": "M1"}).json
    assert new["seconds"] == 60


def test_the_next_scenario_of_a_type_leaves_the_other_one(mock: LiveMock) -> None:
    mock.next("jams")
    mock.next("clouded", "exp_2")
    for path in ("exposures/exp_1/repeat", "exposures/exp_2/repeat", "telescopes/1/calibrations"):
        assert send(mock, "POST", f"/{path}").status == 202
    mock.clock.advance(10)
    assert exposure(mock, "exp_1") == ("completed", "saved")
    assert exposure(mock, "exp_2") == ("completed", "failed")
    assert modes(mock)[1] == "broken"


def test_show_and_play_find_the_type_by_the_name(mock: LiveMock) -> None:
    assert mock.show(1, "broken")["mode"] == "broken"
    assert mock.show("exp_1", "clouds")["problem"] == "Clouds"
    assert mock.play(7, "calibrates")["mode"] == "parked"
    mock.clock.advance(10)
    assert modes(mock) == {1: "broken", 2: "ready", 7: "ready"}


def test_a_restart_from_python_finds_the_resource_by_its_key(mock: LiveMock) -> None:
    restarted = [mock.restart(name) for name in (2, "exp_2")]
    assert [each and each.get("mode", each.get("status")) for each in restarted] == [
        "parked",
        "queued",
    ]
    assert mock.restart(2, "Exposure") is None
    assert mock.restart("exp_9") is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"fixture": "ready", "id": "exp_1"}, "must be one of clouds, queued, saved"),
        ({"fixture": "ready", "number": 99}, "no_telescope; Telescope not found"),
        ({"fixture": "saved", "id": "exp_11"}, "no_exposure; Exposure not found.*mean exp_1"),
        ({"fixture": "saved", "id": "exp_1", "number": 1}, "exactly one of: number; id"),
        ({"fixture": "saved"}, "must have exactly one of: number; id"),
    ],
)
def test_a_wrong_call_names_what_the_type_has(mock: LiveMock, body: Any, message: str) -> None:
    with pytest.raises(ControlError, match=message):
        mock.request("POST", "show", body)


def test_a_timeline_is_read_by_exactly_one_key(mock: LiveMock) -> None:
    statuses = {
        path: [step["status"] for step in mock.request("GET", f"timeline?{path}")["moments"]]
        for path in ("number=1", "id=exp_3")
    }
    assert statuses == {"number=1": ["parked"], "id=exp_3": ["failed"]}
    for query in ("", "?number=1&id=exp_1"):
        with pytest.raises(ControlError, match="must have number or id"):
            mock.request("GET", f"timeline{query}")


def test_an_unknown_name_is_refused_with_the_nearest_of_all_types(mock: LiveMock) -> None:
    with pytest.raises(ControlError, match="no fixture save; did you mean saved"):
        mock.show("exp_1", "save")
    with pytest.raises(ControlError, match=r"exposes, jams; found .jam.; did you mean jams"):
        mock.next("jam")


def test_a_scenario_of_the_other_type_is_refused(mock: LiveMock) -> None:
    with pytest.raises(ControlError, match="exp_1"):
        mock.play("exp_1", "jams")
    prefer = {"Prefer": "scenario=jams", **key()}
    assert call(mock.url, "POST", "/exposures/exp_1/repeat", headers=prefer).status == 400
    assert call(mock.url, "POST", "/telescopes/1/calibrations", headers=prefer).status == 202
    mock.clock.advance(10)
    assert modes(mock)[1] == "broken"


def test_a_session_changes_neither_type_of_another(served: LiveMock, mock: LiveMock) -> None:
    mock.show(1, "ready")
    mock.show("exp_1", "saved")
    other = served.session()
    assert (modes(other)[1], exposure(other, "exp_1")) == ("parked", ("queued", None))
    mock.reset()
    assert (modes(mock)[1], exposure(mock, "exp_1")) == ("parked", ("queued", None))


def test_a_fault_breaks_the_operation_of_one_type(mock: LiveMock) -> None:
    mock.faults.add("status", status=503, operation="getExposure")
    mock.faults.add("violate", property="mode", how="type", operation="getTelescope")
    assert send(mock, "GET", "/exposures/exp_1").status == 503
    assert not isinstance(send(mock, "GET", "/telescopes/1").json["mode"], str)
    assert send(mock, "GET", "/telescopes/2/exposures").status == 200


def test_a_write_that_a_fault_replaces_changes_nothing(mock: LiveMock) -> None:
    mock.faults.add("status", status=503, operation="createTelescope")
    mock.faults.add("status", status=500, operation="abortExposure")
    body = {"name": "East", "observer": "ada"}
    assert send(mock, "POST", "/telescopes", body).status == 503
    assert send(mock, "POST", "/exposures/exp_1/abort").status == 500
    mock.faults.clear()
    assert (sorted(modes(mock)), exposure(mock, "exp_1")) == ([1, 2, 7], ("queued", None))
    assert send(mock, "POST", "/telescopes", body).json["number"] == 8


def test_the_journal_names_the_operations_of_both_types(mock: LiveMock) -> None:
    send(mock, "POST", "/telescopes/7/calibrations", token=BOB)
    send(mock, "POST", "/exposures/exp_3/repeat")
    calibrated = mock.journal.assert_requested("calibrateTelescope", status=202, times=1)
    assert calibrated[0]["path"].endswith("/telescopes/7/calibrations")
    mock.journal.assert_requested("repeatExposure", status=403, times=1)
    unused = mock.request("GET", "journal")["unused"]
    assert "calibrates" not in unused["scenarios"]
    assert "exposes" in unused["scenarios"]


def test_a_stream_follows_the_exposure_and_not_its_telescope(mock: LiveMock) -> None:
    mock.play("exp_1", "clouded")
    mock.clock.advance(60)
    mock.restart(2)
    stream = send(mock, "GET", "/exposures/exp_1/events").content.decode()
    assert stream.count("event: ") == 2
    assert '"conclusion":"failed"' in stream
