"""The state of a session: one frozen record, from which every response is computed.

A change creates a new record; the store replaces the old one by compare-and-set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..foundation.clock import Clock

ANY_RELEASE = ""  # the key of a next scenario that applies to the next rebuild of any release


@dataclass(frozen=True)
class StoredPlayback:
    """A timeline that a release plays.

    timeline: the key of a compiled timeline; started_at: milliseconds since 1970 on the session's
    clock; number: 1 for the first playback of the session.
    """

    timeline: str
    started_at: int
    number: int


@dataclass(frozen=True)
class SessionState:
    """The state of a session.

    started_at: milliseconds since 1970.
    playbacks: by the key of the release; a release without one shows its fixture.
    next_scenarios: the scenario that the next rebuild plays, by the key of the release or
    ``ANY_RELEASE``.
    faults: as the control API received them.
    playback_count: playbacks since the session was created, so that each has a unique number.
    """

    started_at: int
    clock: Clock
    playbacks: Mapping[str, StoredPlayback] = field(default_factory=dict)
    next_scenarios: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Mapping[str, Any], ...] = ()
    playback_count: int = 0

    def with_playback(self, key: str, timeline: str, now: int) -> SessionState:
        """Return the state in which a release plays a timeline from now (ms) on."""
        number = self.playback_count + 1
        playbacks = {**self.playbacks, key: StoredPlayback(timeline, now, number)}
        return replace(self, playbacks=playbacks, playback_count=number)

    def with_next_scenario(self, key: str, scenario: str) -> SessionState:
        """Return the state in which the next rebuild plays a scenario.

        key: of the release, or ``ANY_RELEASE``.
        """
        return replace(self, next_scenarios={**self.next_scenarios, key: scenario})

    def without_next_scenario(self, key: str) -> SessionState:
        """Return the state after a rebuild has played the next scenario of a release."""
        removed = key if key in self.next_scenarios else ANY_RELEASE
        remaining = {k: v for k, v in self.next_scenarios.items() if k != removed}
        return replace(self, next_scenarios=remaining)

    def record(self) -> dict[str, Any]:
        """Return the state as a JSON value."""
        # `dataclasses.asdict` copies every value in depth, and each rebuild calls this.
        playbacks = {key: dict(vars(playback)) for key, playback in self.playbacks.items()}
        return {**vars(self), "clock": dict(vars(self.clock)), "playbacks": playbacks}


def new_session_state(wall: int, now: int, playback_count: int = 0) -> SessionState:
    """Return the state of a session that starts at ``now``; its clock runs with the wall clock.

    wall, now: milliseconds since 1970. playback_count: of the session before it was restarted.
    """
    return SessionState(started_at=now, clock=Clock(wall, now), playback_count=playback_count)


def session_state_of(record: Mapping[str, Any]) -> SessionState:
    """Return the state of a JSON value that ``SessionState.record`` returned."""
    playbacks = {key: StoredPlayback(**value) for key, value in record["playbacks"].items()}
    return SessionState(
        started_at=record["started_at"],
        clock=Clock(**record["clock"]),
        playbacks=playbacks,
        next_scenarios=dict(record["next_scenarios"]),
        faults=tuple(record["faults"]),
        playback_count=record["playback_count"],
    )
