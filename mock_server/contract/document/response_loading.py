"""Reads a response of an OpenAPI document: its bodies, and the resources in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from ..exchange import media_type
from ..violations import parts, pointer
from .operation import Content, DocumentedResponse, Event, IssueFormat
from .references import at, combined, followed, pointer_to, resolve
from .spec import event_roles

SCHEMAS = ("components", "schemas")
MAX_ISSUE_DEPTH = 2  # levels of properties above the list of issues


def resource_schemas(data: Any) -> frozenset[str]:
    """Return the pointers of the schemas in components that are a resource or contain one.

    A search for resources skips the others: in public documents most schemas lead to each other,
    and the number of paths between them has no useful bound.
    """
    users: dict[str, set[str]] = defaultdict(set)  # pointer → the schemas that refer to it
    schemas = data.get("components", {}).get("schemas", {})
    for name, schema in schemas.items():
        values = [schema]
        while values:
            value = values.pop()
            if isinstance(value, dict):
                if isinstance(value.get("$ref"), str):
                    users[pointer_to(value["$ref"])].add(pointer((*SCHEMAS, name)))
                values += value.values()
            elif isinstance(value, list):
                values += value
    waiting = [
        pointer((*SCHEMAS, name))
        for name, schema in schemas.items()
        if isinstance(schema, dict) and "x-resource" in schema
    ]
    listed = set(waiting)
    while waiting:
        new = users[waiting.pop()] - listed
        listed |= new
        waiting += new
    return frozenset(listed)


def response_of(
    data: Any, status: int, where: str, with_resources: frozenset[str]
) -> DocumentedResponse:
    """Return the response at a JSON pointer. with_resources: the result of ``resource_schemas``."""
    where = followed(data, where)
    response = at(data, where)
    contents = contents_of(data, response.get("content", {}), where)
    schema = contents[0].schema if contents else None
    return DocumentedResponse(
        status=status,
        contents=contents,
        pointer=where,
        headers={
            name: resolve(data, header) for name, header in response.get("headers", {}).items()
        },
        resources=(
            tuple(_resources(data, {"$ref": f"#{schema}"}, (), with_resources)) if schema else ()
        ),
        issues=_issues(data, {"$ref": f"#{schema}"}) if schema else None,
        events=dict(_events(data, schema)) if schema else {},
    )


def _issues(data: Any, schema: Any, path: tuple[str, ...] = ()) -> IssueFormat | None:
    """Return where an error lists its issues: in a property, or in a property of a property."""
    schema = combined(data, schema)
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
        declared = item.get("properties", {})
        schema = resolve(data, declared.get("data", {}))
        name = declared.get("event", {}).get("const")
        if name is not None and ("x-event" in schema or "x-timeline" in schema):
            kind, roles = event_roles(schema)
            base = pointer(("contentSchema", "items", "oneOf", index, "properties", "data"))
            yield kind, Event(str(name), where + base, roles)


def _resources(
    data: Any,
    schema: Any,
    path: tuple[str, ...],
    with_resources: frozenset[str],
    visited: frozenset[str] = frozenset(),
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each resource in a body: the name of its schema, and the path to it."""
    while isinstance(schema, dict) and "$ref" in schema:
        target = pointer_to(schema["$ref"])
        is_component = tuple(parts(target)[:-1]) == SCHEMAS
        if target in visited or (is_component and target not in with_resources):
            return
        visited |= {target}
        schema = at(data, target)
        if isinstance(schema, dict) and "x-resource" in schema:
            yield target.rpartition("/")[2], path
            return
    if not isinstance(schema, dict):
        return
    for key, sub in schema.get("properties", {}).items():
        yield from _resources(data, sub, (*path, key), with_resources, visited)
    for sub in schema.get("allOf", ()):
        yield from _resources(data, sub, path, with_resources, visited)
    yield from _resources(data, schema.get("items"), (*path, "*"), with_resources, visited)


def contents_of(data: Any, contents: Mapping[str, Any], base: str) -> tuple[Content, ...]:
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
