"""Operations on the clock of a session: read, advance, set, freeze, change its rate, and reset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..contract.violations import Violation, show
from ..foundation import timestamps
from ..foundation.clock import EARLIEST, LATEST, Clock
from ..operations.call import RefusalError
from ..state.session_state import SessionState
from .call import ControlCall
from .changes import restart_session


def read_clock(call: ControlCall) -> dict[str, Any]:
    """Return the clock of the session."""
    session_state = call.session_state()
    return _clock(session_state.clock, call.now(session_state))


def set_clock(call: ControlCall) -> dict[str, Any]:
    """Make the one change that the body names; return the new clock."""
    ((change, value),) = call.body.items()
    clock = CHANGES[change](call, value).clock
    return _clock(clock, clock.now0)


def _advance(call: ControlCall, seconds: float) -> SessionState:
    return _change(call, lambda clock, wall: _checked(clock.advanced(wall, round(seconds * 1000))))


def _set(call: ControlCall, timestamp: str) -> SessionState:
    try:
        time = timestamps.parse(timestamp)
    except ValueError:  # such as a leap second, or June 31
        time = -1
    if not EARLIEST <= time <= LATEST:
        earliest, latest = timestamps.to_text(EARLIEST), timestamps.to_text(LATEST)
        message = f"must be a timestamp from {earliest} to {latest}"
        raise RefusalError(400, None, [Violation("clock", message, "/set", show(timestamp))])
    session_state = call.session_state()
    if time < call.now(session_state):
        return restart_session(call.context, call.session, time)
    return _change(call, lambda clock, wall: clock.advanced(wall, max(time - clock.now(wall), 0)))


def _checked(clock: Clock) -> Clock:
    if clock.now0 > LATEST:
        message = f"must not move the clock beyond {timestamps.to_text(LATEST)}"
        raise RefusalError(400, None, [Violation("clock", message, "/advance")])
    return clock


def _change(call: ControlCall, how: Callable[[Clock, int], Clock]) -> SessionState:
    wall = call.context.sessions.wall
    return call.change(
        lambda session_state: replace(session_state, clock=how(session_state.clock, wall()))
    )


CHANGES: dict[str, Callable[[ControlCall, Any], SessionState]] = {
    "advance": _advance,
    "set": _set,
    "freeze": lambda call, frozen: _change(
        call, lambda clock, wall: clock.with_frozen(wall, frozen)
    ),
    "rate": lambda call, rate: _change(call, lambda clock, wall: clock.with_rate(wall, rate)),
}


def _clock(clock: Clock, now: int) -> dict[str, Any]:
    return {"now": timestamps.to_text(now), "frozen": clock.frozen, "rate": clock.rate}


def reset(call: ControlCall) -> dict[str, Any]:
    """Restart the session; return its clock."""
    session_state = restart_session(call.context, call.session)
    return _clock(session_state.clock, session_state.started_at)
