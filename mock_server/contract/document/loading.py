"""Loads a spec from its file into frozen values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..source import yaml_documents
from ..source.yaml_documents import Document
from ..violations import pointer
from . import soundness
from .requirements import requirements_of
from .spec import (
    METHODS,
    Api,
    Build,
    DocumentedResponse,
    Entity,
    Event,
    IssueFormat,
    Lookup,
    LookupWay,
    Operation,
    Parameter,
    Process,
    Spec,
    at,
    event_roles,
    resolve,
)


def load(path: Path) -> Spec:
    """Load the contract. Raises ContractError with all violations of the file."""
    document = yaml_documents.read(path)
    soundness.check_contract(document)
    data = document.data
    schemas = data["components"]["schemas"]
    release = next(name for name, schema in schemas.items() if "x-build" in schema)
    statuses = next(s["x-statuses"] for s in schemas.values() if "x-statuses" in s)
    return Spec(
        **vars(_api(document)),
        entities={
            name: _entity(name, schema["x-entity"])
            for name, schema in schemas.items()
            if "x-entity" in schema
        },
        release=release,
        build=_build(schemas[release]),
        phases={status: each["phase"] for status, each in statuses.items()},
        colors={status: each.get("color", "gray") for status, each in statuses.items()},
    )


def load_api(path: Path) -> Api:
    """Load an OpenAPI document without checking it, such as the one of the control API."""
    return _api(yaml_documents.read(path))


def _api(document: Document) -> Api:
    data = document.data
    operations = [
        _operation(data, path, method)
        for path, item in data["paths"].items()
        for method in METHODS
        if method in item
    ]
    return Api(
        document=document,
        operations={operation.id: operation for operation in operations},
        outside={
            int(status): _response(data, int(status), f"/x-outside/{status}")
            for status in data.get("x-outside", {})
        },
        requirements=requirements_of(data),
        prefixes=tuple(server["url"].rstrip("/") for server in data.get("servers", [{"url": ""}])),
    )


def _build(schema: Mapping[str, Any]) -> Build:
    build, declared = schema["x-build"], schema["properties"]
    processes = tuple(
        Process(
            prefix,
            {role: prefix + s for role, s in build["roles"].items() if prefix + s in declared},
        )
        for prefix in build["processes"]
    )
    return Build(build["status"], build["duration"], processes)


def _entity(name: str, definition: Mapping[str, Any]) -> Entity:
    parent, parent_key = next(iter(definition.get("parent", {}).items()), (None, None))
    owner = next(iter(definition.get("owner", {}).items()), None)
    return Entity(name, definition["key"], parent, parent_key, definition["unknown"], owner)


def _operation(data: Any, path: str, method: str) -> Operation:
    where = pointer(("paths", path, method))
    definition = data["paths"][path][method]
    body = resolve(data, definition.get("requestBody", {}))
    content = body.get("content", {})
    schemes = definition.get("security", data.get("security", []))
    return Operation(
        id=definition["operationId"],
        method=method.upper(),
        path=path,
        pointer=where,
        summary=definition.get("summary", ""),
        needs_token=bool(schemes) and {} not in schemes,
        takes_token=any(schemes),
        optional=bool(definition.get("x-optional", False)),
        parameters=tuple(_parameters(data, path, method, "query")),
        body=_pointer_to_schema(definition, where, content),
        body_required=bool(body.get("required", False)),
        media_types=tuple(content),
        responses={
            int(status): _response(data, int(status), f"{where}/responses/{status}")
            for status in definition["responses"]
        },
        lookup=_lookup(definition.get("x-lookup")),
        effect=definition.get("x-effect"),
        path_parameters=tuple(_parameters(data, path, method, "path")),
    )


def _pointer_to_schema(definition: Any, where: str, content: Mapping[str, Any]) -> str | None:
    """Return the pointer to the schema of a request body, through a ``$ref`` of the body."""
    if not content:
        return None
    reference = definition["requestBody"].get("$ref")
    base = reference.removeprefix("#") if reference else where + "/requestBody"
    return base + pointer(("content", next(iter(content)), "schema"))


def _parameters(data: Any, path: str, method: str, position: str) -> Iterator[Parameter]:
    for base in (("paths", path), ("paths", path, method)):
        listed = at(data, pointer(base)).get("parameters", [])
        for index, definition in enumerate(listed):
            definition = resolve(data, definition)
            if definition["in"] == position:
                yield Parameter(
                    name=definition["name"],
                    pointer=pointer((*base, "parameters", index)),
                    schema=resolve(data, definition["schema"]),
                    required=bool(definition.get("required", False)),
                    omits=definition.get("x-omits"),
                )


def _response(data: Any, status: int, where: str) -> DocumentedResponse:
    response = at(data, where)
    if "$ref" in response:
        where = response["$ref"].removeprefix("#")
        response = resolve(data, response)
    contents = response.get("content", {})
    media_type: str = next(iter(contents), "")
    content = contents.get(media_type, {})
    schema = where + pointer(("content", media_type, "schema")) if "schema" in content else None
    return DocumentedResponse(
        status=status,
        schema=schema,
        media_type=media_type or None,
        headers={
            name: resolve(data, header) for name, header in response.get("headers", {}).items()
        },
        examples={
            name: resolve(data, example).get("value")
            for name, example in content.get("examples", {}).items()
        },
        entities=tuple(_entities(data, {"$ref": f"#{schema}"}, ())) if schema else (),
        issues=_issues(data, {"$ref": f"#{schema}"}) if schema else None,
        events=dict(_events(data, schema)) if schema else {},
    )


def _issues(data: Any, schema: Mapping[str, Any]) -> IssueFormat | None:
    for outer, error in resolve(data, schema).get("properties", {}).items():
        for name, listed in resolve(data, error).get("properties", {}).items():
            names = resolve(data, listed).get("x-issues")
            if names is not None:
                return IssueFormat((outer, name), names["location"], names["message"])
    return None


def _events(data: Any, where: str) -> Iterator[tuple[str, Event]]:
    listed = at(data, where).get("contentSchema", {}).get("items", {}).get("oneOf", ())
    for index, item in enumerate(listed):
        kind, roles = event_roles(resolve(data, item["properties"]["data"]))
        base = pointer(("contentSchema", "items", "oneOf", index, "properties", "data"))
        yield kind, Event(item["properties"]["event"]["const"], where + base, roles)


def _entities(
    data: Any, schema: Mapping[str, Any], path: tuple[str, ...]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    while "$ref" in schema:
        target = schema["$ref"].removeprefix("#")
        schema = at(data, target)
        if "x-entity" in schema:
            yield target.rpartition("/")[2], path
            return
    for key, sub in schema.get("properties", {}).items():
        yield from _entities(data, sub, (*path, key))
    if schema.get("items"):
        yield from _entities(data, schema["items"], (*path, "*"))


def _lookup(definition: Mapping[str, Any] | None) -> Lookup | None:
    if definition is None:
        return None
    return Lookup(
        finds=definition["finds"],
        ways=tuple(LookupWay(way["by"], way.get("where", {})) for way in definition["ways"]),
        filters=tuple(definition.get("filters", ())),
        otherwise=definition.get("otherwise"),
    )
