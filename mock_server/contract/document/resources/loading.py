"""Reads the types of resources from the extensions of schemas: ``x-resource``, ``x-timeline``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...violations import pointer
from ..operation import Operation
from ..references import at, combined, followed, resolve
from .inference import Reader, inferred_folder, inferred_keys, readers_of
from .types import COLORS, Process, ResourceType, TimelineRoles

MAX_DEPTH = 4  # levels of a property in which timestamps are known
TIMESTAMP_FORMATS = ("date-time", "unixtime", "unixtime-ms")
STATUS = "status"  # the role that every process has
ITSELF = ""  # the name of the process that is the resource itself


def types_of(data: Any) -> dict[str, ResourceType]:
    """Return the types of resources of a document by the names of their schemas."""
    resources = {
        name: schema
        for name, schema in data.get("components", {}).get("schemas", {}).items()
        if isinstance(schema, dict) and "x-resource" in schema
    }
    readers = readers_of(data) if resources else ()  # to find them takes long in large documents
    return {name: _type(data, name, schema, readers) for name, schema in resources.items()}


def _type(
    data: Any, name: str, schema: Mapping[str, Any], readers: tuple[Reader, ...]
) -> ResourceType:
    definition = schema["x-resource"]
    properties, required = declared_properties(data, schema)
    parent, parent_keys = next(iter(definition.get("parent", {}).items()), (None, ()))
    inner = {each: dict(timestamps_in(data, s)) for each, s in properties.items()}
    return ResourceType(
        name=name,
        keys=as_tuple(definition.get("key")) or inferred_keys(readers, name, properties),
        parent=parent,
        parent_keys=as_tuple(parent_keys),
        not_found_code=definition.get("not_found", ""),
        owner=next(iter(definition.get("owner", {}).items()), None),
        unique=tuple(as_tuple(each) for each in definition.get("unique", ())),
        folder=definition.get("fixtures") or inferred_folder(readers, name),
        properties=properties,
        required=required,
        timestamps={each: paths[()] for each, paths in inner.items() if () in paths},
        inner_timestamps={
            each: {path: form for path, form in paths.items() if path}
            for each, paths in inner.items()
            if any(paths)
        },
        timeline=_timeline(schema, properties, required) if "x-timeline" in schema else None,
        embedded=dict(_embedded(data, name, schema)),
        pointers=dict(property_pointers(data, pointer(("components", "schemas", name)))),
    )


def as_tuple(value: Any) -> tuple[str, ...]:
    """Return one name, or a list of names, as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value or ())


def declared_properties(
    data: Any, schema: Mapping[str, Any]
) -> tuple[dict[str, Mapping[str, Any]], frozenset[str]]:
    """Return the declared properties of a schema, each combined, and those that are required."""
    schema = combined(data, schema)
    properties = {n: combined(data, each) for n, each in schema.get("properties", {}).items()}
    return properties, frozenset(schema.get("required", ()))


def body_defaults(data: Any, operation: Operation) -> dict[str, Any]:
    """Return the defaults of the properties in the body of a request."""
    body = {"$ref": f"#{operation.body}"} if operation.body else {}
    declared = declared_properties(data, body)[0]
    return {name: each["default"] for name, each in declared.items() if "default" in each}


def property_pointers(data: Any, where: str) -> Iterator[tuple[str, str]]:
    """Yield each declared property of the schema at a pointer, and the pointer to its schema.

    If several parts of ``allOf`` declare it, the last one counts.
    """
    where = followed(data, where)
    schema = at(data, where)
    for index in range(len(schema.get("allOf", ()))):
        yield from property_pointers(data, where + pointer(("allOf", index)))
    for name in schema.get("properties", {}):
        yield name, where + pointer(("properties", name))


def _embedded(data: Any, name: str, schema: Any) -> Iterator[tuple[str, str]]:
    """Yield each property whose schema is the parent of a type, or a list of its children."""
    schemas = data["components"]["schemas"]
    parent = next(iter(schemas[name]["x-resource"].get("parent", {})), None)
    resolved = resolve(data, schema)
    for part in resolved.get("allOf", ()):
        yield from _embedded(data, name, part)
    for member, each in resolved.get("properties", {}).items():
        listed = isinstance(each, dict) and "items" in each
        for option in options_of(each["items"] if listed else each):
            other = str(option.get("$ref", "")).removeprefix("#/components/schemas/")
            definition = schemas.get(other, {}).get("x-resource") if other in schemas else None
            if definition is None:
                continue
            if other == parent if not listed else name in definition.get("parent", {}):
                yield member, other


def options_of(schema: Any) -> Iterator[Mapping[str, Any]]:
    """Yield a schema, and the alternatives of one that also allows null."""
    if isinstance(schema, dict):
        yield schema
        for keyword in ("allOf", "anyOf", "oneOf"):
            yield from (each for each in schema.get(keyword, ()) if isinstance(each, dict))


def _timeline(
    schema: Mapping[str, Any],
    properties: Mapping[str, Mapping[str, Any]],
    required: frozenset[str],
) -> TimelineRoles:
    definition = schema["x-timeline"]
    status = as_tuple(definition["status"])
    processes = tuple(_processes(definition, status, properties, required))
    own = _statuses(properties, status)
    of_processes = _statuses(properties, [each[STATUS] for each in processes])
    listed = {**own, **of_processes, **own}  # those of the resource come first, and decide
    return TimelineRoles(
        status=status,
        duration=definition.get("duration", ""),
        processes=processes,
        phases={word: each["phase"] for word, each in listed.items()},
        colors={w: each.get("color") or COLORS[each["phase"]] for w, each in listed.items()},
        changes=tuple(definition.get("changes", ())),
    )


def _statuses(
    properties: Mapping[str, Mapping[str, Any]], names: Iterable[str]
) -> Mapping[str, Any]:
    """Return the statuses of properties, with the phase and the color of each."""
    listed: dict[str, Any] = {}
    for name in names:
        listed |= properties.get(name, {}).get("x-statuses", {})
    return listed


def _processes(
    definition: Mapping[str, Any],
    status: tuple[str, ...],
    properties: Mapping[str, Mapping[str, Any]],
    required: frozenset[str],
) -> Iterator[Process]:
    if "processes" not in definition:
        roles = {r: name for r, name in definition.get("roles", {}).items() if name in properties}
        yield Process(ITSELF, {STATUS: status[-1], **roles})
        return
    suffixes = {STATUS: f"_{STATUS}", **definition["roles"]}
    for prefix in definition["processes"]:
        names = {role: prefix + suffix for role, suffix in suffixes.items()}
        names = {role: name for role, name in names.items() if name in properties}
        types = properties[names[STATUS]].get("type", ())
        yield Process(prefix, names, names[STATUS] not in required or "null" in types)


def timestamps_in(
    data: Any, schema: Any, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the path to each timestamp in the values of a schema, and its format."""
    if not isinstance(schema, dict) or len(path) > MAX_DEPTH:
        return
    schema = resolve(data, schema)
    if schema.get("format") in TIMESTAMP_FORMATS:
        yield path, schema["format"]
    for name, member in schema.get("properties", {}).items():
        yield from timestamps_in(data, member, (*path, name))
    yield from timestamps_in(data, schema.get("items"), (*path, "*"))
    for keyword in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(keyword, ()):
            yield from timestamps_in(data, each, path)
