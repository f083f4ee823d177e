"""Requests that the gallery offers, with the ``curl`` commands that send them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from ..contract.document.operation import Operation
from ..contract.document.spec import Spec
from ..http.error_responses import JSON
from ..operations.call import Context
from ..state.catalog import Resource, key_text, request_values

ADMIN_TOKEN = '"authorization: Bearer $ADMIN_TOKEN"'  # a shell variable: no page shows the token


@dataclass(frozen=True)
class SampleCall:
    """A request.

    path: absolute path.
    control: whether it is a call of the control API, which can require the admin token.
    """

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    control: bool = False

    def json(self) -> str:
        """Return the request as JSON, for the script of the console."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def curl(self, origin: str, needs_token: bool = False) -> str:
        """Return the command that sends the request to an origin.

        needs_token: whether the control API of the mock requires the admin token.
        """
        words = ["curl", "-sS"]
        if self.method != ("GET" if self.body is None else "POST"):
            words += ["-X", self.method]
        words.append(shlex.quote(origin + self.path))
        if self.control and needs_token:
            words += ["-H", ADMIN_TOKEN]
        for name, value in self.headers.items():
            words += ["-H", shlex.quote(f"{name}: {value}")]
        if self.body is not None:
            words += ["-H", shlex.quote(f"content-type: {JSON[0][1]}")]
            words += ["-d", shlex.quote(json.dumps(self.body, ensure_ascii=False))]
        return " ".join(words)


def get_call(
    spec: Spec, resource: Resource, base: str, prefer: str | None = None
) -> SampleCall | None:
    """Return the request that gets a release; None if the API has no such operation.

    base: prefix of the path; prefer: value of the header ``Prefer``.
    """
    headers = {} if prefer is None else {"prefer": prefer}
    reading = (o for o in spec.operations.values() if o.effect is None and _shows_one(spec, o))
    calls = (_call_for(spec, operation, resource, base, headers) for operation in reading)
    return next((call for call in calls if call), None)


def rebuild_call(context: Context, resource: Resource, base: str) -> SampleCall | None:
    """Return the request that rebuilds a release, with the token of its owner.

    None if the API has no such operation.
    """
    spec, catalog = context.dataset.spec, context.dataset.catalog
    operation = next((o for o in spec.operations.values() if o.effect), None)
    if operation is None:
        return None
    owners = [owner.value for owner in catalog.owners(resource)]
    tokens = (a.token for a in catalog.accounts if a.account in owners)
    token = next((token for token in tokens if token), None)
    headers = {"authorization": f"Bearer {token}"} if token and operation.takes_token else {}
    return _call_for(spec, operation, resource, base, headers)


def _shows_one(spec: Spec, operation: Operation) -> bool:
    """Return whether an operation looks up one release and returns it as JSON."""
    success, lookup = operation.success, operation.lookup
    finds_release = lookup is not None and lookup.finds == spec.release
    return finds_release and spec.release in dict(success.resources) and not success.returns_list


def _call_for(
    spec: Spec, operation: Operation, resource: Resource, base: str, headers: Mapping[str, str]
) -> SampleCall | None:
    """Return the request of an operation that finds a release, by its key if that is possible."""
    by_key = f"{{{spec.release}.{spec.key}}}"
    ways = operation.lookup.ways if operation.lookup else ()
    for way in sorted(ways, key=lambda way: by_key not in way.by.values()):
        values = request_values(way, resource)
        if values is not None:
            return _call_with(spec, operation, values, base, headers)
    return None


def _call_with(
    spec: Spec,
    operation: Operation,
    values: Mapping[str, Any],
    base: str,
    headers: Mapping[str, str],
) -> SampleCall:
    """Return a request with values in its path, its query or its body."""
    path = base + spec.prefixes[0] + operation.path
    of_path = {parameter.name for parameter in operation.path_parameters}
    for name in of_path & values.keys():
        path = path.replace(f"{{{name}}}", quote(key_text(values[name]), safe=""))
    queries = {parameter.name for parameter in operation.parameters}
    query = {name: key_text(value) for name, value in values.items() if name in queries}
    path += f"?{urlencode(query)}" if query else ""
    body = {name: value for name, value in values.items() if name not in queries | of_path}
    has_body = bool(operation.bodies) and bool(body or operation.body_required)
    body = spec.request_body(operation, body)
    return SampleCall(operation.method, path, body if has_body else None, headers)
