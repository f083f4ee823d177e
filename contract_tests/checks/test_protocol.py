"""Sends unusual methods, paths, bodies and queries. The recorder judges the responses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from werkzeug.http import parse_set_header

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.references import combined
from mock_server.contract.exchange import Exchange
from mock_server.contract.violations import Violation

from ..cases import edge_cases
from ..run.run import Run
from ..target.knowledge import sample_request
from ..target.roles import lookup_values, restarts
from ..target.target import JSON

REFUSED = (405, 501)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def test_methods(run: Run, path: str) -> None:
    """A path accepts its own methods, HEAD if it accepts GET, OPTIONS, and no other."""
    operations = [each for each in run.spec.operations.values() if each.path == path]
    if all(operation.id in run.recorder.ignored for operation in operations):
        pytest.skip(f"{path} is not offered")
    documented = {operation.method for operation in operations}
    undocumented = (method for method in METHODS if method not in documented)
    exchanges = [run.client.session.send_request(method, path) for method in undocumented]
    check_allow(run, operations[0], exchanges)


def check_allow(run: Run, operation: Operation, exchanges: Iterable[Exchange]) -> None:
    """Report an `Allow` header that names a method which the same path refuses."""
    refused = {
        exchange.request.method: exchange.response.status
        for exchange in exchanges
        if exchange.response.status in REFUSED
    }
    for exchange in exchanges:
        named = {each.upper() for each in parse_set_header(exchange.response.header("allow"))}
        for method in sorted(named & refused.keys())[:1]:
            message = "must list only methods that the path supports in Allow"
            found = f"{exchange.response.header('allow')}; {method} got {refused[method]}"
            run.recorder.report(operation, Violation("allow", message, found=found), exchange)
            return


def test_unknown_paths(run: Run, path: str) -> None:
    """Every other path gets 404; a path with a trailing slash is another path."""
    unknown = (f"{path}/", f"{path}/more", f"{path}x", path.rpartition("/")[0], "/nothing/here")
    for other in unknown:
        for method in ("GET", "POST"):
            run.client.session.send_request(method, other)


def send(
    run: Run,
    operation: Operation,
    body: bytes | None,
    content_type: str | None = JSON,
    query: tuple[tuple[str, str], ...] = (),
) -> Exchange:
    """Send a request with the token if the operation needs one."""
    headers = {} if content_type is None else {"Content-Type": content_type}
    if operation.needs_token and run.target.token is not None:
        headers["Authorization"] = f"Bearer {run.target.token}"
    return run.client.session.send_request(operation.method, operation.path, query, body, headers)


def harmless_values(run: Run, operation: Operation) -> Mapping[str, Any]:
    """Return the values of a valid request; for an unknown resource if it would restart one."""
    assert operation.lookup is not None
    if restarts(run.spec, operation):
        way = operation.lookup.ways[0]
        return {**dict.fromkeys(way.by, edge_cases.UNKNOWN), **way.where}
    return sample_request(operation, run.known)


def test_bodies(run: Run, body_operation: Operation) -> None:
    """A body must be JSON in UTF-8, without duplicate keys, and must match the schema."""
    valid = harmless_values(run, body_operation)
    for body in edge_cases.bodies(valid):
        send(run, body_operation, body)
    send(run, body_operation, None, None)
    schema = combined(run.spec.data, {"$ref": f"#{body_operation.body}"})
    names = list(schema.get("properties", {}))
    send(run, body_operation, json.dumps(dict.fromkeys(names, 1)).encode())
    for changed in edge_cases.values(valid, names):
        send(run, body_operation, json.dumps(changed).encode())


def test_incomplete_lookups(run: Run, body_operation: Operation) -> None:
    """A lookup by several properties is rejected if one is absent or has the wrong boolean."""
    if restarts(run.spec, body_operation):
        return
    for way in body_operation.lookup.ways if body_operation.lookup else ():
        known = (lookup_values(way, chain) for chain in run.known.chains)
        values: dict[str, Any] = {**next(filter(None, known), {}), **way.where}
        if set(values) != {*way.by, *way.where} or len(values) < 2:
            continue
        for changed in edge_cases.incomplete(values):
            send(run, body_operation, json.dumps(changed).encode())


def test_content_types(run: Run, body_operation: Operation) -> None:
    """A body must be sent as JSON; the case and the parameters of the media type do not matter."""
    body = json.dumps(harmless_values(run, body_operation)).encode()
    for content_type in (None, *edge_cases.OTHER_TYPES):
        send(run, body_operation, body, content_type)
        send(run, body_operation, b"{", content_type)
    for content_type in (f"{JSON}; charset=utf-8", JSON.title()):
        send(run, body_operation, body, content_type)


def test_values_in_the_wrong_place_are_not_read(run: Run, operation: Operation) -> None:
    """A lookup reads its values from the body if it has one, or else from the query.

    It ignores them in the other place. This matters most for a path with two methods.
    """
    if operation.lookup is None or operation.lookup.otherwise or restarts(run.spec, operation):
        return
    values = {name: str(text) for name, text in sample_request(operation, run.known).items()}
    if operation.body is not None:
        send(run, operation, b"{}", query=tuple(values.items()))
    else:
        send(run, operation, json.dumps(values).encode())


def test_queries(run: Run, query_operation: Operation) -> None:
    """A query parameter must occur at most once, must not be empty, and must have its type."""
    valid = {name: str(text) for name, text in harmless_values(run, query_operation).items()}
    body = (
        json.dumps(harmless_values(run, query_operation)).encode() if query_operation.body else None
    )
    for parameter in query_operation.parameters:
        others = {} if query_operation.body else valid
        for query in edge_cases.queries(others, parameter.name):
            send(run, query_operation, body, JSON if body else None, query)
