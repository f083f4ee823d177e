"""The state of a session: one frozen record, from which every response is computed.

A change creates a new record; the store replaces the old one by compare-and-set.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..foundation.clock import Clock

# The bytes that a sign of JSON stands for in memory: a member, an object, a list, half a text
MEMORY_OF = {":": 100, "{": 64, "[": 64, '"': 25}
PLAYBACK, FAULT = 500, 1000  # bytes of memory of each, approximately
ANY = ""  # the key of a next scenario that applies to the next restart of any resource of its type


@dataclass(frozen=True)
class StoredPlayback:
    """A timeline that a resource plays.

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
    playbacks: by the reference of the resource; one without shows its fixture or its change.
    next_scenarios: the scenario that the next restart plays, by the reference of the resource, or
    by that of ``ANY`` of its type.
    changes: the resources that requests have created, changed or deleted, by their references: the
    value in wire form; None for a deleted one.
    changed_bytes: the approximate memory of all changes.
    faults: as the control API received them.
    playback_count: playbacks since the session was created, so that each has a unique number.
    """

    started_at: int
    clock: Clock
    playbacks: Mapping[str, StoredPlayback] = field(default_factory=dict)
    next_scenarios: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Mapping[str, Any], ...] = ()
    playback_count: int = 0
    changes: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    changed_bytes: int = 0

    def with_playback(self, reference: str, timeline: str, now: int) -> SessionState:
        """Return the state in which a resource plays a timeline from now (ms) on."""
        number = self.playback_count + 1
        playbacks = {**self.playbacks, reference: StoredPlayback(timeline, now, number)}
        return replace(self, playbacks=playbacks, playback_count=number)

    def with_next_scenario(self, reference: str, scenario: str) -> SessionState:
        """Return the state in which the next restart of a resource plays a scenario."""
        return replace(self, next_scenarios={**self.next_scenarios, reference: scenario})

    def without_next_scenario(self, reference: str) -> SessionState:
        """Return the state after a restart has played the next scenario."""
        remaining = {k: v for k, v in self.next_scenarios.items() if k != reference}
        return replace(self, next_scenarios=remaining)

    def with_change(
        self, reference: str, value: Mapping[str, Any] | None, keeps_playback: bool = False
    ) -> SessionState:
        """Return the state in which a resource has a value; None deletes it.

        keeps_playback: whether its timeline continues to change it.
        """
        playbacks = self.playbacks
        if not keeps_playback:
            playbacks = {k: v for k, v in playbacks.items() if k != reference}
        changes = {**self.changes, reference: value}
        size = self.changed_bytes + _size(value) - _size(self.changes.get(reference))
        return replace(self, changes=changes, playbacks=playbacks, changed_bytes=size)

    def without_changes(self, references: Collection[str]) -> SessionState:
        """Return the state in which some resources are as in the files, or do not exist."""
        changes = {k: v for k, v in self.changes.items() if k not in references}
        playbacks = {k: v for k, v in self.playbacks.items() if k not in references}
        size = sum(map(_size, changes.values()))
        return replace(self, changes=changes, playbacks=playbacks, changed_bytes=size)

    @property
    def size_in_memory(self) -> int:
        """Return the approximate size of the state in bytes."""
        faults = sum(FAULT + len(str(fault)) for fault in self.faults)
        return self.changed_bytes + faults + PLAYBACK * len(self.playbacks)

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
        changes=record.get("changes", {}),
        changed_bytes=record.get("changed_bytes", 0),
    )


def _size(value: Mapping[str, Any] | None) -> int:
    """Return the approximate memory of a changed resource in bytes; 0 for a deleted one."""
    if value is None:
        return 0
    text = json.dumps(value, ensure_ascii=False)
    return len(text) + sum(text.count(sign) * size for sign, size in MEMORY_OF.items())
