"""The event stream of a resource (server-sent events: HTML standard, section 9.2).

Which events are due is a pure function of the session's state, the time and the last event that was
sent. The id of an event contains its position in the timeline, so that a stream can continue after
it. A stream itself only yields what to send, and how long to wait.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..contract.document.operation import Event
from ..contract.document.resources.types import TimelineRoles
from ..contract.judge import Judge
from ..contract.parts import Parts
from ..contract.violations import ContractError, Violation
from ..fixtures.timeline import inner_values, resource_of
from ..foundation.clock import Clock, monotonic
from ..foundation.timestamps import MINUTE, to_datetime
from ..state.catalog import Resource
from ..state.dataset import Dataset
from ..state.playback import Playback, identity_of, playback_of
from ..state.session_state import SessionState
from ..state.sessions import Sessions
from ..stores import StoreUnavailableError

log = logging.getLogger("mock_server")

RETRY = 1000  # milliseconds after which a client reconnects when it has lost the stream
HEARTBEAT = 15.0  # seconds without an event after which a comment is sent
MAX_PAUSE = 1.0  # seconds after which the time is read again, as a test can move it
ID = re.compile(r"(.+)-([0-9]{1,9})-([0-9]{1,9})")

# a kind of event with its data by role: ("log", {"name": …, "position": …, "value": …})
Change = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Position:
    """A position in a playback: its segment, and how many events of the segment were sent."""

    playback: str
    segment: int
    sent: int

    def __str__(self) -> str:
        return f"{self.playback}-{self.segment}-{self.sent}"


@dataclass(frozen=True)
class DueEvent:
    """An event to send, and the position after it. Its bytes are those of the stream."""

    event: Event
    data: Any
    position: Position

    def __bytes__(self) -> bytes:
        data = json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))
        return f"id: {self.position}\nevent: {self.event.name}\ndata: {data}\n\n".encode()


@dataclass(frozen=True)
class Due:
    """The events to send now.

    next_at: the time of the session (ms) at which the next event is due; None if unknown.
    complete: no event follows, because the resource has ended.
    """

    events: tuple[DueEvent, ...]
    next_at: int | None
    complete: bool


@dataclass(frozen=True)
class ResourceStream:
    """The event stream of a resource with a timeline in a session.

    events: of the spec, by kind: ``resource``, ``log`` and ``end``; the last two can be absent.
    """

    judge: Judge
    dataset: Dataset
    sessions: Sessions
    session: str
    resource: Resource
    events: Mapping[str, Event]

    def position_of(self, event_id: str, session_state: SessionState, now: int) -> Position | None:
        """Return the position of an event by its id; None unless it is of the current playback."""
        match = ID.fullmatch(event_id)
        playback = self._playback(session_state)
        if match is None or match[1] != self._playback_id(session_state, playback):
            return None
        segment, sent = int(match[2]), int(match[3])
        if segment > playback.timeline.segment_index(now - playback.started_at):
            return None
        if sent > len(self._all_changes(playback, segment)):
            return None
        return Position(match[1], segment, sent)

    def due(self, session_state: SessionState, now: int, after: Position | None) -> Due:
        """Return the events that are due at ``now`` (ms) after a position.

        after: None if nothing was sent; then the first event is the resource as it is. If it is of
        an earlier playback, the events of the current playback follow from its start.
        """
        playback = self._playback(session_state)
        segments, playback_id = (
            playback.timeline.segments,
            self._playback_id(session_state, playback),
        )
        current = playback.timeline.segment_index(now - playback.started_at)
        events = []
        if after is None:
            after = Position(playback_id, current, len(self._changes(playback, current)))
            value = self._value(playback, session_state, current)
            events.append(DueEvent(self.events["resource"], value, after))
        elif after.playback != playback_id:
            after = Position(playback_id, 0, 0)
        for number in range(after.segment, current + 1):
            skipped = after.sent if number == after.segment else 0
            changes = self._all_changes(playback, number)
            for sent, (kind, by_role) in enumerate(changes[skipped:], skipped + 1):
                event = self.events[kind]
                data = {event.roles[r]: value for r, value in by_role.items() if r in event.roles}
                if kind == "resource":
                    data = self._value(playback, session_state, number)
                events.append(DueEvent(event, data, Position(playback_id, number, sent)))
        is_last = current + 1 == len(segments)
        next_at = None if is_last else playback.started_at + segments[current + 1].at
        return Due(tuple(events), next_at, is_last and self._ended(playback, current))

    def open(self, after: Position | None) -> Parts:
        """Open the stream after a position. Return a generator of its parts.

        Closing the generator closes the stream. Raises TooManyStreamsError.
        """
        stream = self._stream(after)
        next(stream)
        return stream

    def _stream(self, after: Position | None) -> Parts:
        with (
            self.sessions.open_stream(self.session) as may_continue,
            suppress(StoreUnavailableError),
        ):
            yield b""  # for `open`: the stream is counted as open
            yield f"retry: {RETRY}\n\n".encode()
            last_sent = monotonic()
            while may_continue() and (stored := self.sessions.stored(self.session)):
                version, session_state = stored
                wall = self.sessions.wall()
                now = session_state.clock.now(wall)
                due = self.due(session_state, now, after)
                for event in due.events:
                    try:
                        yield self._judged(event, session_state, now)
                    except ContractError as error:
                        log.error("an event would have broken the contract: %s", error)
                        yield f": error: {' '.join(str(error).split())}\n\n".encode()
                        return
                    after, last_sent = event.position, monotonic()
                if due.complete:
                    return
                if monotonic() - last_sent >= HEARTBEAT:
                    last_sent = monotonic()
                    yield b":\n\n"
                seconds = _seconds(session_state.clock, wall, due.next_at)
                yield self.sessions.pause(self.session, version, seconds)

    def _playback(self, session_state: SessionState) -> Playback:
        playback = playback_of(self.dataset, session_state, self.resource)
        if playback is None:
            raise ValueError(f"{self.resource.type.name} has no timeline")
        return playback

    def _playback_id(self, session_state: SessionState, playback: Playback) -> str:
        """Return an id of a playback.

        Its digest distinguishes versions of a file, a session from the one that replaced it, and a
        resource from what a request has changed it to.
        """
        digest = playback.timeline.key.rpartition("@")[2]
        changed = session_state.changes.get(self.resource.reference)
        if changed is not None:
            digest += hashlib.sha256(json.dumps(changed).encode()).hexdigest()[:12]
        return f"{playback.started_at}-{playback.number}-{digest}"

    @property
    def _roles(self) -> TimelineRoles:
        return self.dataset.spec.timeline(self.resource.type.name)

    def _all_changes(self, playback: Playback, number: int) -> list[Change]:
        return [*self._changes(playback, number), *self._end(playback, number)]

    def _changes(self, playback: Playback, number: int) -> list[Change]:
        """Return the changes from the previous segment to this one, without the end.

        Entries appended to a log are a ``log`` each; any other change is a ``resource``.
        """
        if number == 0:
            return [("resource", {})]
        before, after = playback.timeline.segments[number - 1 : number + 1]
        changes: list[Change] = []
        with_logs = dict(before.values)
        for process in self._roles.processes:
            if (name := process.get("logs")) is None or "log" not in self.events:
                continue
            old, new = before.values.get(name) or [], after.values.get(name) or []
            if len(new) > len(old) and new[: len(old)] == old:
                with_logs[name] = new
                entries: list[Any] = inner_values(after, playback.started_at).get(name) or new
                changes += [
                    ("log", {"name": process.name, "position": index, "value": entries[index]})
                    for index in range(len(old), len(new))
                ]
        if (with_logs, before.offsets) != (after.values, after.offsets):
            changes.append(("resource", {}))
        return changes

    def _end(self, playback: Playback, number: int) -> list[Change]:
        """Return the end if this segment is the last one and the resource has ended."""
        if "end" not in self.events or not self._ended(playback, number):
            return []
        status = self._roles.status_of(playback.timeline.segments[number].values)
        return [("end", {"status": status})]

    def _ended(self, playback: Playback, number: int) -> bool:
        segments = playback.timeline.segments
        status = self._roles.status_of(segments[number].values)
        return number + 1 == len(segments) and self._roles.ended(status)

    def _value(
        self, playback: Playback, session_state: SessionState, number: int
    ) -> dict[str, Any]:
        """Return the resource as JSON in a segment of a playback."""
        identity = identity_of(session_state, self.resource)
        return resource_of(playback.timeline.segments[number], playback.started_at, identity)

    def _judged(self, event: DueEvent, session_state: SessionState, now: int) -> bytes:
        """Return the bytes of an event that keeps the contract; raise ContractError otherwise.

        They are cached for a minute, because several clients may follow the resource.
        """
        name, started_at = event.event.name, session_state.started_at
        key = (name, event.position, self.resource.reference, started_at, now // MINUTE)
        cached = self.dataset.events.get(key)
        if cached is None:
            if violations := self._violations(event, now):
                raise ContractError(violations)
            cached = self.dataset.events.put(key, bytes(event))
        return cached

    def _violations(self, event: DueEvent, now: int) -> list[Violation]:
        if event.event == self.events["resource"]:
            return self.judge.resource(self.resource.type.name, event.data, to_datetime(now))
        return self.judge.schemas.violations(event.event.schema, event.data)


def _seconds(clock: Clock, wall: int, next_at: int | None) -> float:
    """Return the seconds until the next event, at most MAX_PAUSE."""
    seconds = None if next_at is None else clock.seconds_until(wall, next_at)
    return min(MAX_PAUSE, HEARTBEAT, MAX_PAUSE if seconds is None else seconds)
