"""Worlds: what one session holds, so that what one user does is not seen by another."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from .clock import Clock, Wall
from .contract.spec import Spec
from .fixtures.timeline import Timeline, fill
from .fixtures.values import Fixture


@dataclass(frozen=True)
class Play:
    """A release plays a timeline since an instant (milliseconds); the ``count``-th of its plays.

    It is the only record of a release's fate: what shows is computed from it.
    """

    timeline: Timeline
    since: int
    count: int


@dataclass
class World:
    """What a session holds: when it began, its clock, and what its releases play."""

    wall: Wall
    began: int
    clock: Clock
    plays: dict[str, Play] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> int:
        """The session's now, in milliseconds since 1970."""
        return self.clock.now(self.wall())

    def play(self, key: str, timeline: Timeline, now: int) -> Play:
        """From now on the release plays this timeline, whatever it played before."""
        with self._lock:
            before = self.plays.get(key)
            play = Play(timeline, now, before.count + 1 if before else 1)
            self.plays[key] = play
            return play


def begin(wall: Wall) -> World:
    """A new world, whose time is the wall clock's."""
    now = wall()
    return World(wall, now, Clock(now, now))


def showing(world: World, spec: Spec, key: str, fixture: Fixture, now: int) -> dict[str, Any]:
    """A release in wire form as it shows now: what it plays, else its fixture at rest."""
    identity = fixture.identity(spec, world.began)
    play = world.plays.get(key)
    timeline, since = (play.timeline, play.since) if play else (fixture.timeline, world.began)
    return fill(timeline.showing(now - since), since, identity)
