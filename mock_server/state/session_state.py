"""Worlds: what one session holds, so that what one user does is not seen by another.

A world is a frozen record; whatever happens makes a new one. What shows is computed from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..foundation.clock import Clock

ANY = ""  # the key under which a coming scenario is kept that is for whichever release


@dataclass(frozen=True)
class Play:
    """A release plays a timeline since an instant (milliseconds); the ``count``-th of its session.

    It is the only record of a release's fate. ``timeline`` is the key of a compiled timeline.
    """

    timeline: str
    since: int
    count: int


@dataclass(frozen=True)
class SessionState:
    """What a session holds.

    began: milliseconds since 1970; plays: by the key of the release; coming: the scenario that the
    next rebuild plays, by the key of the release or ``ANY``; faults: as they were given; begun: how
    many plays there were, so that no two have one number.
    """

    began: int
    clock: Clock
    plays: Mapping[str, Play] = field(default_factory=dict)
    coming: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Mapping[str, Any], ...] = ()
    begun: int = 0

    def playing(self, key: str, timeline: str, now: int) -> SessionState:
        """From now on the release plays this timeline, whatever it played before."""
        play = Play(timeline, now, self.begun + 1)
        return replace(self, plays={**self.plays, key: play}, begun=self.begun + 1)

    def with_coming(self, key: str, scenario: str) -> SessionState:
        """The next rebuild of the release, or of any, plays this scenario."""
        return replace(self, coming={**self.coming, key: scenario})

    def without_coming(self, key: str) -> SessionState:
        """What was to come for the release has come."""
        gone = key if key in self.coming else ANY
        return replace(self, coming={k: v for k, v in self.coming.items() if k != gone})

    def record(self) -> dict[str, Any]:
        """The world as a JSON value."""
        return asdict(self)


def begin(wall: int, now: int, begun: int = 0) -> SessionState:
    """A world that begins at an instant, its time running with the wall clock from there."""
    return SessionState(began=now, clock=Clock(wall, now), begun=begun)


def session_state_of(record: Mapping[str, Any]) -> SessionState:
    """The world of a JSON value that ``World.record`` made."""
    return SessionState(
        began=record["began"],
        clock=Clock(**record["clock"]),
        plays={key: Play(**play) for key, play in record["plays"].items()},
        coming=dict(record["coming"]),
        faults=tuple(record["faults"]),
        begun=record["begun"],
    )
