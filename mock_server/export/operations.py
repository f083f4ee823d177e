"""The operations as data: how each finds its answer, what it says, how it refuses.

What can be found by every way to look up is the catalog's own index. Streams of events are left
out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..contract.document.spec import DocumentedResponse, Operation, Spec, resolve
from ..http.error_responses import error
from ..state.catalog import Index
from ..state.dataset import Dataset


def operations(dataset: Dataset) -> list[dict[str, Any]]:
    """Every operation that looks something up and answers it as JSON."""
    return [
        _operation(dataset, operation)
        for operation in dataset.spec.operations.values()
        if operation.lookup and operation.responses[200].entities
    ]


def _operation(dataset: Dataset, operation: Operation) -> dict[str, Any]:
    spec, lookup, success = dataset.spec, operation.lookup, operation.responses[200]
    ((_, path), *_) = success.entities
    return {
        "id": operation.id,
        "method": operation.method.lower(),
        "path": operation.path,
        "rebuilds": operation.effect == "rebuild",
        "needsToken": operation.needs_token,
        "mediaTypes": list(operation.media_types),
        "finds": lookup.finds if lookup else None,
        "ways": [_way(spec, operation, i) for i in dataset.catalog.indexes.get(operation.id, ())],
        "otherwise": lookup.otherwise if lookup else None,
        "filters": list(lookup.filters) if lookup else [],
        "omits": {
            p.name: list(spec.build.role_properties(p.omits))
            for p in operation.parameters
            if p.omits
        },
        "constants": _constants(spec, success),
        "under": path[0],
        "many": "*" in path,
        "refusals": dict(_refusals(operation)),
    }


def _way(spec: Spec, operation: Operation, index: Index) -> dict[str, Any]:
    key = spec.entities[index.entity].key
    return {
        "by": list(index.way.by),
        "where": dict(index.way.where),
        "found": [
            {"texts": list(texts), "keys": [resource.value[key] for resource in resources]}
            for texts, resources in index.resources.items()
        ],
        "unknown": _unknown(spec, operation, index.entity),
        "parents": sorted(map(list, index.parents)),
        "unknownParent": _unknown(spec, operation, index.parent) if index.parent else None,
    }


def _unknown(spec: Spec, operation: Operation, entity: str) -> dict[str, Any] | None:
    response = operation.responses.get(404)
    code = spec.entities[entity].not_found_code
    return _refusal(response, code) if response and code in response.examples else None


def _refusals(operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
    for status, response in operation.responses.items():
        if status >= 400:
            yield str(status), _refusal(response)


def _refusal(response: DocumentedResponse, code: str | None = None) -> dict[str, Any]:
    answer = error(response, code)
    return {
        "status": answer.status,
        "headers": dict(answer.headers),
        "body": json.loads(answer.body) if answer.body else None,
    }


def _constants(spec: Spec, success: DocumentedResponse) -> dict[str, Any]:
    schema = resolve(spec.data, {"$ref": f"#{success.schema}"})
    return {n: s["const"] for n, s in schema.get("properties", {}).items() if "const" in s}
