"""Decides whether a change of a release is caused by a request, or by something else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from mock_server.contract.document.operation import Operation
from mock_server.contract.violations import Violation

from ..judging.comparison import unexpected_change
from ..target.roles import SUCCESSES, Resource, has_ended, timed_type
from ..target.target import Exchange
from .run import Run

BUILD_END = 8.0  # seconds to wait for the end of a build that no request should have started
OBSERVATION = 2.5  # seconds for which a release that changed is read again
CAUSE = 8.0  # seconds to find which of several requests changed a release
POLL = 0.1  # seconds


def check_no_change(
    run: Run,
    operation: Operation,
    release: Resource | None,
    sends: Iterable[Callable[[], Exchange]],
) -> list[Exchange]:
    """Send requests that the target must reject, and report a change of the release."""
    requests = list(sends)

    def act() -> list[Exchange]:
        return [send() for send in requests]

    before = run.read(release) if release is not None else None
    exchanges = act()
    after = run.read(release) if release is not None else None
    if release is None or before is None or after is None:
        return exchanges
    if any(_was_accepted(operation, exchange) for exchange in exchanges):
        return exchanges  # the recorder has reported this; the change is no second defect
    change = unexpected_change(run.spec, before[0], after[0])
    if change is not None and is_caused_by(run, change, release, act):
        message = "must not change when a request is rejected"
        violation = Violation("refused", message, change.pointer, change.found)
        steps = _cause(run, release, requests) or (exchanges[-1], after[1])
        run.recorder.report(operation, violation, *steps)
    return exchanges


def _cause(
    run: Run, release: Resource, requests: Iterable[Callable[[], Exchange]]
) -> tuple[Exchange, Exchange] | None:
    """Return the first request that changes a release when it is sent alone, and the next read.

    None if no request does within the time.
    """
    deadline = time.monotonic() + CAUSE
    for send in requests:
        before = run.read(release)
        while before is not None and not has_ended(run.spec, before[0]):
            if time.monotonic() > deadline:
                return None
            time.sleep(POLL)
            before = run.read(release)
        exchange, after = send(), run.read(release)
        if before and after and unexpected_change(run.spec, before[0], after[0]):
            return exchange, after[1]
    return None


def _was_accepted(operation: Operation, exchange: Exchange) -> bool:
    same_method = exchange.request.method == operation.method
    return same_method and exchange.response.status in SUCCESSES


def is_caused_by(run: Run, change: Violation, release: Resource, act: Callable[[], object]) -> bool:
    """Return whether a change that was observed after an action is caused by it.

    An ended build can become stale at any time, and any client can rebuild a release. Therefore
    the run observes an ended build for a while. If there is a new build, the run waits for its
    end, acts again and compares.
    """
    if change.pointer[1:] in timed_type(run.spec).identity:
        return True
    current = run.read(release)
    if current is None:
        return False
    if has_ended(run.spec, current[0]):
        return not _changes_by_itself(run, release, current[0])
    deadline = time.monotonic() + min(BUILD_END, run.settings.build_timeout)
    while time.monotonic() < deadline:
        before = run.read(release)
        if before is not None and has_ended(run.spec, before[0]):
            act()
            after = run.read(release)
            if after is None:
                return False
            return unexpected_change(run.spec, before[0], after[0]) is not None
        time.sleep(POLL)
    return True


def _changes_by_itself(run: Run, release: Resource, before: Resource) -> bool:
    deadline = time.monotonic() + OBSERVATION
    while time.monotonic() < deadline:
        time.sleep(POLL)
        current = run.read(release)
        if current is None:
            continue
        if unexpected_change(run.spec, before, current[0]) is not None:
            return True
    return False
