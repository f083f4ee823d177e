"""Decides whether a change of a resource is caused by a request, or by something else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from mock_server.contract.document.operation import Operation
from mock_server.contract.exchange import Exchange
from mock_server.contract.violations import Violation

from ..judging.comparison import unexpected_change
from ..target.roles import SUCCESSES, Resource, has_ended, timed_type
from .run import Run

TIMELINE_END = 8.0  # seconds to wait for the end of a timeline that no request should have moved
OBSERVATION = 2.5  # seconds for which a resource that changed is read again
CAUSE = 8.0  # seconds to find which of several requests changed a resource
POLL = 0.1  # seconds


def check_no_change(
    run: Run,
    operation: Operation,
    resource: Resource | None,
    sends: Iterable[Callable[[], Exchange]],
) -> list[Exchange]:
    """Send requests that the target must reject, and report a change of the resource."""
    requests = list(sends)

    def act() -> list[Exchange]:
        return [send() for send in requests]

    before = run.read(resource) if resource is not None else None
    exchanges = act()
    after = run.read(resource) if resource is not None else None
    if resource is None or before is None or after is None:
        return exchanges
    if any(_was_accepted(operation, exchange) for exchange in exchanges):
        return exchanges  # the recorder has reported this; the change is no second defect
    change = unexpected_change(run.spec, before[0], after[0])
    if change is not None and is_caused_by(run, change, resource, act):
        message = "must not change when a request is rejected"
        violation = Violation("refused", message, change.pointer, change.found)
        steps = _cause(run, resource, requests) or (exchanges[-1], after[1])
        run.recorder.report(operation, violation, *steps)
    return exchanges


def _cause(
    run: Run, resource: Resource, requests: Iterable[Callable[[], Exchange]]
) -> tuple[Exchange, Exchange] | None:
    """Return the first request that changes a resource when it is sent alone, and the next read.

    None if no request does within the time.
    """
    deadline = time.monotonic() + CAUSE
    for send in requests:
        before = run.read(resource)
        while before is not None and not has_ended(run.spec, before[0]):
            if time.monotonic() > deadline:
                return None
            time.sleep(POLL)
            before = run.read(resource)
        exchange, after = send(), run.read(resource)
        if before and after and unexpected_change(run.spec, before[0], after[0]):
            return exchange, after[1]
    return None


def _was_accepted(operation: Operation, exchange: Exchange) -> bool:
    same_method = exchange.request.method == operation.method
    return same_method and exchange.response.status in SUCCESSES


def is_caused_by(
    run: Run, change: Violation, resource: Resource, act: Callable[[], object]
) -> bool:
    """Return whether a change that was observed after an action is caused by it.

    A resource can become stale at any time, and any client can restart it. Therefore the run
    observes an ended timeline for a while. If the timeline has not ended, the run waits for its
    end, acts again and compares.
    """
    if change.pointer[1:] in timed_type(run.spec).identity:
        return True
    current = run.read(resource)
    if current is None:
        return False
    if has_ended(run.spec, current[0]):
        return not _changes_by_itself(run, resource, current[0])
    deadline = time.monotonic() + min(TIMELINE_END, run.settings.build_timeout)
    while time.monotonic() < deadline:
        before = run.read(resource)
        if before is not None and has_ended(run.spec, before[0]):
            act()
            after = run.read(resource)
            if after is None:
                return False
            return unexpected_change(run.spec, before[0], after[0]) is not None
        time.sleep(POLL)
    return True


def _changes_by_itself(run: Run, resource: Resource, before: Resource) -> bool:
    deadline = time.monotonic() + OBSERVATION
    while time.monotonic() < deadline:
        time.sleep(POLL)
        current = run.read(resource)
        if current is None:
            continue
        if unexpected_change(run.spec, before, current[0]) is not None:
            return True
    return False
