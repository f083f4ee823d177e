"""Checks items: each has its own id, is found when it was created, and is gone when deleted."""

from __future__ import annotations

import time
from functools import partial
from itertools import cycle, islice
from typing import Any

import pytest
from schemathesis.generation.case import Case

from mock_server.contract.document.operation import Operation
from mock_server.contract.exchange import Exchange
from mock_server.contract.violations import Violation, show

from ...cases import edge_cases
from ...cases.api_shape import reader_of, remover_of
from ...cases.exploration import Explorer, parsed
from ...cases.identifiers import objects
from ...cases.valid_requests import ValidRequests
from ...judging.protocol import excerpt
from ...run.concurrent_requests import run_at_once
from ...run.run import Run
from ...target.knowledge import TargetClient
from ...target.paths import Values, fill, parameter_names, positions
from ...target.roles import is_success

ITEMS = 6  # of each path
THREADS, REQUESTS = 4, 6  # of each thread
SETTLING = 2.0  # seconds until a change shows in every copy of the data
POLL = 0.2  # seconds
UNKNOWN_IDS = 3  # that are generated to find out whether a target finds every id
REMOVED = (200, 204)  # a status of DELETE after which the item does not exist; 202 is too early


def read(requests: ValidRequests, run: Run, operation: Operation, values: Values) -> Exchange:
    """Read an item."""
    (case,) = requests.of(operation, 1, values)
    return send(run, case)


def send(run: Run, case: Case[Any]) -> Exchange:
    case.call(session=run.client.session)
    return run.client.session.last


def id_in(run: Run, item: str, exchange: Exchange) -> str | None:
    """Return the id in a successful response; None if the response does not contain it."""
    name = run.ids.properties.get(positions(item))
    bodies = objects(parsed(exchange))
    return next((str(each[name]) for each in bodies if name is not None and name in each), None)


def check_id(run: Run, item: str, operation: Operation, values: Values, exchange: Exchange) -> bool:
    """Report a response that contains another item than the requested one; return if it does."""
    found = id_in(run, item, exchange)
    if found in (None, values[-1]):
        return False
    name = run.ids.properties[positions(item)]
    message = f"must return the item that the path identifies, with its {name}"
    violation = Violation("another-item", message, f"/{name}", f"{show(found)} for {values[-1]}")
    run.recorder.report(operation, violation, exchange)
    return True


def test_an_item_has_the_requested_id(run: Run, valid_requests: ValidRequests, item: str) -> None:
    """A path with the id of an item returns this item, and no other."""
    operation = reader_of(run.spec, item)
    if operation is None:
        return
    for values in run.ids.of(item)[:ITEMS]:
        exchange = read(valid_requests, run, operation, values)
        if check_id(run, item, operation, values, exchange):
            return


def test_unknown_ids_find_no_item(run: Run, item: str) -> None:
    """A path with an unknown id does not return the item of another id."""
    operation = reader_of(run.spec, item)
    if operation is None:
        return
    known = run.ids.of(item)
    parents = known[0][:-1] if known else ("unknown",) * (len(parameter_names(item)) - 1)
    for text in (*edge_cases.MOST_REVEALING, "0", "-1", "999999999"):
        values = (*parents, text)
        if values in known:
            continue
        template = dict(zip(parameter_names(item), values, strict=True))
        path = fill(item, template)
        exchange = run.client.session.send_request(operation.method, path)
        if is_success(exchange.response.status) and check_id(
            run, item, operation, values, exchange
        ):
            return


def test_concurrent_requests_get_their_own_item(
    run: Run, valid_requests: ValidRequests, item: str
) -> None:
    """Requests for different items at the same time each return their own item."""
    operation = reader_of(run.spec, item)
    known = run.ids.of(item)[:ITEMS]
    if len(known) < 2 or operation is None or positions(item) not in run.ids.properties:
        pytest.skip("only one item is known")
    cases = [(values, valid_requests.of(operation, 1, values)[0]) for values in known]
    rotating = cycle(cases)
    rows = [list(islice(rotating, REQUESTS)) for _ in range(THREADS)]
    results = run_at_once(run, [partial(_send_all, row) for row in rows])
    for row, exchanges in zip(rows, results, strict=True):
        for (values, _), exchange in zip(row, exchanges or (), strict=False):
            if check_id(run, item, operation, values, exchange):
                return


def _send_all(row: list[tuple[Values, Case[Any]]], client: TargetClient) -> list[Exchange]:
    exchanges = []
    for _, case in row:
        case.call(session=client.session)
        exchanges.append(client.session.last)
    return exchanges


def test_a_created_item_is_found(run: Run, explorer: Explorer, created_item: str) -> None:
    """An item that a response says was created is found by its id."""
    created = explorer.create(created_item)
    if created is None:
        pytest.skip("no item could be created")
    values, exchange = created
    reader = reader_of(run.spec, created_item)
    if reader is None or exchange.response.status == 202:
        pytest.skip("no operation reads the item, or it is created later")
    read_item = partial(read, explorer.requests, run, reader, values)
    found = settled(read_item, wanted=True)
    if not is_success(found.response.status):
        message = "must find an item that was created"
        violation = Violation("created", message, found=excerpt(found))
        run.recorder.report(reader, violation, exchange, found)
        return
    if not check_id(run, created_item, reader, values, found):
        explorer.add(created_item, values, exchange)


def test_a_deleted_item_is_gone(run: Run, explorer: Explorer, deleted_item: str) -> None:
    """An item that was deleted is not found any longer (RFC 9110, section 9.3.5)."""
    remover, reader = remover_of(run.spec, deleted_item), reader_of(run.spec, deleted_item)
    created = explorer.create(deleted_item)
    if created is None or remover is None:
        pytest.skip("no item could be created")
    values, _ = created
    deleted = read(explorer.requests, run, remover, values)
    if not is_success(deleted.response.status):
        return  # the recorder judges the status
    run.ids.remove(deleted_item, values)
    if reader is None or deleted.response.status not in REMOVED:
        return
    found = settled(partial(read, explorer.requests, run, reader, values), wanted=False)
    if is_success(found.response.status):
        if finds_every_id(run, explorer.requests, reader):
            run.skipped[f"deletion of {deleted_item}"] = "the target finds every id"
            return
        message = "must not find an item that was deleted"
        violation = Violation("deleted", message, found=excerpt(found))
        run.recorder.report(remover, violation, deleted, found)


def finds_every_id(run: Run, requests: ValidRequests, reader: Operation) -> bool:
    """Return whether a target also finds ids that nobody has created, as one without data does."""
    unknown = [case for case in requests.generated(reader, UNKNOWN_IDS) if case.path_parameters]
    return bool(unknown) and all(is_success(send(run, case).response.status) for case in unknown)


def settled(read_item: partial[Exchange], wanted: bool) -> Exchange:
    """Read an item until it is found, or until it is not; return the last response."""
    deadline = time.monotonic() + SETTLING
    exchange = read_item()
    while is_success(exchange.response.status) != wanted and time.monotonic() < deadline:
        time.sleep(POLL)
        exchange = read_item()
    return exchange
