"""The Python client: sessions, statuses, clock, faults and journal of a live mock."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mock_server.client import ControlError, Session, connect
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.live import LiveMock, live

RELEASE = "rel_failed_transpilation"


@pytest.fixture
def mock(judge: Judge, fixtures: Fixtures) -> Iterator[LiveMock]:
    with live(judge, fixtures) as running:
        yield running


def send(session: Session, operation: str = "get", key: str = RELEASE) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{session.url}/package_releases/{operation}",
        json.dumps({"package_release_id": key}).encode(),
        {"Content-Type": "application/json", "Authorization": "Bearer testuser-token"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        release: dict[str, Any] = json.load(response)["package_release"]
        return release


def status(session: Session) -> str:
    return str(send(session)["display_status"])


def test_a_rebuild_runs_to_its_end_when_the_clock_advances(mock: LiveMock) -> None:
    """Rebuild, advance 3 s, building; advance 10 s, successful. Nothing sleeps."""
    mock.clock.freeze()
    send(mock, "rebuild")
    assert status(mock) == "pending"
    mock.clock.advance(3)
    assert status(mock) == "building"
    mock.clock.advance(10)
    assert status(mock) == "successful"


def test_show_play_and_next_set_the_status_of_a_release(mock: LiveMock) -> None:
    assert mock.show(RELEASE, "building-circuit-json")["display_status"] == "building"
    assert status(mock) == "building"
    assert mock.play(RELEASE, "files-changed")["display_status"] == "successful"
    mock.clock.freeze()
    mock.next("fails-circuit-json")
    send(mock, "rebuild")
    mock.clock.advance(60)
    assert send(mock)["circuit_json_build_display_status"] == "failed"


def test_next_can_apply_to_one_release_only(mock: LiveMock) -> None:
    mock.clock.freeze()
    mock.next("fails-transpilation", RELEASE)
    send(mock, "rebuild", "rel_successful")
    send(mock, "rebuild")
    mock.clock.advance(60)
    assert send(mock, key="rel_successful")["display_status"] == "successful"
    assert status(mock) == "failed"


def test_sessions_are_isolated(mock: LiveMock) -> None:
    """A change in one session is not visible in another; an unnamed session is a new one."""
    mine, other = mock.session(), mock.session()
    assert mine.name != other.name
    mine.show(RELEASE, "successful")
    assert (status(mine), status(other), status(mock)) == ("successful", "failed", "failed")


def test_rebuild_from_python_does_the_same_as_the_endpoint(mock: LiveMock) -> None:
    """It plays the next scenario of its session, and returns the release or None."""
    mine = mock.session("mine")
    mine.clock.freeze()
    mine.next("fails-transpilation")
    release = mine.restart(RELEASE)
    assert release is not None
    assert release == send(mine)
    mine.clock.advance(60)
    assert status(mine) == "failed"
    assert status(mock) == "failed"
    assert send(mock)["created_at"] == send(mock)["created_at"]
    assert mock.restart("rel_nobody") is None


def test_faults_can_be_added_and_cleared(mock: LiveMock) -> None:
    mock.faults.add("status", status=503, operation="getPackageRelease", first=1)
    with pytest.raises(urllib.error.HTTPError, match="503"):
        send(mock)
    assert status(mock) == "failed"
    mock.faults.add("status", status=500)
    mock.faults.clear()
    assert status(mock) == "failed"


def test_the_clock_can_be_set_and_paced(mock: LiveMock) -> None:
    mock.clock.freeze()
    assert mock.clock.set("2099-01-01T00:00:00Z") == "2099-01-01T00:00:00.000Z"
    assert mock.clock.now == "2099-01-01T00:00:00.000Z"
    mock.clock.rate(10)
    assert mock.clock.advance(1.5) == "2099-01-01T00:00:01.500Z"


def test_the_clock_accepts_datetime_and_timedelta(mock: LiveMock) -> None:
    mock.clock.freeze()
    assert mock.clock.set(datetime(2040, 1, 1, tzinfo=UTC)) == "2040-01-01T00:00:00.000Z"
    assert mock.clock.advance(timedelta(minutes=1)) == "2040-01-01T00:01:00.000Z"
    with pytest.raises(ControlError, match="with Z or an offset"):
        mock.clock.set(datetime(2040, 1, 1))  # noqa: DTZ001 (what is refused)


def test_the_repr_of_a_mock_is_short_and_hides_its_token(mock: LiveMock) -> None:
    """Reports of failed tests that show variables contain it."""
    assert len(repr(mock)) < 200
    assert len(repr(mock.journal)) < 300
    assert "the-token" not in repr(connect(mock.address, "the-token"))


def test_an_invalid_session_name_is_refused_at_once(mock: LiveMock) -> None:
    for session in (mock, connect(mock.address)):
        for name in ("bad name", "a/b", "x" * 65):
            with pytest.raises(ControlError, match="1 to 64 letters"):
                session.session(name)
    assert mock.request("GET", "sessions")["sessions"] in ([], ["default"])


def test_a_failed_journal_assertion_shows_the_last_exchanges(mock: LiveMock) -> None:
    send(mock)
    send(mock, key="rel_successful")
    assert len(mock.journal.assert_requested("getPackageRelease")) == 2
    mock.journal.assert_requested("getPackageRelease", {"package_release_id": RELEASE}, times=1)
    mock.journal.assert_not_requested("rebuildPackageRelease")
    with pytest.raises(AssertionError) as raised:
        mock.journal.assert_requested("getPackageRelease", {"package_release_id": "rel_pending"})
    message = str(raised.value)
    assert "expected at least once, found 0" in message
    assert RELEASE in message
    assert "rel_successful" in message
    mock.journal.clear()
    with pytest.raises(AssertionError, match="the journal is empty"):
        mock.journal.assert_requested("getPackageRelease")


def test_reset_restarts_the_session(mock: LiveMock) -> None:
    mock.show(RELEASE, "successful")
    mock.reset()
    assert status(mock) == "failed"


def test_an_error_names_the_nearest_valid_value(mock: LiveMock) -> None:
    with pytest.raises(ControlError) as raised:
        mock.show(RELEASE, "sucessful")
    assert "did you mean successful" in str(raised.value)
    with pytest.raises(ControlError, match="not found"):
        mock.show("rel_nobody", "successful")


def test_a_mock_is_controlled_by_its_address_alone(mock: LiveMock) -> None:
    """The mock may run in another process or on another machine."""
    there = connect(mock.address).session("there")
    there.show(RELEASE, "successful")
    assert status(there) == "successful"
    assert status(mock) == "failed"
