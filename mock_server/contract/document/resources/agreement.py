"""Checks that resources name only properties and types that exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...source.problems import Problems
from ...source.yaml_documents import walk
from ...violations import nearest, pointer
from .inference import Reader, inferred_folder, inferred_keys, readers_of
from .loading import as_tuple, declared_properties
from .timeline_agreement import check_timeline

Schemas = Mapping[str, Any]


def check_resources(data: Any, schemas: Schemas, problems: Problems) -> None:
    """Add the violations in the extensions of schemas."""
    types = {name: schema for name, schema in schemas.items() if "x-resource" in schema}
    codes = frozenset(_codes(data))
    readers = readers_of(data)
    folders: dict[str, str] = {}
    for name, schema in types.items():
        where = f"/components/schemas{pointer((name,))}/x-resource"
        definition, properties = schema["x-resource"], declared_properties(data, schema)[0]
        for member, names in _named_properties(definition):
            for each in (each for each in names if each not in properties):
                message = "must name a property of its schema"
                at = f"{where}/{member}" if member else where
                problems.add("x-resource", at, message, each, nearest(each, properties))
        if "key" not in definition and not inferred_keys(readers, name, properties):
            fix = "add key: with the name of the property that identifies a resource"
            message = f"must name the key of {name}: no path leads to one by its key"
            problems.add("x-resource", where, message, "", fix)
        _check_parents(data, name, types, problems)
        _check_parent_keys(data, name, types, readers, problems)
        code = definition.get("not_found")
        if code is not None and code not in codes:
            at, message = f"{where}/not_found", "must be the name of an error example"
            fix = nearest(code, codes)
            if not fix.startswith("did you mean"):
                fix = "add it to the examples of the 404, or remove not_found"
            problems.add("x-resource", at, message, code, fix)
        folder = definition.get("fixtures") or inferred_folder(readers, name)
        if folder in folders:
            message = "each type must have its own folder of fixtures"
            fix = f"add fixtures: with another name than that of {folders[folder]}"
            at = f"{where}/fixtures" if "fixtures" in definition else where
            problems.add("x-resource", at, message, folder, fix)
        folders.setdefault(folder, name)
    for name, schema in schemas.items():
        if "x-timeline" in schema:
            check_timeline(data, name, schema, problems)


def _named_properties(definition: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each member of ``x-resource`` that names properties, and their names."""
    yield "key", as_tuple(definition.get("key"))
    for names in definition.get("parent", {}).values():
        yield "parent", as_tuple(names)
    yield "owner", tuple(definition.get("owner", ()))
    for index, names in enumerate(definition.get("unique", ())):
        yield f"unique/{index}", as_tuple(names)


def _check_parents(data: Any, name: str, types: Schemas, problems: Problems) -> None:
    """Check the parents of a type, up to the callers that own its resources."""
    visited, where = [name], f"/components/schemas{pointer((name,))}/x-resource"
    while parent := next(iter(types[visited[-1]]["x-resource"].get("parent", {})), None):
        if parent not in types:
            if len(visited) == 1:
                message, fix = "must name a schema with x-resource", nearest(parent, types)
                problems.add("x-resource", f"{where}/parent", message, parent, fix)
            return
        if parent in visited:
            cycle = " → ".join([*visited, parent])
            message = "a resource must not be its own ancestor"
            problems.add("x-resource", f"{where}/parent", message, cycle)
            return
        visited.append(parent)
    callers = declared_properties(data, types[visited[-1]])[0]
    for each in types[name]["x-resource"].get("owner", {}).values():
        if name == visited[-1]:
            message, fix = (
                "must belong to a type with a parent",
                "add parent: with their type",
            )
            problems.add("x-resource", f"{where}/owner", message, each, fix)
        elif each not in callers:
            message = f"must name a property of {visited[-1]}, whose resources are the callers"
            problems.add("x-resource", f"{where}/owner", message, each, nearest(each, callers))


def _check_parent_keys(
    data: Any, name: str, types: Schemas, readers: tuple[Reader, ...], problems: Problems
) -> None:
    """Check that a type has a property for each one of the key of its parent."""
    for parent, names in types[name]["x-resource"].get("parent", {}).items():
        definition = types.get(parent, {}).get("x-resource", {})
        declared = declared_properties(data, types.get(parent, {}))[0]
        keys = as_tuple(definition.get("key")) or inferred_keys(readers, parent, declared)
        if keys and len(as_tuple(names)) != len(keys):
            at = f"/components/schemas{pointer((name,))}/x-resource/parent{pointer((parent,))}"
            message = f"must name a property for each one of the key of {parent}: {', '.join(keys)}"
            fix = f"name {len(keys)} of the properties of {name}"
            problems.add("x-resource", at, message, ", ".join(as_tuple(names)), fix)


def _codes(data: Any) -> Iterator[str]:
    """Yield the names of the examples of errors: the name of an error example is its error code."""
    for where, value in walk(data):
        of_error = "/responses/" in where and "/responses/2" not in where
        if isinstance(value, dict) and of_error and where.endswith("/examples"):
            yield from value
