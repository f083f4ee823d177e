"""HTTP: methods, paths, bodies and queries. What each deserves, the record says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from mock_server.contract.document.spec import Operation, resolve

from ..run import edge_cases
from ..run.run import Run
from ..target.knowledge import sample_request
from ..target.roles import lookup_values, restarts
from ..target.target import JSON, Exchange

TOO_LONG = 2 * 1024 * 1024  # bytes
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def test_methods(run: Run, path: str) -> None:
    """A path takes its own methods, HEAD where it takes GET, OPTIONS, and no other."""
    own = {each.method for each in run.spec.operations.values() if each.path == path}
    if all(
        each.id in run.recorder.ignored
        for each in run.spec.operations.values()
        if each.path == path
    ):
        pytest.skip(f"{path} is not offered")
    for method in METHODS:
        if method not in own:
            run.client.session.send_request(method, path)


def test_other_paths(run: Run, path: str) -> None:
    """There is nothing at other paths; a trailing slash makes another path."""
    for other in (f"{path}/", f"{path}/more", f"{path}x", path.rpartition("/")[0], "/nothing/here"):
        for method in ("GET", "POST"):
            run.client.session.send_request(method, other)


def send(
    run: Run,
    operation: Operation,
    body: bytes | None,
    content_type: str | None = JSON,
    query: tuple[tuple[str, str], ...] = (),
) -> Exchange:
    """Sends an operation's request as it stands, with the token where one is needed."""
    headers = {} if content_type is None else {"Content-Type": content_type}
    if operation.needs_token and run.target.token is not None:
        headers["Authorization"] = f"Bearer {run.target.token}"
    return run.client.session.send_request(operation.method, operation.path, query, body, headers)


def harmless(run: Run, operation: Operation) -> Mapping[str, Any]:
    """A valid request, that of an unknown thing where it would begin something."""
    assert operation.lookup is not None
    if restarts(run.spec, operation):
        way = operation.lookup.ways[0]
        return {**dict.fromkeys(way.by, "no such thing"), **way.where}
    return sample_request(operation, run.known)


def test_bodies(run: Run, with_body: Operation) -> None:
    """A body is JSON in UTF-8 with each key once, and of the documented form."""
    valid = harmless(run, with_body)
    for body in edge_cases.bodies(valid):
        send(run, with_body, body)
    send(run, with_body, None, None)
    schema = resolve(run.spec.data, {"$ref": f"#{with_body.body}"})
    for changed in edge_cases.values(valid, list(schema.get("properties", {}))):
        send(run, with_body, json.dumps(changed).encode())


def test_bodies_that_are_too_long(run: Run, with_body: Operation) -> None:
    """A body longer than a server reads is refused in words, and breaks nothing."""
    longest = {**harmless(run, with_body), "not_a_property": "x" * TOO_LONG}
    send(run, with_body, json.dumps(longest).encode())


def test_ways_that_are_not_whole(run: Run, with_body: Operation) -> None:
    """A way to look things up that needs several keys is refused when one is left out, or says the
    opposite of what the way is for."""
    if restarts(run.spec, with_body):
        return
    for way in with_body.lookup.ways if with_body.lookup else ():
        filled = (lookup_values(way, chain) for chain in run.known.chains)
        asked: dict[str, Any] = {**next(filter(None, filled), {}), **way.where}
        if set(asked) != {*way.by, *way.where} or len(asked) < 2:
            continue
        for changed in edge_cases.partial(asked):
            send(run, with_body, json.dumps(changed).encode())


def test_content_types(run: Run, with_body: Operation) -> None:
    """A body is sent as JSON; parameters of the media type and its case do not matter."""
    body = json.dumps(harmless(run, with_body)).encode()
    for content_type in (None, *edge_cases.OTHER_TYPES):
        send(run, with_body, body, content_type)
        send(run, with_body, b"{", content_type)
    for content_type in (f"{JSON}; charset=utf-8", JSON.title()):
        send(run, with_body, body, content_type)


def test_queries(run: Run, with_query: Operation) -> None:
    """Query parameters are given at most once, are not empty, and are of their type."""
    valid = {name: str(text) for name, text in harmless(run, with_query).items()}
    body = json.dumps(harmless(run, with_query)).encode() if with_query.body else None
    for parameter in with_query.parameters:
        base = {} if with_query.body else valid
        for query in edge_cases.queries(base, parameter.name):
            send(run, with_query, body, JSON if body else None, query)
