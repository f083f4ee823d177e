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
    DocumentedResponse,
    LookupWay,
    Operation,
    Page,
    Parameter,
)
from ..contract.document.resources.loading import as_tuple, body_defaults
from ..contract.document.resources.types import FIELD, ResourceType
from ..contract.document.schemas import Schemas
from ..contract.document.spec import Spec
from ..contract.rules.expressions import OWNER
from ..generation.success_bodies import success_body
from ..http.error_responses import error
from ..state.dataset import Dataset


def operations(dataset: Dataset) -> list[dict[str, Any]]:
    """Return every operation on resources, without the streams."""
    schemas = Schemas(dataset.spec.data)
    return [
        _operation(dataset.spec, schemas, operation)
        for operation in dataset.spec.operations.values()
        if (operation.lookup or operation.action) and not operation.success.events
    ]


def _operation(spec: Spec, schemas: Schemas, operation: Operation) -> dict[str, Any]:
    """Return the value of the type ``Operation`` in ``handlers.ts``."""
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
        "lookups": [_lookup(spec, operation, way) for way in lookup.ways] if lookup else [],
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
        "errors": dict(_errors(operation)),
    }


def _parameters(operation: Operation) -> Iterator[Parameter]:
    yield from (*operation.path_parameters, *operation.parameters)


def _is_number(parameter: Parameter) -> bool:
    return bool({"integer", "number"} & set(as_tuple(parameter.schema.get("type"))))


def _token_locations(operation: Operation) -> Iterator[tuple[str, str]]:
    """Yield where a request can have a token: ``header`` or ``query``, and the name."""
    for scheme in dict.fromkeys(each for alternative in operation.security for each in alternative):
        if scheme.in_request and scheme.location != "cookie":
            yield scheme.location, scheme.parameter.lower()


def _lookup(spec: Spec, operation: Operation, way: LookupWay) -> dict[str, Any]:
    """Return the value of the type ``Lookup`` in ``handlers.ts``."""
    found = spec.type_of(operation)
    name = found.name if found else ""
    types = {each for text in way.by.values() for each, _ in FIELD.findall(text)}
    parent = types.pop() if name not in types and len(types) == 1 else None
    return {
        "parameters": dict(way.by),
        "where": dict(way.where),
        "notFound": _not_found(spec, operation, name),
        "parent": parent,
        "parentNotFound": _not_found(spec, operation, parent) if parent else None,
        "above": _above(spec, found, operation, way) if found else None,
    }


def _above(
    spec: Spec, found: ResourceType, operation: Operation, way: LookupWay
) -> dict[str, Any] | None:
    """Return the parent of a list that must exist: its type, and the path parameters of its key."""
    above = spec.parent_in(found.name, way)
    names = {parameter.name for parameter in operation.path_parameters}
    if above is None or not operation.success.returns_list or not operation.documented(404):
        return None
    parent, parameters = above
    if not names.issuperset(parameters):
        return None
    return {
        "type": parent.name,
        "parameters": list(parameters),
        "notFound": _not_found(spec, operation, parent.name),
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


def _not_found(spec: Spec, operation: Operation, name: str) -> dict[str, Any] | None:
    """Return the 404 of a type; None if the operation documents none for it."""
    response = operation.responses.get(404)
    code = spec.types[name].not_found_code
    return _error(response, code) if response and code in response.examples else None


def _errors(operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
    for status, response in operation.responses.items():
        if status >= 400:
            yield str(status), _error(response)


def _error(documented: DocumentedResponse, code: str | None = None) -> dict[str, Any]:
    response = error(documented, code)
    return {
        "status": response.status,
        "headers": dict(response.headers),
        "body": json.loads(response.body) if response.body else None,
    }
