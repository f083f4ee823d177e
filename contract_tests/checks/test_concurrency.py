"""Requests at the same moment: each gets its own answer, and what is done is whole."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import cycle, islice
from typing import Any

import pytest

from mock_server.contract.document.spec import Operation
from mock_server.contract.violations import Violation, show

from ..run.builds import ReleaseOperations
from ..run.concurrent_requests import at_once
from ..run.run import Run
from ..target.knowledge import TargetClient
from ..target.roles import SUCCESS, Resource, phases, restarts, returns_list
from ..target.target import Exchange
from .test_lookups import key_of, ways
from .test_rebuilds import to_rebuild

AT_ONCE = 6
ROUNDS = 3
EACH = 4  # requests of each thread in a round; lists are long, and asked for once


def test_each_gets_its_own_answer(run: Run, operation: Operation) -> None:
    """Whoever asks at the same moment for another thing gets what was asked for."""
    asked = [(asked, resource) for _, asked, resource in ways(run, operation)]
    if len(asked) < 2 or restarts(run.spec, operation):
        pytest.skip("there is only one thing to ask for, or it would begin something")
    key, rotating = key_of(run, operation), cycle(asked)
    each = 1 if returns_list(operation) else EACH
    for _ in range(ROUNDS):
        rows = [list(islice(rotating, each)) for _ in range(AT_ONCE)]
        seen = at_once(run, [partial(ask_all, operation, row) for row in rows])
        for row, exchanges in zip(rows, seen, strict=True):
            for (request, resource), exchange in zip(row, exchanges or (), strict=False):
                shown = [t.get(key) for t in run.client.resources(operation, exchange)]
                if resource[key] not in shown:
                    message = "answers what this request asked for, whatever others ask for"
                    told = f"{exchange.response.status} {show(shown)} for {show(request)}"
                    run.recorder.report(
                        operation, Violation("at-once", message, found=told), exchange
                    )


def ask_all(
    operation: Operation, row: list[tuple[dict[str, Any], Resource]], client: TargetClient
) -> list[Exchange]:
    return [client.call(operation, asked) for asked, _ in row]


def test_rebuilds_at_the_same_moment(run: Run) -> None:
    """Each rebuild is answered, and there is one build afterwards; looks see none by halves."""
    access, releases = run.access, to_rebuild(run)
    if access is None or not releases:
        pytest.skip("no known release can be rebuilt")
    key = run.spec.entities[run.spec.release].key
    for chosen in ([releases[-1]] * 3, (releases * 3)[:3]):
        acts: list[Callable[[TargetClient], Exchange]] = []
        for release in chosen:
            acts.append(partial(rebuild, access, release[key]))
            acts.append(partial(look, access, release[key]))
        seen = at_once(run, acts)
        for release, exchange in zip(chosen, seen[::2], strict=True):
            judge_answer(run, access, str(release[key]), exchange)
        for release in {each[key]: each for each in chosen}.values():
            judge_after(run, access, release)


def rebuild(access: ReleaseOperations, key: str, client: TargetClient) -> Exchange:
    operation, asked_by = access.restart
    return client.call(operation, {asked_by: key})


def look(access: ReleaseOperations, key: str, client: TargetClient) -> Exchange:
    operation, asked_by = access.look
    client.call(operation, {asked_by: key})
    return client.call(operation, {asked_by: key})


def judge_answer(run: Run, access: ReleaseOperations, key: str, exchange: Exchange | None) -> None:
    if exchange is not None and exchange.response.status != SUCCESS:
        message = f"answers status {SUCCESS}: rebuilds at the same moment are all answered"
        found = f"{exchange.response.status} of {key}"
        run.recorder.report(access.restart[0], Violation("at-once", message, found=found), exchange)


def judge_after(run: Run, access: ReleaseOperations, release: Resource) -> None:
    """Processes that still wait have no logs of a build that another has taken the place of."""
    seen = run.look(release)
    if seen is None or phases(run.spec, seen[0]) != {"waiting"}:
        return
    full = [name for name in run.spec.build.role_properties("logs") if seen[0].get(name)]
    if full:
        message = "what a rebuild empties is empty while its build waits"
        told = Violation("at-once", message, f"/{full[0]}", show(seen[0][full[0]]))
        run.recorder.report(access.restart[0], told, seen[1])


def test_looks_beside_a_rebuild(run: Run, listing: Operation) -> None:
    """What is seen beside a rebuild is either what was before it or what it began."""
    access, releases = run.access, to_rebuild(run)
    if access is None or not releases or restarts(run.spec, listing):
        pytest.skip("no known release can be rebuilt")
    key = run.spec.entities[run.spec.release].key
    asked = next((a for _, a, t in ways(run, listing) if t[key] == releases[0][key]), None)
    if asked is None:
        pytest.skip("no list holds it")
    for _ in range(2):
        lists = [partial(ask_all, listing, [(asked, releases[0])] * 3)] * 3
        at_once(run, [*lists, partial(rebuild_one, access, str(releases[0][key]))])


def rebuild_one(access: ReleaseOperations, key: str, client: TargetClient) -> list[Exchange]:
    return [rebuild(access, key, client)]
