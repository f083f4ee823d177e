"""The session's clock: read, moved, stopped, paced, and begun anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..contract.violations import Violation, show
from ..foundation import timestamps
from ..foundation.clock import EARLIEST, LATEST, Clock
from ..operations.call import RefusalError
from ..state.session_state import SessionState
from .call import Call
from .changes import begin_anew


def read_clock(call: Call) -> dict[str, Any]:
    """The session's clock."""
    session_state = call.session_state()
    return _clock(session_state.clock, call.now(session_state))


def set_clock(call: Call) -> dict[str, Any]:
    """Moves, stops or paces the session's clock."""
    ((how, value),) = call.body.items()
    clock = CLOCKS[how](call, value).clock
    return _clock(clock, clock.now0)


def _advance(call: Call, seconds: float) -> SessionState:
    return _turned(call, lambda clock, wall: _within(clock.jumped(wall, round(seconds * 1000))))


def _set(call: Call, instant: str) -> SessionState:
    try:
        moment = timestamps.parse(instant)
    except ValueError:  # such as a leap second, or the 31st of June
        moment = -1
    if not EARLIEST <= moment <= LATEST:
        message = f"is an instant from {timestamps.text(EARLIEST)} to {timestamps.text(LATEST)}"
        raise RefusalError(400, None, [Violation("clock", message, "/set", show(instant))])
    session_state = call.session_state()
    if moment < call.now(session_state):
        return begin_anew(call.context, call.session, moment)
    return _turned(call, lambda clock, wall: clock.jumped(wall, max(moment - clock.now(wall), 0)))


def _within(clock: Clock) -> Clock:
    if clock.now0 > LATEST:
        message = f"goes no further than {timestamps.text(LATEST)}"
        raise RefusalError(400, None, [Violation("clock", message, "/advance")])
    return clock


def _turned(call: Call, how: Callable[[Clock, int], Clock]) -> SessionState:
    wall = call.context.sessions.wall
    return call.change(
        lambda session_state: replace(session_state, clock=how(session_state.clock, wall()))
    )


CLOCKS: dict[str, Callable[[Call, Any], SessionState]] = {
    "advance": _advance,
    "set": _set,
    "freeze": lambda call, frozen: _turned(call, lambda clock, wall: clock.stopped(wall, frozen)),
    "rate": lambda call, rate: _turned(call, lambda clock, wall: clock.paced(wall, rate)),
}


def _clock(clock: Clock, now: int) -> dict[str, Any]:
    return {"now": timestamps.text(now), "frozen": clock.frozen, "rate": clock.rate}


def reset(call: Call) -> dict[str, Any]:
    """The session begins anew."""
    session_state = begin_anew(call.context, call.session)
    return _clock(session_state.clock, session_state.began)
