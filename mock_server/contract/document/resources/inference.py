"""Infer from the paths of an API: the key of a resource, and how operations find it.

HTTP and the paths define this (RFC 9110, section 9.3): ``GET`` with the key at the end of its path
reads a resource, and the path without the key belongs to the list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from ...violations import pointer
from ..operation import PARAMETER, Action, Lookup, LookupWay, Operation
from ..response_loading import resource_schemas, response_of
from .types import FIELD, WORDS, ResourceType

# Method at the path of a resource → what the operation does
ITEM_ACTIONS = {"PUT": "replace", "PATCH": "update", "DELETE": "delete"}


class Reader(NamedTuple):
    """A ``GET`` operation that returns one resource: its path, and the schema of the resource."""

    path: str
    schema: str

    @property
    def parameter(self) -> str:
        """Return the path parameter at the end of the path; "" if there is none."""
        return PARAMETER.findall(self.path)[-1] if self.path.endswith("}") else ""


def readers_of(data: Any) -> tuple[Reader, ...]:
    """Return the operations of a document that return one resource, in the order of the paths."""
    with_resources = resource_schemas(data)
    return tuple(
        Reader(path, schema)
        for path, item in data.get("paths", {}).items()
        if PARAMETER.search(path) and "get" in item
        for schema in _single(data, path, item["get"], with_resources)
    )


def _single(
    data: Any, path: str, operation: Mapping[str, Any], with_resources: frozenset[str]
) -> Iterator[str]:
    successes = sorted(s for s in map(str, operation.get("responses", {})) if s.startswith("2"))
    for status in successes[:1]:
        where = pointer(("paths", path, "get", "responses", status))
        first = int(status) if status.isdecimal() else 200
        for name, inside in response_of(data, first, where, with_resources).resources:
            if "*" not in inside:
                yield name
                return


def inferred_keys(
    readers: tuple[Reader, ...], name: str, properties: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return the property that the path to a resource ends with; none if there is no such path."""
    for reader in readers:
        key = key_property(reader.parameter, name, properties) if reader.schema == name else None
        if key:
            return (key,)
    return ("id",) if "id" in properties else ()


def inferred_folder(readers: tuple[Reader, ...], name: str) -> str:
    """Return the name for the fixtures of a type: the word before the key in its path."""
    for reader in readers:
        words = reader.path.rpartition("/{")[0].rpartition("/")[2]
        if reader.schema == name and words and "{" not in words:
            return words
    return "-".join(word.lower() for word in WORDS.findall(name)) + "s"


def key_property(parameter: str, schema: str, properties: Mapping[str, Any]) -> str | None:
    """Return the property of a schema that a path parameter contains."""
    by_plain_name = {_plain(name): name for name in properties}
    wanted = _plain(parameter)
    for candidate in (wanted, wanted.removeprefix(_plain(schema)), wanted[-2:]):
        if candidate in by_plain_name and (candidate != "id" or wanted.endswith("id")):
            return by_plain_name[candidate]
    return by_plain_name.get(f"{_plain(schema)}{wanted}")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def with_behaviour(
    types: Mapping[str, ResourceType], operations: Mapping[str, Operation]
) -> Iterator[Operation]:
    """Yield each operation with its lookup and action, inferred where the document has none.

    Only operations on resources have any.
    """
    items = {o.path: name for o in operations.values() for name in _read_item(types, o)}
    collections = {
        path.rpartition("/{")[0]: name for path, name in items.items() if path.endswith("}")
    }
    for operation in operations.values():
        for name, inside in operation.success.resources[:1]:
            lists = operation.method == "GET" and "*" in inside
            is_named = operation.path.rpartition("/")[2] == types[name].folder
            if lists or (operation.method == "POST" and "*" not in inside and is_named):
                collections.setdefault(operation.path, name)
    for operation in operations.values():
        yield _inferred(types, operation, items, collections)


def _read_item(types: Mapping[str, ResourceType], operation: Operation) -> Iterator[str]:
    """Yield the type of which a ``GET`` operation with a path parameter returns one resource."""
    if operation.method == "GET" and operation.path_parameters and not operation.lookup:
        for name, path in operation.success.resources[:1]:
            if "*" not in path and _way(types[name], operation, types):
                yield name


