"""Live updates: a release and its changes as events (HTML standard, section 9.2).

What is to be told is a pure function of a world, an instant and what was told last: the id of an
event says where on the timeline it stands, so that going on after it is arithmetic. The loop only
waits.
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

from ..contract.document.spec import Event
from ..contract.judge import Judge
from ..contract.violations import ContractError, Violation
from ..fixtures.timeline import resource_of
from ..fixtures.values import Fixture
from ..foundation.clock import Clock
from ..foundation.timestamps import MINUTE, to_datetime
from ..state.dataset import Dataset
from ..state.playback import Playback, playback_of
from ..state.session_state import SessionState
from ..state.sessions import Sessions
from ..stores import StoreUnavailableError

log = logging.getLogger("mock_server")

RETRY = 1000  # milliseconds after which a client that has lost the stream comes back
HEARTBEAT = 15.0  # seconds of silence after which a comment is sent
LOOK = 1.0  # seconds after which a stream with nothing to tell has itself looked at
ID = re.compile(r"(.+)-([0-9]{1,9})-([0-9]{1,9})")


@dataclass(frozen=True)
class Position:
    """What was told last: of which play, in which of its segments, how many of its events."""

    play: str
    segment: int
    told: int

    def __str__(self) -> str:
        return f"{self.play}-{self.segment}-{self.told}"


@dataclass(frozen=True)
class Telling:
    """An event to be told: its data, and where it stands."""

    event: Event
    data: Any
    position: Position

    def __bytes__(self) -> bytes:
        data = json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))
        return f"id: {self.position}\nevent: {self.event.name}\ndata: {data}\n\n".encode()


@dataclass(frozen=True)
class Due:
    """What is to be told now; the session's instant (ms) at which there is more to tell; whether
    nothing more will come."""

    events: tuple[Telling, ...]
    more_at: int | None
    over: bool


@dataclass(frozen=True)
class Watch:
    """A release that is followed in a session. ``events`` are those of the spec, by what they
    tell."""

    judge: Judge
    dataset: Dataset
    sessions: Sessions
    session: str
    fixture: Fixture
    events: Mapping[str, Event]

    def resumed(self, last: str, session_state: SessionState, now: int) -> Position | None:
        """The position that an event's id names, if it is one of what the release goes through."""
        match = ID.fullmatch(last)
        told = playback_of(self.dataset, session_state, self.fixture)
        if match is None or match[1] != _play(told):
            return None
        segment, count = int(match[2]), int(match[3])
        if segment > told.timeline.segment_index(now - told.started_at):
            return None
        if count > len(self._changes(told, segment)) + len(self._end(told, segment)):
            return None
        return Position(match[1], segment, count)

    def due(self, session_state: SessionState, now: int, after: Position | None) -> Due:
        """What is to be told at an instant (ms) when all up to a position was told already.

        after: None for nothing yet, which is told by a snapshot; what is played since then, if
        it is another play, is told from its beginning.
        """
        told = playback_of(self.dataset, session_state, self.fixture)
        segments, play = told.timeline.segments, _play(told)
        reached = told.timeline.segment_index(now - told.started_at)
        events = []
        if after is None:
            after = Position(play, reached, len(self._changes(told, reached)))
            events.append(
                Telling(self.events["release"], self._at(told, session_state, reached), after)
            )
        elif after.play != play:
            after = Position(play, 0, 0)
        for number in range(after.segment, reached + 1):
            skipped = after.told if number == after.segment else 0
            coming = [*self._changes(told, number), *self._end(told, number)]
            for count, (tells, says) in enumerate(coming[skipped:], skipped + 1):
                event = self.events[tells]
                data = {event[role]: value for role, value in says.items()}
                if tells == "release":
                    data = self._at(told, session_state, number)
                events.append(Telling(event, data, Position(play, number, count)))
        last = reached + 1 == len(segments)
        more_at = None if last else told.started_at + segments[reached + 1].at
        return Due(tuple(events), more_at, over=bool(last and self._end(told, reached)))

    def opened(self, after: Position | None) -> Generator[bytes, None, None]:
        """The events from a position on, as they come, in the bytes of an event stream.

        An empty part is a moment to look whether anyone still listens. Whoever drops the stream
        gives its place back. Raises TooManyStreamsError.
        """
        stream = self._stream(after)
        next(stream)
        return stream

    def _stream(self, after: Position | None) -> Generator[bytes, None, None]:
        with self.sessions.open_stream(self.session) as may_go_on, suppress(StoreUnavailableError):
            yield b""  # the place is taken
            yield f"retry: {RETRY}\n\n".encode()
            spoke = time.monotonic()
            while may_go_on() and (kept := self.sessions.stored(self.session)):
                seen, session_state = kept
                wall = self.sessions.wall()
                now = session_state.clock.now(wall)
                due = self.due(session_state, now, after)
                for telling in due.events:
                    try:
                        yield self._proven(telling, session_state, now)
                    except ContractError as error:
                        log.error("an event would have broken the contract: %s", error)
                        yield f": error: {' '.join(str(error).split())}\n\n".encode()
                        return
                    after, spoke = telling.position, time.monotonic()
                if due.over:
                    return
                silent = time.monotonic() - spoke >= HEARTBEAT
                spoke = time.monotonic() if silent else spoke
                yield b":\n\n" if silent else b""
                self.sessions.wait(
                    self.session, seen, _pause(session_state.clock, wall, due.more_at)
                )

    def _changes(self, told: Playback, number: int) -> list[tuple[str, Mapping[str, Any]]]:
        """What a segment tells beside the end: what each event tells, and what it says by role."""
        if number == 0:
            return [("release", {})]
        before, after = told.timeline.segments[number - 1 : number + 1]
        changes: list[tuple[str, Mapping[str, Any]]] = []
        grown = dict(before.values)
        for process in self.dataset.spec.build.processes:
            name = process["logs"]
            old, new = before.values.get(name) or [], after.values.get(name) or []
            if len(new) > len(old) and new[: len(old)] == old:
                grown[name] = new
                changes += [
                    ("log", {"name": process.name, "place": place, "value": new[place]})
                    for place in range(len(old), len(new))
                ]
        if (grown, before.offsets) != (after.values, after.offsets):
            changes.append(("release", {}))
        return changes

    def _end(self, told: Playback, number: int) -> list[tuple[str, Mapping[str, Any]]]:
        """The end, if this segment is the last of its timeline and the build has ended."""
        spec, segments = self.dataset.spec, told.timeline.segments
        status = segments[number].values[spec.build.status]
        ended = number + 1 == len(segments) and spec.ended(status)
        return [("end", {"status": status})] if ended else []

    def _at(self, told: Playback, session_state: SessionState, number: int) -> dict[str, Any]:
        identity = self.fixture.identity(self.dataset.spec, session_state.started_at)
        return resource_of(told.timeline.segments[number], told.started_at, identity)

    def _proven(self, telling: Telling, session_state: SessionState, now: int) -> bytes:
        """An event as it is sent; who else follows the release in this session is told the same,
        so that it is judged once a minute. Raises ContractError for one that would lie."""
        where = (telling.event.name, telling.position, self.fixture.name, session_state.started_at)
        key = (*where, now // MINUTE)
        told = self.dataset.events.get(key)
        if told is None:
            if wrong := self._wrong(telling, now):
                raise ContractError(wrong)
            told = self.dataset.events.put(key, bytes(telling))
        return told

    def _wrong(self, telling: Telling, now: int) -> list[Violation]:
        if telling.event == self.events["release"]:
            return self.judge.entity(self.dataset.spec.release, telling.data, to_datetime(now))
        return self.judge.schemas.violations(telling.event.schema, telling.data)


def _pause(clock: Clock, wall: int, more_at: int | None) -> float:
    """Seconds until there is more to tell, or to look whether there is."""
    until = None if more_at is None else clock.seconds_until(wall, more_at)
    return min(LOOK, HEARTBEAT, LOOK if until is None else until)


def _play(told: Playback) -> str:
    """A name for what a release goes through; the digest tells apart what two versions of a file,
    or two sessions one after the other, show under the same numbers."""
    digest = told.timeline.key.rpartition("@")[2]
    return f"{told.started_at}-{told.number}-{digest}"
