"""The operations as data: how each finds its resources, and its success and error responses.

The indexes of the catalog contain the result of every lookup. Event streams are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..contract.document.operation import DocumentedResponse, Operation
from ..contract.document.references import resolve
from ..contract.document.spec import Spec
from ..http.error_responses import error
from ..state.catalog import Index
from ..state.dataset import Dataset


def operations(dataset: Dataset) -> list[dict[str, Any]]:
    """Return every operation that looks up resources and returns them as JSON."""
    return [
        _operation(dataset, operation)
        for operation in dataset.spec.operations.values()
        if operation.lookup and operation.success.entities
    ]


def _operation(dataset: Dataset, operation: Operation) -> dict[str, Any]:
    """Return the value of the type ``Operation`` in ``handlers.ts``."""
    spec, lookup, success = dataset.spec, operation.lookup, operation.success
    indexes = dataset.catalog.indexes.get(operation.id, ())
    ((_, path), *_) = success.entities
    return {
        "id": operation.id,
        "method": operation.method.lower(),
        "path": operation.path,
        "rebuilds": operation.effect == "rebuild",
        "needsToken": operation.needs_token,
        "mediaTypes": list(operation.media_types),
        "entity": lookup.finds if lookup else None,
        "lookups": [_lookup(spec, operation, index) for index in indexes],
        "fallback": lookup.otherwise if lookup else None,
        "filters": list(lookup.filters) if lookup else [],
        "omits": {
            p.name: list(spec.build.role_properties(p.omits))
            for p in operation.parameters
            if p.omits
        },
        "constants": _constants(spec, success),
        "envelope": path[0],
        "list": "*" in path,
        "errors": dict(_errors(operation)),
    }


def _lookup(spec: Spec, operation: Operation, index: Index) -> dict[str, Any]:
    """Return the value of the type ``Lookup`` in ``handlers.ts``."""
    key = spec.entities[index.entity].key
    return {
        "parameters": list(index.way.by),
        "where": dict(index.way.where),
        "matches": [
            {"values": list(values), "keys": [resource.value[key] for resource in resources]}
            for values, resources in index.resources.items()
        ],
        "notFound": _not_found(spec, operation, index.entity),
        "parents": sorted(map(list, index.parents)),
        "parentNotFound": _not_found(spec, operation, index.parent) if index.parent else None,
    }


def _not_found(spec: Spec, operation: Operation, entity: str) -> dict[str, Any] | None:
    """Return the 404 of an entity; None if the operation documents none for it."""
    response = operation.responses.get(404)
    code = spec.entities[entity].not_found_code
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


def _constants(spec: Spec, success: DocumentedResponse) -> dict[str, Any]:
    """Return the properties of a response with a constant value, such as ``ok``."""
    schema = resolve(spec.data, {"$ref": f"#{success.schema}"})
    return {n: s["const"] for n, s in schema.get("properties", {}).items() if "const" in s}
