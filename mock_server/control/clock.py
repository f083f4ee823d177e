"""The session's clock: read, moved, stopped, paced, and begun anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..contract.violations import Violation, show
from ..foundation import timestamps
from ..foundation.clock import EARLIEST, LATEST, Clock
from ..operations.call import RefusalError
from ..state.session_state import World
from .call import Call
from .changes import begin_anew


def read_clock(call: Call) -> dict[str, Any]:
    """The session's clock."""
    world = call.world()
    return _clock(world.clock, call.now(world))


def set_clock(call: Call) -> dict[str, Any]:
    """Moves, stops or paces the session's clock."""
    ((how, value),) = call.body.items()
    clock = CLOCKS[how](call, value).clock
    return _clock(clock, clock.now0)


def _advance(call: Call, seconds: float) -> World:
    return _turned(call, lambda clock, wall: _within(clock.jumped(wall, round(seconds * 1000))))


def _set(call: Call, instant: str) -> World:
    try:
        moment = timestamps.parse(instant)
    except ValueError:  # such as a leap second, or the 31st of June
        moment = -1
    if not EARLIEST <= moment <= LATEST:
        message = f"is an instant from {timestamps.text(EARLIEST)} to {timestamps.text(LATEST)}"
        raise RefusalError(400, None, [Violation("clock", message, "/set", show(instant))])
    world = call.world()
    if moment < call.now(world):
        return begin_anew(call.context, call.session, moment)
    return _turned(call, lambda clock, wall: clock.jumped(wall, max(moment - clock.now(wall), 0)))


def _within(clock: Clock) -> Clock:
    if clock.now0 > LATEST:
        message = f"goes no further than {timestamps.text(LATEST)}"
        raise RefusalError(400, None, [Violation("clock", message, "/advance")])
    return clock


def _turned(call: Call, how: Callable[[Clock, int], Clock]) -> World:
    wall = call.context.sessions.wall
    return call.change(lambda world: replace(world, clock=how(world.clock, wall())))


CLOCKS: dict[str, Callable[[Call, Any], World]] = {
    "advance": _advance,
    "set": _set,
    "freeze": lambda call, frozen: _turned(call, lambda clock, wall: clock.stopped(wall, frozen)),
    "rate": lambda call, rate: _turned(call, lambda clock, wall: clock.paced(wall, rate)),
}


def _clock(clock: Clock, now: int) -> dict[str, Any]:
    return {"now": timestamps.text(now), "frozen": clock.frozen, "rate": clock.rate}


def reset(call: Call) -> dict[str, Any]:
    """The session begins anew."""
    world = begin_anew(call.context, call.session)
    return _clock(world.clock, world.began)
