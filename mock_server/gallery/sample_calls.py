"""Requests that the gallery offers, with the ``curl`` commands that send them."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

from ..contract.document.operation import Operation
from ..contract.document.references import combined
from ..contract.document.resources.types import ResourceType, key_text
from ..contract.document.spec import Spec
from ..generation.generate import CannotGenerateError
from ..generation.requests.sample_request import SampleRequest, sample_request
from ..http.credentials import first_token
from ..http.error_responses import JSON
from ..operations.call import Context
from ..operations.lookup import shows_one
from ..state.catalog import Resource, request_values
from ..state.view import View
from .preview import as_title

RESTART = "restart"
MOVING = (RESTART, "transition")  # actions that the console offers
LAST_WORD = re.compile(r"[/:]([A-Za-z][\w-]*[A-Za-rt-z])$")  # of a path; not a plural
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
    context: Context, view: View, resource: Resource, base: str, prefer: str | None = None
) -> SampleCall | None:
    """Return the request that gets a resource; None if the API has no such operation.

    base: prefix of the path; prefer: value of the header ``Prefer``.
    """
    headers = {} if prefer is None else {"prefer": prefer}
    operations = context.dataset.spec.operations.values()
    reading = (each for each in operations if shows_one(each, resource.type))
    calls = (_call_for(context, view, operation, resource, base) for operation in reading)
    call = next((call for call in calls if call), None)
    return replace(call, headers={**call.headers, **headers}) if call else None


def action_calls(
    context: Context, view: View, resource: Resource, base: str
) -> Iterator[tuple[Operation, SampleCall]]:
    """Yield the operations that restart a resource or move it to another status, restarts first.

    Each with its request, which has the token of the owner.
    """
    actions = actions_of(context.dataset.spec, resource.type)
    for operation in actions:
        signed = replace(operation, security=tuple(each for each in operation.security if each))
        call = _call_for(context, view, signed, resource, base)
        if call:
            yield operation, call


def actions_of(spec: Spec, resource_type: ResourceType) -> list[Operation]:
    """Return the operations that restart resources of a type or move them, restarts first."""
    actions = (o for o in spec.operations.values() if o.does in MOVING)
    own = [o for o in actions if o.action and o.action.finds == resource_type.name]
    return sorted(own, key=lambda operation: MOVING.index(str(operation.does)))


def word_of(operation: Operation) -> str:
    """Return what the API calls an action: the last word of its path, such as ``redeploy``."""
    word = LAST_WORD.search(operation.path)
    if word:
        return as_title(word[1].replace("-", "_")).lower()
    return RESTART if operation.does == RESTART else operation.summary or operation.id


def _call_for(
    context: Context, view: View, operation: Operation, resource: Resource, base: str
) -> SampleCall | None:
    """Return the request of an operation that finds a resource, by its key if that is possible."""
    values = values_for(operation, resource)
    if values is None:
        return None
    return _call_with(context, operation, values, base, token_for(view, resource))


def values_for(operation: Operation, resource: Resource) -> Mapping[str, Any] | None:
    """Return the parameters with which an operation finds a resource; None if it cannot find it."""
    by_key = f"{{{resource.type.name}.{resource.type.key}}}"
    ways = operation.lookup.ways if operation.lookup else ()
    ways = tuple(sorted(ways, key=lambda way: by_key not in way.by.values()))
    return next(filter(None, (request_values(way, resource) for way in ways)), None)


def token_for(view: View, resource: Resource) -> str:
    """Return a token of an owner; without one, that of any caller."""
    callers = (*view.tokens_of_owners(resource), *view.catalog.callers)
    return first_token(caller for caller in callers if caller.token)


def _call_with(
    context: Context, operation: Operation, values: Mapping[str, Any], base: str, token: str
) -> SampleCall | None:
    """Return a request with values in its path, its query or its body, and what else it requires.

    None if its schemas allow no value, or if its body is not JSON.
    """
    spec = context.dataset.spec
    try:
        sample = sample_request(context.judge.schemas, operation, token=token)
    except CannotGenerateError:
        return None
    path, of_path = operation.path.partition("?")[0], {p.name for p in operation.path_parameters}
    for name, value in {**sample.path_values, **values}.items():
        path = path.replace(f"{{{name}}}", quote(key_text(value), safe=""))
    queries = {parameter.name for parameter in operation.parameters}
    query = [(name, text) for name, text in sample.query if name not in values]
    query += [(name, key_text(value)) for name, value in values.items() if name in queries]
    body = {name: value for name, value in values.items() if name not in queries | of_path}
    has_body = bool(operation.bodies) and bool(body or operation.body_required)
    if has_body and not operation.bodies[0].is_json:
        return None
    body = body_with(spec, operation, sample, body)
    target = base + (operation.prefixes or spec.prefixes)[0] + path
    target += f"?{urlencode(query)}" if query else ""
    headers = {name.lower(): text for name, text in sample.headers.items()}
    return SampleCall(operation.method, target, body if has_body else None, headers)


def body_with(
    spec: Spec, operation: Operation, sample: SampleRequest, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a body with values, and with what else it requires, which a sample has."""
    required = _required_members(spec, operation, sample)
    return {**required, **spec.request_body(operation, values)}


def _required_members(spec: Spec, operation: Operation, sample: SampleRequest) -> dict[str, Any]:
    """Return the members that a body must have, with the values of a sample."""
    if operation.body is None or not isinstance(sample.value, dict):
        return {}
    required = combined(spec.data, {"$ref": f"#{operation.body}"}).get("required", ())
    return {name: sample.value[name] for name in required if name in sample.value}
