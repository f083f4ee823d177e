"""The clock of the machine is set back: every response stays valid, and no time falls."""

import json
import time
from dataclasses import dataclass, replace
from functools import partial

import pytest

from mock_server.app.handle import respond
from mock_server.app.mock import mock_of
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.foundation.clock import SteadyClock
from mock_server.foundation.timestamps import MINUTE, to_text
from mock_server.live import live
from mock_server.state.session_state import SessionState, new_session_state
from tests.mock_server.helpers.clocks import START, ManualClock
from tests.mock_server.helpers.controlled import request

GET, REBUILD = "/api/package_releases/get", "/api/package_releases/rebuild"
PENDING = {"package_release_id": "rel_pending"}
OWNER = {"authorization": "Bearer testuser-token"}


@dataclass
class Machine:
    """The clocks of a machine, in nanoseconds: the one that can be set, and the other one."""

    now: int = START * 1_000_000
    elapsed: int = 0

    def forward(self, seconds: float) -> None:
        self.now += int(seconds * 1e9)
        self.elapsed += int(seconds * 1e9)


@pytest.mark.parametrize("step", [0.5, 30, 3600, 365 * 86_400], ids="{} s".format)
def test_a_step_back_changes_no_response_and_stops_no_build(
    judge: Judge, fixtures: Fixtures, step: float
) -> None:
    machine = Machine()
    steady = SteadyClock(lambda: machine.now, lambda: machine.elapsed)
    mock = mock_of(judge, fixtures, clock=lambda: steady() // 1_000_000)
    rebuilt = replace(request("POST", REBUILD, PENDING), headers={**JSON_OF, **OWNER})
    assert respond(mock, rebuilt).status == 200
    statuses, dates = [], []
    for _ in range(30):
        machine.forward(0.5)
        machine.now -= int(step * 1e9)
        response = respond(mock, request("POST", GET, PENDING))
        assert response.status == 200, response.body
        statuses.append(json.loads(response.body)["package_release"]["display_status"])
        dates.append(mock.sessions.wall())
    assert statuses[-1] == "successful"
    assert dates == [START + 500 * number for number in range(1, 31)]


JSON_OF = request("POST", GET, PENDING).headers


def test_a_verdict_counts_for_no_earlier_time(judge: Judge, fixtures: Fixtures) -> None:
    """The same body in two sessions, within one minute: in one of them it is in the future."""
    clock = ManualClock(START - START % MINUTE + 40_000)
    mock = mock_of(judge, fixtures, clock=clock)
    release = fixtures.fixtures["pending"].value
    value = {**release, "created_at": to_text(clock.now - 10_000)}

    def started_at(now: int, _: SessionState) -> SessionState:
        state = new_session_state(clock.now, now)
        return state.with_change("PackageRelease/rel_pending", value)

    for session, now, status in (("a", clock.now, 200), ("b", clock.now - 20_000, 500)):
        mock.sessions.change(session, partial(started_at, now))
        path = f"/_s/{session}{GET}"
        assert respond(mock, request("POST", path, PENDING)).status == status


def test_a_wait_for_an_exchange_ends_while_the_time_is_frozen(
    judge: Judge, fixtures: Fixtures, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test suite with freezegun, which replaces the time functions for all modules."""
    with live(judge, fixtures) as mock:
        for name in ("time", "monotonic", "perf_counter"):
            monkeypatch.setattr(time, name, lambda: 1e9)
            monkeypatch.setattr(time, f"{name}_ns", lambda: 10**18)
        assert mock.journal.exchanges(wait=0.2) == []
        assert mock.clock.now > "2026"
        monkeypatch.undo()
