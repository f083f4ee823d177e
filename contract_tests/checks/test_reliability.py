"""Checks the reliability of a server: repeated requests, long bodies, extreme values.

A server that is only wrong sometimes is found here.
"""

from __future__ import annotations

import json

from mock_server.contract.document.operation import Operation
from mock_server.contract.exchange import Exchange
from mock_server.contract.violations import Violation

from ..cases import edge_cases
from ..judging.expectations import ALWAYS_READ
from ..judging.protocol import excerpt
from ..run.run import Run
from ..target.knowledge import TargetClient
from ..target.roles import SUCCESSES, restarts, returns_list
from ..target.target import JSON, TargetSession
from .test_lookups import check_equal, check_match, key_of, known_lookups
from .test_protocol import harmless_values, send

REPETITIONS = 36
REPETITIONS_OF_LISTS = 12  # lists are long
TOO_LONG = 2 * 1024 * 1024  # bytes
PADDING = "not_a_property"


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
            if exchange.response.status not in (*SUCCESSES, 404):
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


def padded(values: object, size: int) -> bytes:
    """Return a JSON body of this size in bytes, made long by a property that is not defined."""
    assert isinstance(values, dict)
    body = json.dumps({**values, PADDING: ""}).encode()
    return body[:-2] + b"x" * (size - len(body)) + body[-2:]


def test_bodies_up_to_the_limit_are_read(run: Run, body_operation: Operation) -> None:
    """A body of the size that every server must read is not too large."""
    if restarts(run.spec, body_operation) or returns_list(body_operation):
        send(run, body_operation, padded(harmless_values(run, body_operation), ALWAYS_READ))
        return
    for way, values, resource in list(known_lookups(run, body_operation))[:1]:
        exchange = send(run, body_operation, padded(values, ALWAYS_READ))
        resources = run.client.resources(body_operation, exchange)
        check_match(run, body_operation, way, resource, values, resources, exchange)


def test_too_long_bodies(run: Run, body_operation: Operation) -> None:
    """A body that is too long is accepted or gets 413, and no error with a higher priority hides.

    The order of errors is that of the contract, also for a body that is too long.
    """
    body = padded(dict(harmless_values(run, body_operation)), TOO_LONG)
    send(run, body_operation, body)
    if body_operation.action is None:
        return
    send(run, body_operation, body, "text/plain")
    for authorization in (None, "Bearer not-a-token"):
        headers = {"Content-Type": JSON}
        if authorization is not None:
            headers["Authorization"] = authorization
        method, path = body_operation.method, body_operation.path
        run.client.session.send_request(method, path, (), body, headers)


def test_extreme_values_break_nothing(run: Run, body_operation: Operation) -> None:
    """An extreme value of a property that the contract does not define breaks nothing.

    A server may limit numbers and the depth of nesting (RFC 8259, section 9): it may ignore the
    property or reject the request. An error of the server is never right.
    """
    values = harmless_values(run, body_operation)
    exchanges: list[Exchange] = []
    session = TargetSession(run.target, exchanges.append, run.recorder.record_error)
    headers = {"Content-Type": JSON}
    if body_operation.needs_token and run.target.token is not None:
        headers["Authorization"] = f"Bearer {run.target.token}"
    for body in edge_cases.extreme_bodies(values):
        session.send_request(body_operation.method, body_operation.path, (), body, headers)
    session.close()
    for exchange in exchanges:
        status = exchange.response.status
        if status >= 500:
            message = (
                "must ignore an unknown key, or reject a value beyond the limits of the server"
            )
            violation = Violation(f"status {status}", message, found=excerpt(exchange))
            run.recorder.report(body_operation, violation, exchange)
