"""Loads a spec from its file into frozen values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..exchange import media_type
from ..source import yaml_documents
from ..source.yaml_documents import Document
from ..violations import pointer
from . import soundness
from .problem_details import PROBLEM_DETAILS, problem_responses
from .requirements import requirements_of
from .spec import (
    METHODS,
    Api,
    Build,
    Content,
    DocumentedResponse,
    Entity,
    Event,
    IssueFormat,
    Lookup,
    LookupWay,
    Operation,
    Parameter,
    Process,
    SecurityScheme,
    Spec,
    at,
    event_roles,
    resolve,
)

URL = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*|^//[^/?#]*")
MAX_ISSUE_DEPTH = 2  # levels of properties above the list of issues


def load(path: Path) -> Spec:
    """Load the contract. Raises ContractError with all violations of the file."""
    document = yaml_documents.read(path)
    soundness.check_contract(document)
    schemas = document.data["components"]["schemas"]
    release = next((name for name, schema in schemas.items() if "x-build" in schema), "")
    statuses: Mapping[str, Any] = next(
        (s["x-statuses"] for s in schemas.values() if "x-statuses" in s), {}
    )
    return Spec(
        **vars(_api(document)),
        entities={
            name: _entity(name, schema["x-entity"])
            for name, schema in schemas.items()
            if "x-entity" in schema
        },
        release=release,
        build=_build(schemas[release]) if release else Build("", "", ()),
        phases={status: each["phase"] for status, each in statuses.items()},
        colors={status: each.get("color", "gray") for status, each in statuses.items()},
    )


def load_api(path: Path) -> Api:
    """Load an OpenAPI document without checking it, such as the one of the control API."""
    return _api(yaml_documents.read(path))


def _api(source: Document) -> Api:
    # The problem details are part of the data, so that their schemas have pointers.
    data = {**source.data, PROBLEM_DETAILS: problem_responses()}
    operations = [
        _operation(data, path, method)
        for path, item in data["paths"].items()
        for method in METHODS
        if method in item
    ]
    outside = {
        int(s): _response(data, int(s), f"/x-outside/{s}") for s in data.get("x-outside", {})
    }
    problems = {
        int(s): _response(data, int(s), f"/{PROBLEM_DETAILS}/{s}") for s in data[PROBLEM_DETAILS]
    }
    return Api(
        document=replace(source, data=data),
        operations={operation.id: operation for operation in operations},
        outside=outside,
        errors={**problems, **outside},
        requirements=requirements_of(data),
        prefixes=server_paths(data.get("servers") or [{"url": "/"}]),
    )


def server_paths(servers: list[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the paths of the URLs of servers, without a slash at the end, each once.

    A URL can be absolute or relative, and have variables, whose default values are used.
    """
    paths = []
    for server in servers:
        url = str(server.get("url", ""))
        for name, variable in (server.get("variables") or {}).items():
            url = url.replace(f"{{{name}}}", str(variable.get("default", "")))
        path = URL.sub("", url).partition("?")[0].strip("/")
        paths.append(f"/{path}" if path and "{" not in path else "")
    return tuple(dict.fromkeys(paths))


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
    parameters = list(_parameters(data, path, method))
    responses = {
        str(status): _response(data, _first_status(str(status)), f"{where}/responses/{status}")
        for status in definition.get("responses", {})
        if not str(status).startswith("x-")
    }
    servers = definition.get("servers") or data["paths"][path].get("servers")
    return Operation(
        id=definition["operationId"],
        method=method.upper(),
        path=path,
        pointer=where,
        summary=definition.get("summary", ""),
        security=tuple(_security(data, definition.get("security", data.get("security", [])))),
        optional=bool(definition.get("x-optional", False)),
        parameters=tuple(p for p in parameters if p.location == "query"),
        bodies=_bodies(data, definition, where),
        body_required=bool(resolve(data, definition.get("requestBody", {})).get("required")),
        responses={int(name): each for name, each in responses.items() if name.isdecimal()},
        ranges={
            name.upper() if name != "default" else name: each
            for name, each in responses.items()
            if not name.isdecimal()
        },
        lookup=_lookup(definition.get("x-lookup")),
        effect=definition.get("x-effect"),
        path_parameters=tuple(p for p in parameters if p.location == "path"),
        header_parameters=tuple(p for p in parameters if p.location == "header"),
        cookie_parameters=tuple(p for p in parameters if p.location == "cookie"),
        prefixes=server_paths(servers) if servers else (),
    )


def _first_status(name: str) -> int:
    """Return a status, or the first one of a range such as ``4XX``; 500 for ``default``."""
    if name.isdecimal():
        return int(name)
    return int(name[0]) * 100 if name[0].isdecimal() else 500


def _bodies(data: Any, definition: Mapping[str, Any], where: str) -> tuple[Content, ...]:
    """Return the request bodies; their pointers lead through a ``$ref``."""
    body = definition.get("requestBody", {})
    base = where + "/requestBody"
    while "$ref" in body:
        base = body["$ref"].removeprefix("#")
        body = at(data, base)
    return _contents(data, body.get("content", {}), base)


def _contents(data: Any, contents: Mapping[str, Any], base: str) -> tuple[Content, ...]:
    """Return the bodies of a request or response, JSON first."""
    listed = [
        _content(data, name, content, base + pointer(("content", name)))
        for name, content in contents.items()
    ]
    return tuple(sorted(listed, key=lambda content: not content.is_json))


