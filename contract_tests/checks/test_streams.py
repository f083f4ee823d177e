"""Checks the event streams of resources that a target offers, against reads of the resources."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

import pytest
import requests

from mock_server.contract.document.operation import DocumentedResponse, Operation
from mock_server.contract.exchange import Exchange
from mock_server.contract.violations import Violation, show

from ..cases import edge_cases
from ..judging.comparison import Observed, confirmed_difference, difference
from ..judging.event_streams import (
    StreamEvent,
    misplaced_entry,
    parse_events,
    resource_after,
    stream_operations,
)
from ..run.run import Run
from ..target.knowledge import TargetClient
from ..target.roles import (
    SUCCESSES,
    Resource,
    has_ended,
    key_parameter,
    not_found_code,
    timed_name,
    timeline_of,
)
from ..target.target import TargetSession
from .test_unknown import contains

READS = 4  # resources of each status that are read until one has an ended timeline
PAUSE = 0.1  # seconds between two reads of a timeline that should end
# Raised for event data that breaks its schema, which the recorder reports.
INVALID_DATA = (ValueError, LookupError, TypeError, AttributeError, StopIteration)
NOT_OFFERED = (404, 405, 501)
SAME_RESOURCE = "must describe the same values as a read"


@dataclass
class Stream:
    """An event stream that the target offers.

    resource: the one that was restarted to stream its timeline. thread: reads that stream.
    timeline: the exchange with the stream of that timeline, if it has ended.
    ended_timeline_checked: whether the stream of an ended timeline was checked. statuses: those of
    the ended timelines whose stream was checked.
    """

    operation: Operation
    response: DocumentedResponse
    parameter: str
    resource: Resource | None = None
    thread: threading.Thread | None = None
    timeline: Exchange | None = None
    ended_timeline_checked: bool = False
    statuses: set[object] = field(default_factory=set)

    def open(self, client: TargetClient, key: str, last_event_id: str | None = None) -> Exchange:
        """Read the stream of a resource to its end, after an event if its id is given."""
        headers = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
        method, path, query = self.operation.method, self.operation.path, {self.parameter: key}
        return client.session.send_request(method, path, query, None, headers)


@pytest.fixture(scope="session")
def streams(run: Run) -> list[Stream]:
    """Return the streams that the target offers."""
    offered = []
    for operation, response in stream_operations(run.spec):
        parameter = key_parameter(run.spec, operation)
        if parameter is None:
            continue
        stream = Stream(operation, response, parameter)
        unrecorded = TargetClient(run.spec, TargetSession(run.target, lambda _: None))
        exchange = stream.open(unrecorded, edge_cases.UNKNOWN)
        missing = exchange.response.status in NOT_OFFERED
        if missing and not _is_about_resource(run, operation, exchange):
            run.skipped[operation.id] = f"{operation.method} {operation.path} is not offered"
        else:
            offered.append(stream)
    return offered


def _is_about_resource(run: Run, operation: Operation, exchange: Exchange) -> bool:
    """Return whether a 404 is about an unknown resource, and not about an unknown path."""
    assert operation.lookup is not None
    template = next(iter(operation.lookup.ways[0].by.values()))
    code = not_found_code(run.spec, operation.lookup, template)
    return exchange.response.status == 404 and contains(exchange, code)


def key_of(run: Run, resource: Resource) -> str:
    return str(resource[run.key])


def report(run: Run, stream: Stream, message: str, found: str, exchange: Exchange) -> None:
    run.recorder.report(stream.operation, Violation("stream", message, found=found), exchange)


def test_a_timeline_is_streamed(run: Run, streams: list[Stream]) -> None:
    """A stream that is opened after a restart can be read; a later check judges it."""
    operations = run.restart_operations
    for stream in streams:
        resources = [
            resource
            for resource in run.resources(of_token=run.target.token)
            if has_ended(run.spec, resource)
        ]
        if operations is None or not resources:
            continue
        stream.resource = resources[-1]
        operation, parameter = operations.restart
        run.client.call(operation, {parameter: key_of(run, stream.resource)})
        stream.thread = threading.Thread(target=read_timeline, args=(run, stream), daemon=True)
        stream.thread.start()


def longest_read(run: Run) -> float:
    """Return the seconds for which the stream of a timeline is read."""
    return max(1.0, min(run.settings.build_timeout, 2 * run.target.timeout))


def read_timeline(run: Run, stream: Stream) -> None:
    """Read the stream of the timeline of a resource until it ends or takes too long."""
    target = replace(run.target, timeout=longest_read(run))
    client = TargetClient(run.spec, TargetSession(target, run.recorder.record))
    with suppress(requests.RequestException):  # a long timeline has a long stream
        stream.timeline = stream.open(client, key_of(run, stream.resource or {}))


def test_an_ended_timeline_is_streamed_completely(run: Run, streams: list[Stream]) -> None:
    """The stream of an ended timeline has the resource and the end, and can be resumed."""
    for stream in streams:
        for resource in resources_with_ended_timelines(run):
            check_ended_timeline(run, stream, resource)
        exchange = stream.open(run.client, edge_cases.UNKNOWN)
        if exchange.response.status != 404:
            message = "status must be 404 for an unknown id"
            report(run, stream, message, str(exchange.response.status), exchange)


def resources_with_ended_timelines(run: Run) -> Iterator[Resource]:
    """Yield a resource of each status with an ended timeline; other checks may restart some."""
    reads: dict[object, int] = {}
    for resource, _ in run.known.of(timed_name(run.spec)):
        status = timeline_of(run.spec).status_of(resource)
        if run.is_followed(resource) or reads.get(status, 0) >= READS:
            continue
        reads[status] = reads.get(status, 0) + 1
        current = run.read(resource)
        if current is not None and has_ended(run.spec, current[0]):
            reads[status] = READS
            yield current[0]


def wait_for_end(run: Run, resource: Resource) -> None:
    """Wait until the timeline of a resource has ended; other checks may have restarted it."""
    deadline = time.monotonic() + longest_read(run)
    while time.monotonic() < deadline and not run.recorder.target_is_gone:
        current = run.read(resource)
        if current is not None and has_ended(run.spec, current[0]):
            return
        time.sleep(PAUSE)


def check_ended_timeline(run: Run, stream: Stream, resource: Resource) -> None:
    """Check the stream of a resource whose timeline has ended."""
    current = run.read(resource)
    if current is None or not has_ended(run.spec, current[0]):
        return
    exchange = stream.open(run.client, key_of(run, resource))
    if exchange.response.status not in SUCCESSES:
        message = "status must be 200 for a known id"
        report(run, stream, message, str(exchange.response.status), exchange)
        return
    events = events_of(run, stream, exchange)
    if events is None:
        return
    stream.ended_timeline_checked = True
    stream.statuses.add(timeline_of(run.spec).status_of(current[0]))
    check_same_resource(run, stream, resource)
    if not events or events[-1].kind != "end":
        report(run, stream, "must send the end of an ended timeline", "no end", exchange)
        return
    status_property = stream.response.events["end"]["status"]
    if events[-1].data.get(status_property) != timeline_of(run.spec).status_of(current[0]):
        message = f"must send the status of the {run.label} with the end"
        report(run, stream, message, show(events[-1].data), exchange)
    if any(event.id is None for event in events):
        report(run, stream, "must send an id with each event", "none", exchange)
        return
    check_resuming(run, stream, resource, events)


def check_resuming(run: Run, stream: Stream, resource: Resource, events: list[StreamEvent]) -> None:
    """Check that a client can resume a stream after an event, with the `Last-Event-ID` header."""
    key = key_of(run, resource)
    after_end = stream.open(run.client, key, events[-1].id)
    current = run.read(resource)
    if current is None or not has_ended(run.spec, current[0]):
        return
    if after_end.response.status != 204:
        message = "status must be 204 after the last event"
        report(run, stream, message, str(after_end.response.status), after_end)
    resumed = stream.open(run.client, key, events[0].id)
    rest = events_of(run, stream, resumed) if resumed.response.status in SUCCESSES else []
    if rest is None:
        return
    if [event.data for event in rest] != [event.data for event in events[1:]]:
        message = "must send the missed events to a client that reconnects"
        found = f"{len(rest)} events instead of {len(events) - 1}"
        report(run, stream, message, found, resumed)
    unknown = stream.open(run.client, key, "no such event")
    first = events_of(run, stream, unknown) if unknown.response.status in SUCCESSES else []
    if first is not None and not (first and first[0].kind == "resource"):
        message = f"must send the current {run.label} after an unknown event id"
        report(run, stream, message, str(unknown.response.status), unknown)


def events_of(run: Run, stream: Stream, exchange: Exchange) -> list[StreamEvent] | None:
    """Return the events of a stream; report data that is not JSON, and return None."""
    try:
        return parse_events(stream.response, exchange.response.body)
    except ValueError as error:
        report(run, stream, "must send JSON as the data of each event", str(error), exchange)
        return None


def check_same_resource(run: Run, stream: Stream, resource: Resource) -> None:
    """Report a stream whose events describe another resource than a read shows."""

    def read() -> Resource | None:
        current = run.read(resource)
        return current[0] if current else None

    def read_stream() -> Observed | None:
        exchange = stream.open(run.client, key_of(run, resource))
        streamed = streamed_resource(run, stream, exchange)
        return (streamed, exchange) if streamed is not None else None

    confirmed = confirmed_difference(run.spec, timed_name(run.spec), read, read_stream)
    if confirmed is not None:
        differing, exchange = confirmed
        found = f"{differing.pointer[1:]}: {differing.found}"
        report(run, stream, SAME_RESOURCE, found, exchange)


def streamed_resource(run: Run, stream: Stream, exchange: Exchange) -> Resource | None:
    """Return the resource that the events of a stream describe, if they are valid."""
    if exchange.response.status not in SUCCESSES:
        return None
    try:
        events = parse_events(stream.response, exchange.response.body)
        return resource_after(run.spec, stream.response, events)
    except INVALID_DATA:
        return None


def test_a_streamed_timeline_matches_the_resource(run: Run, streams: list[Stream]) -> None:
    """The stream of a whole timeline describes the resource that a read shows at the end."""
    for stream in streams:
        for resource in resources_with_ended_timelines(
            run
        ):  # earlier, timelines may not have ended
            if timeline_of(run.spec).status_of(resource) not in stream.statuses:
                check_ended_timeline(run, stream, resource)
        if stream.thread is None or stream.resource is None:
            continue
        stream.thread.join(run.settings.build_timeout)
        if not stream.ended_timeline_checked:
            wait_for_end(run, stream.resource)
            check_ended_timeline(run, stream, stream.resource)
        if not stream.ended_timeline_checked:
            run.unverified.setdefault("the stream of an ended timeline", "no timeline had ended")
        if stream.timeline is None:
            seconds = longest_read(run)
            reason = f"no timeline was streamed to its end within {seconds:g} s (--build-timeout)"
            run.unverified.setdefault("the end of a stream", reason)
            continue
        check_streamed_timeline(run, stream, stream.resource, stream.timeline)


def check_streamed_timeline(
    run: Run, stream: Stream, resource: Resource, exchange: Exchange
) -> None:
    """Check the order of the log entries of a timeline, and the resource at its end."""
    events = events_of(run, stream, exchange)
    with suppress(*INVALID_DATA):
        if events and (misplaced := misplaced_entry(run.spec, stream.response, events)):
            report(run, stream, "must send log entries in order", misplaced, exchange)
    current, streamed = run.read(resource), streamed_resource(run, stream, exchange)
    if current is None or streamed is None or not has_ended(run.spec, current[0]):
        return
    starts = timeline_of(run.spec).role_properties("started_at")[:1]
    if any(streamed.get(name) != current[0].get(name) for name in starts):
        return  # another client has restarted the timeline
    differing = difference(run.spec, timed_name(run.spec), streamed, current[0])
    if differing is not None:
        found = f"{differing.pointer[1:]}: {differing.found}"
        report(run, stream, SAME_RESOURCE, found, exchange)
