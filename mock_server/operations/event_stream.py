"""The event stream of a release (server-sent events: HTML standard, section 9.2).

Which events are due is a pure function of the session's state, the time and the last event that was
sent. The id of an event contains its position in the timeline, so that a stream can continue after
it. The loop of a stream only waits and sends.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..contract.document.operation import Event
from ..contract.judge import Judge
from ..contract.violations import ContractError, Violation
from ..fixtures.timeline import inner_values, resource_of
from ..fixtures.values import Fixture
from ..foundation.clock import Clock
from ..foundation.timestamps import MINUTE, to_datetime
from ..state.dataset import Dataset
from ..state.playback import Playback, playback_of
from ..state.session_state import SessionState
from ..state.sessions import Sessions
from ..stores import StoreUnavailableError

log = logging.getLogger("mock_server")

RETRY = 1000  # milliseconds after which a client reconnects when it has lost the stream
HEARTBEAT = 15.0  # seconds without an event after which a comment is sent
MAX_PAUSE = 1.0  # seconds between two checks whether the client is still connected
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
    complete: no event follows, because the build has ended.
    """

    events: tuple[DueEvent, ...]
    next_at: int | None
    complete: bool


@dataclass(frozen=True)
class ReleaseStream:
    """The event stream of the release of a fixture in a session.

    events: of the spec, by kind: ``release``, ``log`` and ``end``.
    """

    judge: Judge
    dataset: Dataset
    sessions: Sessions
    session: str
    fixture: Fixture
    events: Mapping[str, Event]

    def position_of(self, event_id: str, session_state: SessionState, now: int) -> Position | None:
        """Return the position of an event by its id; None unless it is of the current playback."""
        match = ID.fullmatch(event_id)
        playback = playback_of(self.dataset, session_state, self.fixture)
        if match is None or match[1] != _playback_id(playback):
            return None
        segment, sent = int(match[2]), int(match[3])
        if segment > playback.timeline.segment_index(now - playback.started_at):
            return None
        if sent > len(self._all_changes(playback, segment)):
            return None
        return Position(match[1], segment, sent)

    def due(self, session_state: SessionState, now: int, after: Position | None) -> Due:
        """Return the events that are due at ``now`` (ms) after a position.

        after: None if nothing was sent; then the first event is the release as it is. If it is of
        an earlier playback, the events of the current playback follow from its start.
        """
        playback = playback_of(self.dataset, session_state, self.fixture)
        segments, playback_id = playback.timeline.segments, _playback_id(playback)
        current = playback.timeline.segment_index(now - playback.started_at)
        events = []
        if after is None:
            after = Position(playback_id, current, len(self._changes(playback, current)))
            value = self._value(playback, session_state, current)
            events.append(DueEvent(self.events["release"], value, after))
        elif after.playback != playback_id:
            after = Position(playback_id, 0, 0)
        for number in range(after.segment, current + 1):
            skipped = after.sent if number == after.segment else 0
            changes = self._all_changes(playback, number)
            for sent, (kind, by_role) in enumerate(changes[skipped:], skipped + 1):
                event = self.events[kind]
                data = {event[role]: value for role, value in by_role.items()}
                if kind == "release":
                    data = self._value(playback, session_state, number)
                events.append(DueEvent(event, data, Position(playback_id, number, sent)))
        is_last = current + 1 == len(segments)
        next_at = None if is_last else playback.started_at + segments[current + 1].at
        return Due(tuple(events), next_at, complete=bool(is_last and self._end(playback, current)))

    def open(self, after: Position | None) -> Generator[bytes, None, None]:
        """Open the stream after a position. Return a generator of its bytes.

        An empty part is an opportunity to check whether the client is still connected. Closing the
        generator closes the stream. Raises TooManyStreamsError.
        """
        stream = self._stream(after)
        next(stream)
        return stream

    def _stream(self, after: Position | None) -> Generator[bytes, None, None]:
        with (
            self.sessions.open_stream(self.session) as may_continue,
            suppress(StoreUnavailableError),
        ):
            yield b""  # for `open`: the stream is counted as open
            yield f"retry: {RETRY}\n\n".encode()
            last_sent = time.monotonic()
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
                    after, last_sent = event.position, time.monotonic()
                if due.complete:
                    return
                silent = time.monotonic() - last_sent >= HEARTBEAT
                last_sent = time.monotonic() if silent else last_sent
                yield b":\n\n" if silent else b""
                pause = _pause(session_state.clock, wall, due.next_at)
                self.sessions.wait(self.session, version, pause)

    def _all_changes(self, playback: Playback, number: int) -> list[Change]:
        return [*self._changes(playback, number), *self._end(playback, number)]

    def _changes(self, playback: Playback, number: int) -> list[Change]:
        """Return the changes from the previous segment to this one, without the end.

        Entries appended to a log are a ``log`` each; any other change is a ``release``.
        """
        if number == 0:
            return [("release", {})]
        before, after = playback.timeline.segments[number - 1 : number + 1]
        changes: list[Change] = []
        with_logs = dict(before.values)
        for process in self.dataset.spec.build.processes:
            name = process["logs"]
            old, new = before.values.get(name) or [], after.values.get(name) or []
            if len(new) > len(old) and new[: len(old)] == old:
                with_logs[name] = new
                entries: list[Any] = inner_values(after, playback.started_at).get(name) or new
                changes += [
                    ("log", {"name": process.name, "position": index, "value": entries[index]})
                    for index in range(len(old), len(new))
                ]
        if (with_logs, before.offsets) != (after.values, after.offsets):
            changes.append(("release", {}))
        return changes

    def _end(self, playback: Playback, number: int) -> list[Change]:
        """Return the end if this segment is the last one and the build has ended."""
        spec, segments = self.dataset.spec, playback.timeline.segments
        status = segments[number].values.get(spec.build.status)
        ended = number + 1 == len(segments) and spec.ended(status)
        return [("end", {"status": status})] if ended else []

    def _value(
        self, playback: Playback, session_state: SessionState, number: int
    ) -> dict[str, Any]:
        """Return the release as JSON in a segment of a playback."""
        identity = self.fixture.identity(self.dataset.spec, session_state.started_at)
        return resource_of(playback.timeline.segments[number], playback.started_at, identity)

    def _judged(self, event: DueEvent, session_state: SessionState, now: int) -> bytes:
        """Return the bytes of an event that keeps the contract; raise ContractError otherwise.

        They are cached for a minute, because several clients may follow the release.
        """
        name, started_at = event.event.name, session_state.started_at
        key = (name, event.position, self.fixture.name, started_at, now // MINUTE)
        cached = self.dataset.events.get(key)
        if cached is None:
            if violations := self._violations(event, now):
                raise ContractError(violations)
            cached = self.dataset.events.put(key, bytes(event))
        return cached

    def _violations(self, event: DueEvent, now: int) -> list[Violation]:
        if event.event == self.events["release"]:
            return self.judge.entity(self.dataset.spec.release, event.data, to_datetime(now))
        return self.judge.schemas.violations(event.event.schema, event.data)


def _pause(clock: Clock, wall: int, next_at: int | None) -> float:
    """Return the seconds until the next event, at most MAX_PAUSE."""
    seconds = None if next_at is None else clock.seconds_until(wall, next_at)
    return min(MAX_PAUSE, HEARTBEAT, MAX_PAUSE if seconds is None else seconds)


def _playback_id(playback: Playback) -> str:
    """Return an id of a playback.

    Its digest distinguishes versions of a file, and a session from the one that replaced it.
    """
    digest = playback.timeline.key.rpartition("@")[2]
    return f"{playback.started_at}-{playback.number}-{digest}"