def _content(data: Any, name: str, content: Mapping[str, Any], where: str) -> Content:
    examples = {
        key: resolve(data, example).get("value")
        for key, example in content.get("examples", {}).items()
    }
    schema = where + "/schema" if "schema" in content else None
    return Content(media_type(name), where, schema, examples)


def _security(
    data: Any, alternatives: list[Mapping[str, Any]]
) -> Iterator[tuple[SecurityScheme, ...]]:
    declared = data.get("components", {}).get("securitySchemes", {})
    for alternative in alternatives:
        yield tuple(
            _scheme(name, resolve(data, declared[name])) for name in alternative if name in declared
        )


def _scheme(name: str, definition: Mapping[str, Any]) -> SecurityScheme:
    kind = definition.get("type")
    if kind == "apiKey":
        location = str(definition.get("in", "header"))
        parameter = str(definition.get("name", ""))
        return SecurityScheme(name, "apiKey", location, parameter)
    if kind == "http":
        return SecurityScheme(name, str(definition.get("scheme", "")).lower())
    return SecurityScheme(name, "bearer" if kind in ("oauth2", "openIdConnect") else str(kind))


def _parameters(data: Any, path: str, method: str) -> Iterator[Parameter]:
    """Yield the parameters; those of the operation replace equal ones of the path."""
    found: dict[tuple[str, str], Parameter] = {}
    for base in (("paths", path), ("paths", path, method)):
        for index, listed in enumerate(at(data, pointer(base)).get("parameters", [])):
            parameter = _parameter(data, listed, pointer((*base, "parameters", index)))
            found[parameter.location, parameter.name] = parameter
    yield from found.values()


def _parameter(data: Any, definition: Mapping[str, Any], where: str) -> Parameter:
    while "$ref" in definition:
        where = definition["$ref"].removeprefix("#")
        definition = at(data, where)
    location = definition["in"]
    described = next(iter(definition.get("content", {})), None)
    within = ("content", described, "schema") if described else ("schema",)
    style = definition.get("style", "form" if location in ("query", "cookie") else "simple")
    schema = definition["content"][described] if described else definition
    return Parameter(
        name=definition["name"],
        location=location,
        pointer=where,
        schema_pointer=where + pointer(within),
        schema=resolve(data, schema.get("schema", {})),
        required=bool(definition.get("required", False)) or location == "path",
        style=style,
        explode=bool(definition.get("explode", style == "form")),
        media_type=described and media_type(described),
        omits=definition.get("x-omits"),
    )


def _response(data: Any, status: int, where: str) -> DocumentedResponse:
    response = at(data, where)
    while "$ref" in response:
        where = response["$ref"].removeprefix("#")
        response = at(data, where)
    contents = _contents(data, response.get("content", {}), where)
    schema = contents[0].schema if contents else None
    return DocumentedResponse(
        status=status,
        contents=contents,
        headers={
            name: resolve(data, header) for name, header in response.get("headers", {}).items()
        },
        entities=tuple(_entities(data, {"$ref": f"#{schema}"}, ())) if schema else (),
        issues=_issues(data, {"$ref": f"#{schema}"}) if schema else None,
        events=dict(_events(data, schema)) if schema else {},
    )


def _issues(data: Any, schema: Any, path: tuple[str, ...] = ()) -> IssueFormat | None:
    """Return where an error lists its issues: in a property, or in a property of a property."""
    if not isinstance(schema, dict):
        return None
    schema = resolve(data, schema)
    names = schema.get("x-issues")
    if names is not None and path:
        return IssueFormat(path, names["location"], names["message"])
    declared = schema.get("properties", {}) if len(path) < MAX_ISSUE_DEPTH else {}
    within = (_issues(data, each, (*path, name)) for name, each in declared.items())
    return next((each for each in within if each), None)


def _events(data: Any, where: str) -> Iterator[tuple[str, Event]]:
    """Yield the kind of each event of a stream, and the event, where ``x-event`` describes them."""
    items = resolve(data, {"$ref": f"#{where}"}).get("contentSchema", {}).get("items", {})
    for index, item in enumerate(items.get("oneOf", ())):
        described = item.get("properties", {}).get("data", {})
        schema = resolve(data, described)
        if "x-event" in schema or "x-build" in schema:
            kind, roles = event_roles(schema)
            base = pointer(("contentSchema", "items", "oneOf", index, "properties", "data"))
            yield kind, Event(item["properties"]["event"]["const"], where + base, roles)


def _entities(
    data: Any, schema: Any, path: tuple[str, ...], visited: frozenset[str] = frozenset()
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each resource in a body: the name of its schema, and the path to it."""
    while isinstance(schema, dict) and "$ref" in schema:
        target = schema["$ref"].removeprefix("#")
        if target in visited:
            return
        visited |= {target}
        schema = at(data, target)
        if isinstance(schema, dict) and "x-entity" in schema:
            yield target.rpartition("/")[2], path
            return
    if not isinstance(schema, dict):
        return
    for key, sub in schema.get("properties", {}).items():
        yield from _entities(data, sub, (*path, key), visited)
    for sub in schema.get("allOf", ()):
        yield from _entities(data, sub, path, visited)
    yield from _entities(data, schema.get("items"), (*path, "*"), visited)


def _lookup(definition: Mapping[str, Any] | None) -> Lookup | None:
    if definition is None:
        return None
    return Lookup(
        finds=definition["finds"],
        ways=tuple(LookupWay(way["by"], way.get("where", {})) for way in definition["ways"]),
        filters=tuple(definition.get("filters", ())),
        otherwise=definition.get("otherwise"),
    )
