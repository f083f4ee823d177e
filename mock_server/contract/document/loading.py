"""Loads a spec from its file into frozen values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..openapi.reading import read_document
from ..source import yaml_documents
from ..source.yaml_documents import Document
from . import soundness
from .operation_loading import operation_of, server_paths
from .references import resolve
from .requirements import requirements_of
from .response_loading import entity_schemas, response_of
from .spec import METHODS, Api, Build, Entity, Process, Spec


def load(path: Path, overlays: Sequence[Path] = ()) -> Spec:
    """Load the contract. Raises ContractError with all violations of the file and its overlays."""
    document = read_document(path, overlays)
    soundness.check_contract(document)
    schemas = document.data["components"]["schemas"]
    release = next((name for name, schema in schemas.items() if "x-build" in schema), "")
    statuses: Mapping[str, Any] = next(
        (s["x-statuses"] for s in schemas.values() if "x-statuses" in s), {}
    )
    return Spec(
        **vars(api_of(document)),
        entities={
            name: _entity(name, schema["x-entity"])
            for name, schema in schemas.items()
            if "x-entity" in schema
        },
        release=release,
        build=_build(document.data, schemas[release]) if release else Build("", "", ()),
        phases={status: each["phase"] for status, each in statuses.items()},
        colors={status: each.get("color", "gray") for status, each in statuses.items()},
    )


def load_api(path: Path) -> Api:
    """Load an OpenAPI document without checking it, such as the one of the control API."""
    return api_of(yaml_documents.read(path))


def api_of(source: Document) -> Api:
    """Return the API of a document that was read, without checking it."""
    data = source.data
    with_entities = entity_schemas(data)
    operations = [
        operation_of(data, path, method, with_entities)
        for path, item in data["paths"].items()
        for method in METHODS
        if method in item
    ]
    outside = {
        int(s): response_of(data, int(s), f"/x-outside/{s}", with_entities)
        for s in data.get("x-outside", {})
    }
    return Api(
        document=source,
        operations={operation.id: operation for operation in operations},
        outside=outside,
        requirements=requirements_of(data),
        prefixes=server_paths(data.get("servers") or [{"url": "/"}]),
    )


def _build(data: Any, schema: Mapping[str, Any]) -> Build:
    build, declared = schema["x-build"], schema["properties"]
    processes = []
    for prefix in build["processes"]:
        names = {role: prefix + s for role, s in build["roles"].items() if prefix + s in declared}
        status = names["status"]
        types = resolve(data, declared[status]).get("type", ())
        optional = status not in schema.get("required", ()) or "null" in types
        processes.append(Process(prefix, names, optional))
    return Build(build["status"], build.get("duration", ""), tuple(processes))


def _entity(name: str, definition: Mapping[str, Any]) -> Entity:
    parent, parent_key = next(iter(definition.get("parent", {}).items()), (None, None))
    owner = next(iter(definition.get("owner", {}).items()), None)
    return Entity(name, definition["key"], parent, parent_key, definition["unknown"], owner)
