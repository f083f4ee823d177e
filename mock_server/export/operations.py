"""The operations as data: how each finds its resources, and its success and error responses.

An operation without a lookup is left out.

The indexes of the catalog contain the result of every lookup. Event streams are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ..contract.document.operation import DocumentedResponse, Operation
from ..contract.document.schemas import Schemas
from ..contract.document.spec import Spec
from ..generation.success_bodies import success_body
from ..http.error_responses import error
from ..state.catalog import FIELD, Index, Resource, key_text
from ..state.dataset import Dataset

PARAMETER = re.compile(r"\{([^{}]+)\}")


def operations(dataset: Dataset) -> list[dict[str, Any]]:
    """Return every operation that looks up resources, without the streams."""
    schemas = Schemas(dataset.spec.data)
    return [
        _operation(dataset, schemas, operation)
        for operation in dataset.spec.operations.values()
        if operation.lookup and not operation.success.events
    ]


def _operation(dataset: Dataset, schemas: Schemas, operation: Operation) -> dict[str, Any]:
    """Return the value of the type ``Operation`` in ``handlers.ts``."""
    spec, lookup, success = dataset.spec, operation.lookup, operation.success
    indexes = dataset.catalog.indexes.get(operation.id, ())
    entity = lookup.finds if lookup else ""
    location = next((path for name, path in success.resources if name == entity), None)
    template = success_body(schemas, success, {name: [None] for name, _ in success.resources})
    return {
        "id": operation.id,
        "method": operation.method.lower(),
        "path": PARAMETER.sub(r":\1", operation.path),
        "rebuilds": operation.effect == "rebuild",
        "needsToken": operation.needs_token,
        "takesToken": operation.takes_token,
        "mediaTypes": list(operation.media_types),
        "bodyRequired": operation.body_required,
        "query": [parameter.name for parameter in operation.parameters],
        "entity": entity,
        "lookups": [_lookup(dataset, operation, index) for index in indexes],
        "fallback": lookup.otherwise if lookup else None,
        "filters": list(lookup.filters) if lookup else [],
        "omits": {
            p.name: list(spec.build.role_properties(p.omits))
            for p in operation.parameters
            if p.omits
        },
        "status": success.status,
        "type": success.media_type,
        "body": template,
        "location": None if location is None else list(location),
        "list": success.returns_list,
        "errors": dict(_errors(operation)),
    }


def _lookup(dataset: Dataset, operation: Operation, index: Index) -> dict[str, Any]:
    """Return the value of the type ``Lookup`` in ``handlers.ts``."""
    spec, resources = dataset.spec, dataset.catalog.resources[index.entity]
    return {
        "parameters": list(index.way.by),
        "where": dict(index.way.where),
        "matches": [
            {"values": list(values), "keys": [resource.key for resource in found]}
            for values, found in index.resources.items()
        ],
        "moving": [_moving(index, resource) for resource in resources.values()]
        if index.moving
        else None,
        "notFound": _not_found(spec, operation, index.entity),
        "parents": sorted(map(list, index.parents)),
        "parentNotFound": _not_found(spec, operation, index.parent) if index.parent else None,
    }


def _moving(index: Index, resource: Resource) -> dict[str, Any]:
    """Return the templates of a resource that is found by what it shows, with its fields."""
    templates = []
    for template in index.way.by.values():
        text = template
        for entity, name in FIELD.findall(template):
            owner = resource.ancestor(entity)
            value = owner.value.get(name) if owner else None
            field = f"{{{name}}}" if owner is resource else key_text(value)
            text = text.replace(f"{{{entity}.{name}}}", field)
        templates.append(text)
    return {"key": resource.key, "templates": templates}


def _not_found(spec: Spec, operation: Operation, entity: str) -> dict[str, Any] | None:
    """Return the 404 of an entity; None if the operation documents none for it."""
    response = operation.responses.get(404)
    code = spec.types[entity].not_found_code
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
