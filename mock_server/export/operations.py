"""The operations as data: how each finds and changes resources, and its responses.

An operation on no resource is left out, and so are event streams.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..contract.document.operation import (
    PARAMETER,
    Action,
    LookupWay,
    Operation,
    Page,
    Parameter,
    is_json,
)
from ..contract.document.resources.loading import as_tuple, body_defaults
from ..contract.document.resources.types import FIELD, ResourceType
from ..contract.document.schemas import Schemas
from ..contract.document.spec import Spec
from ..contract.rules.expressions import OWNER
from ..generation.success_bodies import success_body
from ..operations.call import RefusalError
from ..operations.changes.conditions import CREATE
from ..operations.lookup import way_by_path
from ..operations.refusals import Refusals
from ..state.dataset import Dataset
from .responses import NOW


def operations(dataset: Dataset) -> list[dict[str, Any]]:
    """Return every operation on resources, without the streams."""
    refusals = Refusals(dataset.spec, Schemas(dataset.spec.data))
    return [
        _operation(refusals, operation)
        for operation in dataset.spec.operations.values()
        if (operation.lookup or operation.action) and not operation.success.events
    ]


def _operation(refusals: Refusals, operation: Operation) -> dict[str, Any]:
    """Return the value of the type ``Operation`` in ``handlers.ts``."""
    spec, schemas = refusals.spec, refusals.schemas
    lookup, success, action = operation.lookup, operation.success, operation.action
    found = spec.type_of(operation)
    name = found.name if found else ""
    location = next((path for each, path in success.resources if each == name), None)
    template = success_body(schemas, success, {each: [None] for each, _ in success.resources})
    roles = spec.timeline(name)
    return {
        "id": operation.id,
        "method": operation.method.lower(),
        "path": PARAMETER.sub(r":\1", operation.path),
        "needsToken": operation.needs_token,
        "takesToken": operation.takes_token,
        "tokens": [list(each) for each in _token_locations(operation)],
        "mediaTypes": list(operation.media_types),
        "bodyRequired": operation.body_required,
        "query": {p.name: p.schema.get("default") for p in operation.parameters},
        "numbers": [p.name for p in _parameters(operation) if _is_number(p)],
        "type": name,
        "lookups": [_lookup(refusals, operation, way) for way in lookup.ways] if lookup else [],
        "finds": lookup is not None,
        "fallback": lookup.otherwise if lookup else None,
        "filters": list(lookup.filters) if lookup else [],
        "page": _page(lookup.page) if lookup and lookup.page else None,
        "action": _action(spec, operation, action) if action else None,
        "omits": {
            p.name: list(roles.role_properties(p.omits)) for p in operation.parameters if p.omits
        },
        "status": success.status,
        "mediaType": success.media_type,
        "body": template,
        "location": None if location is None else list(location),
        "list": success.returns_list,
        "leadsTo": _path_of_new(spec, action) if action and action.do == CREATE else None,
        "errors": dict(_errors(refusals, operation)),
    }


def _path_of_new(spec: Spec, action: Action) -> dict[str, Any] | None:
    """Return the path that leads to a new resource, and its parameters; None without one."""
    found = way_by_path(spec, spec.types[action.finds])
    return {"path": found[0].path, "parameters": dict(found[1].by)} if found else None


def _parameters(operation: Operation) -> Iterator[Parameter]:
    yield from (*operation.path_parameters, *operation.parameters)


def _is_number(parameter: Parameter) -> bool:
    return bool({"integer", "number"} & set(as_tuple(parameter.schema.get("type"))))


def _token_locations(operation: Operation) -> Iterator[tuple[str, str]]:
    """Yield where a request can have a token: ``header`` or ``query``, and the name."""
    for scheme in dict.fromkeys(each for alternative in operation.security for each in alternative):
        if scheme.in_request and scheme.location != "cookie":
            yield scheme.location, scheme.parameter.lower()


def _lookup(refusals: Refusals, operation: Operation, way: LookupWay) -> dict[str, Any]:
    """Return the value of the type ``Lookup`` in ``handlers.ts``."""
    found = refusals.spec.type_of(operation)
    name = found.name if found else ""
    types = {each for text in way.by.values() for each, _ in FIELD.findall(text)}
    parent = types.pop() if name not in types and len(types) == 1 else None
    return {
        "parameters": dict(way.by),
        "where": dict(way.where),
        "notFound": _not_found(refusals, operation, name),
        "parent": parent,
        "parentNotFound": _not_found(refusals, operation, parent) if parent else None,
        "above": _above(refusals, found, operation, way) if found else None,
    }


def _above(
    refusals: Refusals, found: ResourceType, operation: Operation, way: LookupWay
) -> dict[str, Any] | None:
    """Return the parent of a list that must exist: its type, and the path parameters of its key."""
    above = refusals.spec.parent_in(found.name, way)
    names = {parameter.name for parameter in operation.path_parameters}
    if above is None or not operation.success.returns_list or not operation.documented(404):
        return None
    parent, parameters = above
    if not names.issuperset(parameters):
        return None
    return {
        "type": parent.name,
        "parameters": list(parameters),
        "notFound": _not_found(refusals, operation, parent.name),
    }


def _action(spec: Spec, operation: Operation, action: Action) -> dict[str, Any]:
    """Return the value of the type ``Action`` in ``handlers.ts``."""
    return {
        "does": action.do,
        "from": list(action.sources),
        "otherwise": action.otherwise,
        "set": dict(action.values),
        "defaults": body_defaults(spec.data, operation),
        "ofPath": dict(action.of_path),
        "owner": action.who == OWNER,
    }


def _page(page: Page) -> dict[str, Any]:
    """Return the value of the type ``Page`` in ``handlers.ts``."""
    return {
        "style": page.style,
        "position": page.position,
        "limit": page.limit,
        "sort": page.sort,
        "size": page.default,
        "maximum": page.maximum,
        "order": list(page.order),
        "fields": {name: list(path) for name, path in page.fields.items()},
        "headers": dict(page.headers),
    }


def _not_found(refusals: Refusals, operation: Operation, name: str) -> dict[str, Any] | None:
    """Return the 404 of a type; None if the operation documents none for it."""
    response = operation.responses.get(404)
    code = refusals.spec.types[name].not_found_code
    named = response is not None and code in response.examples
    return _error(refusals, operation, RefusalError(404, code)) if named else None


def _errors(refusals: Refusals, operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each documented error; that of ``otherwise`` is the one that the action names."""
    action = operation.action
    for status in (each for each in operation.responses if each >= 400):
        code = action.otherwise_code if action and action.otherwise == status else None
        yield str(status), _error(refusals, operation, RefusalError(status, code))


def _error(refusals: Refusals, operation: Operation, refusal: RefusalError) -> dict[str, Any]:
    response = refusals.response(operation, refusal, NOW)
    content_type = response.header("content-type") or ""
    return {
        "status": response.status,
        "headers": dict(response.headers),
        "body": json.loads(response.body) if response.body and is_json(content_type) else None,
    }
