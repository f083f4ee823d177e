"""The stream of a release's changes, where it is offered: it tells what a look shows."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest
import requests

from mock_server.contract.document.spec import DocumentedResponse, Operation
from mock_server.contract.violations import Violation, show

from ..judging.comparison import Observed, confirmed_difference, difference
from ..judging.event_streams import (
    StreamEvent,
    misplaced_entry,
    parse_events,
    release_after,
    stream_operations,
)
from ..run.run import Run
from ..target.knowledge import TargetClient
from ..target.roles import SUCCESS, Resource, has_ended, key_parameter, not_found_code
from ..target.target import Exchange, Target, TargetSession
from .test_unknown import says

LOOKS = 4  # releases of each status that are looked at until one is found whose build has ended
PAUSE = 0.1  # seconds between two looks at a build that is to end
# what folding raises for data that the record finds to break its schema
UNFOLDABLE = (ValueError, LookupError, TypeError, AttributeError, StopIteration)
UNOFFERED = (404, 405, 501)


@dataclass
class Stream:
    """A stream that is offered. build: what a build told that was begun for it, when it is over;
    ended: whether one was looked at of a build that had ended before."""

    operation: Operation
    response: DocumentedResponse
    asked_by: str
    release: Resource | None = None
    thread: threading.Thread | None = None
    build: Exchange | None = None
    ended: bool = False

    def ask(self, client: TargetClient, key: str, last: str | None = None) -> Exchange:
        headers = {} if last is None else {"Last-Event-ID": last}
        query = {self.asked_by: key}
        return client.session.send_request(
            self.operation.method, self.operation.path, query, None, headers
        )


@pytest.fixture(scope="session")
def streams(run: Run) -> list[Stream]:
    """The streams that the target offers."""
    found = []
    for operation, response in stream_operations(run.spec):
        key = key_parameter(run.spec, operation)
        if key is None:
            continue
        stream = Stream(operation, response, key)
        quiet = TargetClient(run.spec, TargetSession(run.target, lambda _: None))
        seen = stream.ask(quiet, "no such thing")
        if seen.response.status in UNOFFERED and not _knows(run, operation, seen):
            run.skipped[operation.id] = f"{operation.method} {operation.path} is not offered"
        else:
            found.append(stream)
    return found


def _knows(run: Run, operation: Operation, seen: Exchange) -> bool:
    """Whether a 404 speaks of the thing that was asked for, and not of the path."""
    assert operation.lookup is not None
    template = next(iter(operation.lookup.ways[0].by.values()))
    code = not_found_code(run.spec, operation.lookup, template)
    return seen.response.status == 404 and says(seen, code)


def own_key(run: Run, release: Resource) -> str:
    return str(release[run.spec.entities[run.spec.release].key])


def note(run: Run, stream: Stream, message: str, found: str, seen: Exchange) -> None:
    run.recorder.report(stream.operation, Violation("stream", message, found=found), seen)


def test_a_build_is_streamed(run: Run, streams: list[Stream]) -> None:
    """A stream is opened beside a rebuild, and read until it ends."""
    access = run.access
    for stream in streams:
        releases = [r for r in run.releases(of_token=run.target.token) if has_ended(run.spec, r)]
        if access is None or not releases:
            continue
        stream.release = releases[-1]
        operation, key = access.restart
        run.client.call(operation, {key: own_key(run, stream.release)})
        stream.thread = threading.Thread(target=read_to_end, args=(run, stream), daemon=True)
        stream.thread.start()


def patience(run: Run) -> float:
    """Seconds for which the stream of a build is read."""
    return max(1.0, min(run.settings.build_timeout, 2 * run.target.timeout))


def read_to_end(run: Run, stream: Stream) -> None:
    target = Target(run.target.base, timeout=patience(run))
    client = TargetClient(run.spec, TargetSession(target, run.recorder.record))
    try:
        stream.build = stream.ask(client, own_key(run, stream.release or {}))
    except requests.RequestException:
        return  # an hour-long build is told for an hour


def test_an_ended_build_is_streamed_whole(run: Run, streams: list[Stream]) -> None:
    """The release as it stands and the end are told, and to who has seen all, nothing more."""
    for stream in streams:
        for release in resting(run):
            whole(run, stream, release)
        seen = stream.ask(run.client, "no such thing")
        if seen.response.status != 404:
            note(
                run, stream, "answers status 404 for an unknown id", str(seen.response.status), seen
            )


def resting(run: Run) -> Iterator[Resource]:
    """A release of each status of which the build has ended, though others were begun anew."""
    looks: dict[object, int] = {}
    for release, _ in run.known.of(run.spec.release):
        status = release[run.spec.build.status]
        if run.is_followed(release) or looks.get(status, 0) >= LOOKS:
            continue
        looks[status] = looks.get(status, 0) + 1
        now = run.look(release)
        if now is not None and has_ended(run.spec, now[0]):
            looks[status] = LOOKS
            yield now[0]


def rested(run: Run, release: Resource) -> None:
    """Waits until the build of a release has ended, which other checks may have begun anew."""
    until = time.monotonic() + patience(run)
    while time.monotonic() < until and not run.recorder.target_is_gone:
        now = run.look(release)
        if now is not None and has_ended(run.spec, now[0]):
            return
        time.sleep(PAUSE)


def whole(run: Run, stream: Stream, release: Resource) -> None:
    now = run.look(release)
    if now is None or not has_ended(run.spec, now[0]):
        return
    seen = stream.ask(run.client, own_key(run, release))
    if seen.response.status != SUCCESS:
        note(run, stream, "answers status 200 for a known id", str(seen.response.status), seen)
        return
    events = events_of(run, stream, seen)
    if events is None:
        return
    stream.ended = True
    agrees(run, stream, release)
    if not events or events[-1].kind != "end":
        note(run, stream, "a build that has ended is told to its end", "no end", seen)
        return
    role = stream.response.events["end"]["status"]
    if events[-1].data.get(role) != now[0].get(run.spec.build.status):
        note(run, stream, "the end tells the status", show(events[-1].data), seen)
    if any(event.id is None for event in events):
        note(run, stream, "each event has an id", "none", seen)
        return
    resumed(run, stream, release, events)


def resumed(run: Run, stream: Stream, release: Resource, events: list[StreamEvent]) -> None:
    """From each event on, what is missed is told; of an id that is none, the release."""
    key = own_key(run, release)
    after = stream.ask(run.client, key, events[-1].id)
    now = run.look(release)
    if now is None or not has_ended(run.spec, now[0]):
        return
    if after.response.status != 204:
        message = "answers 204 when all was seen and nothing more will come"
        note(run, stream, message, str(after.response.status), after)
    missed = stream.ask(run.client, key, events[0].id)
    rest = events_of(run, stream, missed) if missed.response.status == SUCCESS else []
    if rest is None:
        return
    if [e.data for e in rest] != [e.data for e in events[1:]]:
        message = "a client that comes back gets what it has missed"
        note(run, stream, message, f"{len(rest)} events, not {len(events) - 1}", missed)
    other = stream.ask(run.client, key, "no such event")
    first = events_of(run, stream, other) if other.response.status == SUCCESS else []
    if first is not None and not (first and first[0].kind == "release"):
        message = "an id that is none of this build's gets the release as it stands"
        note(run, stream, message, str(other.response.status), other)


def events_of(run: Run, stream: Stream, seen: Exchange) -> list[StreamEvent] | None:
    try:
        return parse_events(stream.response, seen.response.body)
    except ValueError as error:
        note(run, stream, "the data of each event is JSON", str(error), seen)
        return None


def agrees(run: Run, stream: Stream, release: Resource) -> None:
    """What the events fold to is what a look shows."""
    name = run.spec.release

    def look() -> Resource | None:
        seen = run.look(release)
        return seen[0] if seen else None

    def streamed() -> Observed | None:
        exchange = stream.ask(run.client, own_key(run, release))
        shown = fold(run, stream, exchange)
        return (shown, exchange) if shown is not None else None

    apart = confirmed_difference(run.spec, name, look, streamed)
    if apart is not None:
        wrong, exchange = apart
        note(
            run,
            stream,
            "a stream folds to what a look shows",
            f"{wrong.pointer[1:]}: {wrong.found}",
            exchange,
        )


def fold(run: Run, stream: Stream, seen: Exchange) -> Resource | None:
    if seen.response.status != SUCCESS:
        return None
    try:
        events = parse_events(stream.response, seen.response.body)
        return release_after(run.spec, stream.response, events)
    except UNFOLDABLE:
        return None


def test_a_streamed_build_ends_as_it_is_shown(run: Run, streams: list[Stream]) -> None:
    """What a stream has told of a build from its beginning on is what a look shows at its end."""
    for stream in streams:
        if stream.thread is None or stream.release is None:
            continue
        stream.thread.join(run.settings.build_timeout)
        if not stream.ended:
            rested(run, stream.release)
            whole(run, stream, stream.release)
        if not stream.ended:
            run.unverified.setdefault("the stream of an ended build", "no build had ended")
        seen = stream.build
        if seen is None:
            why = f"no build was streamed to its end in {patience(run):g} s (--build-timeout)"
            run.unverified.setdefault("the end of a stream", why)
            continue
        events = events_of(run, stream, seen)
        with suppress(*UNFOLDABLE):
            if events and (wrong := misplaced_entry(run.spec, stream.response, events)):
                note(run, stream, "each entry of a log is told at its place", wrong, seen)
        now, shown = run.look(stream.release), fold(run, stream, seen)
        if now is None or shown is None or not has_ended(run.spec, now[0]):
            continue
        start = run.spec.build.role_properties("started_at")[0]
        if shown.get(start) == now[0].get(start):
            apart = difference(run.spec, run.spec.release, shown, now[0])
            if apart is not None:
                message = "a stream folds to what a look shows"
                note(run, stream, message, f"{apart.pointer[1:]}: {apart.found}", seen)
