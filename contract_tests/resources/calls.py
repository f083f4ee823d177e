"""Call the operations of a target for a resource, and read the resources in their responses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.resources.types import key_text
from mock_server.contract.exchange import Exchange
from mock_server.contract.judge import resources_in

from ..cases.exploration import parsed
from ..run.run import Run
from ..target.credentials import Credentials, credentials_of, without_credentials
from ..target.paths import fill, parameter_names
from ..target.roles import Chain, Resource
from ..target.target import JSON
from ..target.type_operations import finds, values_of


@dataclass(frozen=True)
class Call:
    """What a request has beside the parameters that name its resource.

    body: None for none. other: whether the other caller sends it. anonymous: whether nobody does,
    so that it has no credentials.
    """

    body: Any = None
    query: Mapping[str, str] | tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] | tuple[tuple[str, str], ...] = ()
    other: bool = False
    anonymous: bool = False


def send(run: Run, operation: Operation, chain: Chain, call: Call | None = None) -> Exchange | None:
    """Call an operation for a resource, or for the list of a parent.

    chain: the resource and its parents, each by its type. None if no value of the chain names it.
    Raises requests.RequestException.
    """
    values = values_of(run.spec, operation, chain)
    return None if values is None else send_values(run, operation, values, call or Call())


def send_values(run: Run, operation: Operation, values: Mapping[str, Any], call: Call) -> Exchange:
    """Call an operation with these parameters. Raises requests.RequestException."""
    credentials = credentials_of(operation, run.target, call.other)
    if call.anonymous:
        credentials = Credentials()
    of_path = {name: key_text(values[name]) for name in parameter_names(operation.path)}
    others = {name: value for name, value in values.items() if name not in of_path}
    in_query = {each.name for each in operation.parameters}
    query = {name: key_text(value) for name, value in others.items() if name in in_query}
    in_body = {name: value for name, value in others.items() if name not in in_query}
    body = {**in_body, **(call.body or {})} if in_body else call.body
    content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
    headers = {**credentials.headers, **dict(call.headers)}
    if content is not None:
        headers.setdefault("content-type", media_type_of(operation))
    parts = (
        operation.method,
        fill(operation.path, of_path),
        {**query, **credentials.query, **dict(call.query)},
        content,
        headers,
    )
    session = run.client.session
    if not call.anonymous:
        return session.send_request(*parts)
    # The further headers of a target can be credentials too, and a session sends them always.
    target = without_credentials(run.target, operation)
    with closing(replace(session, target=target)) as anonymous:
        return anonymous.send_request(*parts)


def media_type_of(operation: Operation) -> str:
    """Return the media type in which the run sends JSON to an operation."""
    listed = (body.media_type for body in operation.bodies if body.is_json)
    return next((each for each in listed if "*" not in each), JSON)


def resources_of(operation: Operation, exchange: Exchange) -> list[Resource]:
    """Return the resources in a success: those of the type that the operation finds."""
    documented, body = operation.documented(exchange.response.status), parsed(exchange)
    if documented is None or body is None:
        return []
    found = [(name, value) for name, _, value in resources_in(documented, body)]
    return [value for name, value in found if name == finds(operation) and isinstance(value, dict)]


def resource_of(operation: Operation, exchange: Exchange) -> Resource | None:
    """Return the resource in a success; None if there is none."""
    return next(iter(resources_of(operation, exchange)), None)
