"""What follows from a request, told apart from what happens by itself or by somebody else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from mock_server.contract.document.spec import Operation
from mock_server.contract.violations import Violation

from ..judging.comparison import unexpected_change
from ..target.roles import SUCCESS, Resource, has_ended
from ..target.target import Exchange
from .run import Run

PATIENCE = 8.0  # seconds for a build to end that was begun by what should begin none
WATCHED = 2.5  # seconds for which a thing that changed is looked at
POLL = 0.1


def nothing_changes(
    run: Run,
    operation: Operation,
    release: Resource | None,
    sends: Iterable[Callable[[], Exchange]],
) -> list[Exchange]:
    """Sends requests that are to be refused, and tells when the release is not as it was."""
    requests = list(sends)

    def act() -> list[Exchange]:
        return [send() for send in requests]

    before = run.look(release) if release is not None else None
    exchanges = act()
    after = run.look(release) if release is not None else None
    if release is None or before is None or after is None:
        return exchanges
    if any(_was_done(operation, each) for each in exchanges):
        return exchanges  # the record says that it was not refused; what follows is no other fault
    wrong = unexpected_change(run.spec, before[0], after[0])
    if wrong is not None and follows(run, wrong, release, act):
        message = "a refused request changes nothing"
        told = Violation("refused", message, wrong.pointer, wrong.found)
        run.recorder.report(operation, told, exchanges[-1] if len(exchanges) == 1 else after[1])
    return exchanges


def _was_done(operation: Operation, exchange: Exchange) -> bool:
    return exchange.request.method == operation.method and exchange.response.status == SUCCESS


def follows(run: Run, wrong: Violation, release: Resource, act: Callable[[], object]) -> bool:
    """Whether a change that was seen after an act follows from it.

    What has ended may become stale at any moment, and anybody may rebuild it: the first is looked
    at for a while, and for the second the act is done again when that build has ended.
    """
    if wrong.pointer[1:] in run.spec.identity:
        return True
    seen = run.look(release)
    if seen is None:
        return False
    if has_ended(run.spec, seen[0]):
        return not _changes_by_itself(run, release, seen[0])
    deadline = time.monotonic() + min(PATIENCE, run.settings.build_timeout)
    while time.monotonic() < deadline:
        before = run.look(release)
        if before is not None and has_ended(run.spec, before[0]):
            act()
            after = run.look(release)
            if after is None:
                return False
            return unexpected_change(run.spec, before[0], after[0]) is not None
        time.sleep(POLL)
    return True


def _changes_by_itself(run: Run, release: Resource, shown: Resource) -> bool:
    deadline = time.monotonic() + WATCHED
    while time.monotonic() < deadline:
        time.sleep(POLL)
        seen = run.look(release)
        if seen is not None and unexpected_change(run.spec, shown, seen[0]) is not None:
            return True
    return False
