"""Checks requests at the same time: each gets its own response, and changes are atomic."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import cycle, islice
from typing import Any

import pytest

from mock_server.contract.document.operation import Operation
from mock_server.contract.exchange import Exchange
from mock_server.contract.violations import Violation, show

from ..run.concurrent_requests import run_at_once
from ..run.run import Run
from ..run.timelines import RestartOperations
from ..target.knowledge import TargetClient
from ..target.roles import SUCCESSES, Resource, phases, restarts, returns_list, timeline_of
from .test_lookups import key_of, known_lookups
from .test_timelines import resources_to_restart

THREADS = 6
ROUNDS = 3
REQUESTS = 4  # of each thread in a round; only one for lists, which are long


def test_concurrent_requests_get_their_own_response(run: Run, operation: Operation) -> None:
    """Requests for different resources at the same time each return their own resource."""
    lookups = [(values, resource) for _, values, resource in known_lookups(run, operation)]
    if len(lookups) < 2 or restarts(run.spec, operation):
        pytest.skip("only one known resource, or the operation restarts timelines")
    key, rotating = key_of(run, operation), cycle(lookups)
    requests = 1 if returns_list(operation) else REQUESTS
    for _ in range(ROUNDS):
        rows = [list(islice(rotating, requests)) for _ in range(THREADS)]
        results = run_at_once(run, [partial(call_all, operation, row) for row in rows])
        for row, exchanges in zip(rows, results, strict=True):
            for (values, resource), exchange in zip(row, exchanges or (), strict=False):
                keys = [each.get(key) for each in run.client.resources(operation, exchange)]
                if resource[key] not in keys and _is_right_alone(run, operation, values, resource):
                    message = "must return the requested resource also during other requests"
                    status = exchange.response.status
                    found = f"status {status} with {key} {show(keys)} for {show(values)}"
                    violation = Violation("at-once", message, found=found)
                    run.recorder.report(operation, violation, exchange)


def _is_right_alone(
    run: Run, operation: Operation, values: dict[str, Any], resource: Resource
) -> bool:
    """Return whether a request gets its resource when no other is sent at the same time.

    Otherwise the response is wrong in any case, which other checks report.
    """
    key, exchange = key_of(run, operation), run.client.call(operation, values)
    return resource[key] in [each.get(key) for each in run.client.resources(operation, exchange)]


def call_all(
    operation: Operation, row: list[tuple[dict[str, Any], Resource]], client: TargetClient
) -> list[Exchange]:
    return [client.call(operation, values) for values, _ in row]


def test_concurrent_restarts(run: Run) -> None:
    """Restarts at the same time all succeed and have one result. Reads see no partial state."""
    operations, resources = run.restart_operations, resources_to_restart(run)
    if operations is None or not resources:
        pytest.skip(f"no known {run.label} can be restarted")
    key = run.key
    for chosen in ([resources[-1]] * 3, (resources * 3)[:3]):
        actions: list[Callable[[TargetClient], Exchange]] = []
        for resource in chosen:
            actions.append(partial(restart, operations, resource[key]))
            actions.append(partial(read_twice, operations, resource[key]))
        exchanges = run_at_once(run, actions)
        for resource, exchange in zip(chosen, exchanges[::2], strict=True):
            check_success(run, operations, str(resource[key]), exchange)
        for resource in {resource[key]: resource for resource in chosen}.values():
            check_empty_logs(run, operations, resource)


def restart(operations: RestartOperations, key: str, client: TargetClient) -> Exchange:
    operation, parameter = operations.restart
    return client.call(operation, {parameter: key})


def read_twice(operations: RestartOperations, key: str, client: TargetClient) -> Exchange:
    operation, parameter = operations.read
    client.call(operation, {parameter: key})
    return client.call(operation, {parameter: key})


def check_success(
    run: Run, operations: RestartOperations, key: str, exchange: Exchange | None
) -> None:
    """Report a restart that failed; None is a request without response, reported already."""
    if exchange is None or exchange.response.status in SUCCESSES:
        return
    alone = restart(operations, key, run.client)
    if alone.response.status in SUCCESSES:
        status = operations.restart[0].success.status
        message = f"status must be {status} for each of several restarts at the same time"
        found = f"{exchange.response.status} for {key}"
        violation = Violation("at-once", message, found=found)
        run.recorder.report(operations.restart[0], violation, exchange)


def check_empty_logs(run: Run, operations: RestartOperations, resource: Resource) -> None:
    """Report logs of an earlier timeline in a resource whose processes still wait."""
    current = run.read(resource)
    if current is None or phases(run.spec, current[0]) != {"waiting"}:
        return
    filled = filled_log(run, current[0])
    if filled is None:
        return
    restart(operations, str(resource[run.key]), run.client)
    alone = run.read(resource)
    if alone is not None and filled_log(run, alone[0]) is None:
        message = "must be empty after a restart until the process starts"
        violation = Violation("at-once", message, f"/{filled}", show(current[0][filled]))
        run.recorder.report(operations.restart[0], violation, current[1])


def filled_log(run: Run, resource: Resource) -> str | None:
    """Return the first property with log entries."""
    logs = timeline_of(run.spec).role_properties("logs")
    return next((name for name in logs if resource.get(name)), None)


def test_lists_during_a_restart(run: Run, list_operation: Operation) -> None:
    """Lists that are read during a restart show the resource before it or after it."""
    operations, resources = run.restart_operations, resources_to_restart(run)
    if operations is None or not resources or restarts(run.spec, list_operation):
        pytest.skip(f"no known {run.label} can be restarted")
    key = str(resources[0][run.key])
    values = next(
        (
            values
            for _, values, resource in known_lookups(run, list_operation)
            if resource[run.key] == key
        ),
        None,
    )
    if values is None:
        pytest.skip(f"no list contains the {run.label}")
    for _ in range(2):
        reads = [partial(call_all, list_operation, [(values, resources[0])] * 3)] * 3
        run_at_once(run, [*reads, partial(restart_once, operations, key)])


def restart_once(operations: RestartOperations, key: str, client: TargetClient) -> list[Exchange]:
    return [restart(operations, key, client)]
