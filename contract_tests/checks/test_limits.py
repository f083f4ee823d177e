"""Checks requests at the limits of a server: long bodies, extreme numbers, deep nesting."""

from __future__ import annotations

import json

from mock_server.contract.document.spec import Operation

from ..judging.expectations import ALWAYS_READ
from ..run import edge_cases
from ..run.run import Run
from ..target.roles import restarts, returns_list
from ..target.target import JSON, Exchange, TargetSession
from .test_lookups import check_match, known_lookups
from .test_protocol import harmless_values, send

TOO_LONG = 2 * 1024 * 1024  # bytes
PADDING = "not_a_property"


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
    if body_operation.effect is None:
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
        if exchange.response.status >= 500:
            run.recorder.record(exchange)