def _inferred(
    types: Mapping[str, ResourceType],
    operation: Operation,
    items: Mapping[str, str],
    collections: Mapping[str, str],
) -> Operation:
    action = operation.action or _action_of(operation, items, collections)
    if action is not None and action.do == "none":
        return replace(operation, action=None)
    above = [items[path] for path in _prefixes(operation.path) if path in items]
    returned = [name for name, _ in operation.success.resources]
    changes_one = action is not None and action.do != "create"
    names = [
        action.finds if action else "",
        operation.lookup.finds if operation.lookup else "",
        *([] if changes_one else [collections.get(operation.path, ""), *returned]),
        *above,
        *returned,
    ]
    name = next((each for each in names if each in types), None)
    if name is None:
        return replace(operation, action=None) if operation.action else operation
    if action is not None:
        way = _way(types[name], operation, types, one=False) if action.do == "create" else None
        own = {p: FIELD.fullmatch(text) for p, text in (way.by if way else {}).items()}
        of_path = {p: field[2] for p, field in own.items() if field and field[1] == name}
        action = replace(action, finds=name, of_path=of_path)
    return replace(operation, action=action, lookup=_lookup_of(types, operation, name, action))


def _action_of(
    operation: Operation, items: Mapping[str, str], collections: Mapping[str, str]
) -> Action | None:
    """Return what the method and the path of an operation mean for a resource."""
    if operation.path in items and operation.method in ITEM_ACTIONS:
        return Action(ITEM_ACTIONS[operation.method], items[operation.path])
    if operation.path in collections and operation.method == "POST" and not operation.lookup:
        return Action("create", collections[operation.path])
    return None


def _lookup_of(
    types: Mapping[str, ResourceType], operation: Operation, name: str, action: Action | None
) -> Lookup | None:
    """Return how an operation finds resources: one for an action, else what it returns."""
    if operation.lookup is not None or (action is not None and action.do == "create"):
        return operation.lookup
    inside = next((path for each, path in operation.success.resources if each == name), None)
    shows = inside is not None or bool(operation.success.events)
    if action is None and (not shows or operation.method != "GET"):
        return None
    one = action is not None or "*" not in (inside or ())
    return _lookup(types, operation, name, one) if operation.path_parameters or not one else None


def _prefixes(path: str) -> Iterator[str]:
    """Yield a path, then each path above it."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def _lookup(
    types: Mapping[str, ResourceType], operation: Operation, name: str, one: bool
) -> Lookup | None:
    resource_type = types[name]
    way = _way(resource_type, operation, types, one)
    if way is None:
        return None
    properties = resource_type.properties
    filters = tuple(p.name for p in operation.parameters if p.name in properties)
    return Lookup(name, (way,) if way.by else (), () if one else filters, None, operation.page)


def _way(
    resource_type: ResourceType,
    operation: Operation,
    types: Mapping[str, ResourceType],
    one: bool = True,
) -> LookupWay | None:
    """Return how the path parameters find a resource, or all of a parent; None if they do not.

    From the end of the path: the key (of one), then the key of the parent, and so on. The path of a
    list can have only some of these properties, by their names, such as the first part of a key.
    """
    parameters = PARAMETER.findall(operation.path)
    fields = list(dict.fromkeys(_fields(resource_type, types)))[0 if one else 1 :]
    own = set[tuple[str, str]]()  # which a list can only have by name
    if not one:
        own = {(resource_type.name, name) for name in resource_type.keys}
        own -= {(resource_type.name, name) for name in resource_type.parent_keys}
    elif len(parameters) < len(resource_type.keys):
        return None
    by: dict[str, str] = {}
    for parameter in reversed(parameters):
        named = [f for f in fields if not one and _plain(f[1]) == _plain(parameter)]
        chosen = next(iter([*named, *(f for f in fields if f not in own)]), None)
        if chosen is None:
            return None
        by[parameter] = f"{{{chosen[0]}.{chosen[1]}}}"
        fields = fields[fields.index(chosen) + 1 :]
    return LookupWay(dict(reversed(by.items())), {})


def _fields(
    resource_type: ResourceType, types: Mapping[str, ResourceType]
) -> Iterator[tuple[str, str]]:
    """Yield the properties of a key, then those with the key of the parent, and so on upwards."""
    yield from ((resource_type.name, name) for name in reversed(resource_type.keys))
    holder: ResourceType | None = resource_type
    visited: list[ResourceType] = []
    while holder is not None and holder not in visited:
        visited.append(holder)
        yield from ((holder.name, name) for name in reversed(holder.parent_keys))
        holder = types.get(holder.parent or "")
