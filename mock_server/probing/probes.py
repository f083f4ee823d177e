"""The requests that are sent for one operation, each with the statuses that it expects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..app.mock import Mock
from ..contract.document.operation import Operation, is_json
from ..contract.document.resources.types import key_text
from ..contract.exchange import ENCODED_SLASH, Request
from ..contract.requests import Accepted, Rejected
from .requests import ValidRequest

UNKNOWN = "unknown-id"
# Bodies of which a schema usually rejects at least one
WRONG_BODIES: tuple[Any, ...] = (0, "", [], {}, None, [0], True)


@dataclass(frozen=True)
class Probe:
    """A request. name: describes it in messages.

    statuses: those that its response may have; empty for every status below 500.
    accepted: the request as the judge accepts it; None if it must be refused.
    """

    name: str
    request: Request
    statuses: tuple[int, ...] = ()
    accepted: Accepted | None = None


def probes_of(mock: Mock, operation: Operation, valid: ValidRequest) -> Iterator[Probe]:
    """Yield a valid request, and variants of it that get the other responses of the operation."""
    success = operation.success.status
    statuses = (success,) if valid.known else (success, 404)
    yield Probe("a valid request", valid.request, statuses, valid.accepted)
    if operation.needs_token:
        yield Probe("a request without credentials", valid.anonymous, _refused(operation))
    wrong = _with_wrong_body(mock, operation, valid)
    if wrong is not None:
        yield Probe("a request with a wrong body", wrong)
    if operation.lookup and not operation.success.returns_list:
        yield from _unknown(operation, valid)
    for status in operation.responses:
        if status != success and 200 <= status <= 599:
            headers = {**valid.request.headers, "prefer": f"code={status}"}
            request = replace(valid.request, headers=headers)
            yield Probe(f"a request that prefers code={status}", request, (status,))


def _refused(operation: Operation) -> tuple[int, ...]:
    """Return the status without credentials: no request can lack those of a connection."""
    schemes = (scheme for alternative in operation.security for scheme in alternative)
    return (401,) if all(scheme.in_request for scheme in schemes) else ()


def _with_wrong_body(mock: Mock, operation: Operation, valid: ValidRequest) -> Request | None:
    """Return the request with a body that the operation refuses; None if it accepts all."""
    if not operation.bodies or not is_json(valid.request.media_type):
        return None
    for value in WRONG_BODIES:
        request = replace(valid.request, body=json.dumps(value).encode())
        if isinstance(mock.resolver.judge.judge(operation, request), Rejected):
            return request
    return None


def _with_unknown(path: str, key: str) -> str:
    """Return a path with an unknown key in place of a key: its last segment that is the key, or has
    it."""
    text, segments = key.replace("/", ENCODED_SLASH), path.split("/")
    having = [i for i, each in enumerate(segments) if text in each]
    equal = [i for i in having if segments[i] == text]
    for index in (equal or having)[-1:]:
        segments[index] = segments[index].replace(text, UNKNOWN)
    return "/".join(segments)


def _unknown(operation: Operation, valid: ValidRequest) -> Iterator[Probe]:
    """Yield the request for a resource that does not exist, if its key can be any text."""
    lookup, request = operation.lookup, valid.request
    way = lookup.ways[0] if lookup and lookup.ways else None
    if way is None or not valid.known:
        return
    for name in way.by:
        if any(parameter.name == name for parameter in operation.path_parameters):
            key = key_text(valid.accepted.path[name])
            request = replace(request, path=_with_unknown(request.path, key))
        elif any(parameter.name == name for parameter in operation.parameters):
            query = tuple((k, UNKNOWN if k == name else text) for k, text in request.query)
            request = replace(request, query=query)
        elif is_json(request.media_type) and request.body:
            body = json.loads(request.body)
            if isinstance(body, dict) and name in body:
                request = replace(request, body=json.dumps({**body, name: UNKNOWN}).encode())
    if request != valid.request:
        yield Probe("a request for an unknown id", request, (404, 400, 422))
