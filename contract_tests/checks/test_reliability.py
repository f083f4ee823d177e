"""Checks repeated requests: a server that is only wrong sometimes is found here."""

from __future__ import annotations

from mock_server.contract.document.spec import Operation
from mock_server.contract.violations import Violation

from ..run import edge_cases
from ..run.run import Run
from ..target.knowledge import TargetClient
from ..target.roles import SUCCESS, restarts, returns_list
from ..target.target import Exchange, TargetSession
from .test_lookups import check_equal, check_match, key_of, known_lookups

REPETITIONS = 36
REPETITIONS_OF_LISTS = 12  # lists are long


def test_repeated_requests_get_the_same_response(run: Run, operation: Operation) -> None:
    """A request that succeeds once succeeds each time, with the same resource."""
    if restarts(run.spec, operation):
        return
    key = key_of(run, operation)
    for way, values, resource in list(known_lookups(run, operation))[:1]:
        exchanges: list[Exchange] = []
        session = TargetSession(run.target, exchanges.append, run.recorder.record_error)
        client = TargetClient(run.spec, session)
        for _ in range(REPETITIONS_OF_LISTS if returns_list(operation) else REPETITIONS):
            client.call(operation, values)
        for exchange in exchanges:
            run.recorder.record(exchange)
            if exchange.response.status not in (SUCCESS, 404):
                continue  # the recorder has reported it
            resources = run.client.resources(operation, exchange)
            same = [each for each in resources if each.get(key) == resource[key]]
            shown = same or resources[:1]
            if check_match(run, operation, way, resource, values, shown, exchange):
                check_equal(run, operation, resource, values, shown[0])


def test_head_matches_get(run: Run, query_operation: Operation) -> None:
    """HEAD returns the status and the content type of GET, and no body."""
    if query_operation.method != "GET":
        return
    session, path = run.client.session, query_operation.path
    known = [values for _, values, _ in known_lookups(run, query_operation)]
    unknown = [{name: edge_cases.UNKNOWN} for values in known[:1] for name in values]
    for values in (*known[:1], *known[-1:], *unknown):
        get = session.send_request("GET", path, values).response
        exchange = session.send_request("HEAD", path, values)
        head = exchange.response
        if (head.status, head.media_type) != (get.status, get.media_type):
            message = "must return the status and content type of GET for HEAD"
            found = f"{head.status} {head.media_type}; for GET {get.status} {get.media_type}"
            run.recorder.report(query_operation, Violation("head", message, found=found), exchange)
