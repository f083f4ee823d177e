"""The body of a documented success: what its schema fixes, and the resources.

The body has the constants of the schema, its required properties, and the resources. A required
property without a constant is that of the documented example, or else generated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from ..contract.document.operation import DocumentedResponse
from ..contract.document.references import at, pointer_to
from ..contract.document.schemas import Schemas
from ..contract.violations import pointer
from .generate import CannotGenerateError, generated

ABSENT = object()
MAX_DEPTH = 8  # levels of objects without a resource

# The path to a location in a body, where "*" is each item of a list, and the values there.
Location = tuple[tuple[str, ...], Sequence[Any]]
Part = tuple[str, Mapping[str, Any]]  # the pointer to a schema, and the schema
Properties = tuple[Mapping[str, str], set[str]]

# By pointer: what a schema consists of. Each lookup and each rebuild needs it.
_known_parts: WeakKeyDictionary[Schemas, dict[str, tuple[Part, ...]]] = WeakKeyDictionary()
_known_properties: WeakKeyDictionary[Schemas, dict[str, Properties]] = WeakKeyDictionary()


def success_body(
    schemas: Schemas, response: DocumentedResponse, resources: Mapping[str, Sequence[Any]]
) -> Any:
    """Return the body of a success.

    resources: the values of each entity that the body contains, by the name of the entity.
    """
    example = next(iter(response.examples.values()), ABSENT)
    if response.schema is None:
        return None if example is ABSENT else example
    locations = [(path, resources.get(name, ())) for name, path in response.resources]
    if not locations and example is not ABSENT:
        if schemas.validator(response.schema).is_valid(example):
            return example
        example = ABSENT
    return _filled(schemas, response.schema, locations, example)


def declared_at(schemas: Schemas, where: str, path: Sequence[str]) -> str | None:
    """Return the pointer to the schema at a path of properties; None if it is not declared."""
    for name in path:
        found = _properties(schemas, where)[0].get(name)
        if found is None:
            return None
        where = found
    return where


def _filled(schemas: Schemas, where: str, locations: Sequence[Location], example: Any) -> Any:
    """Return a value of the schema at a pointer, with values at the given locations."""
    if any(not path for path, _ in locations):
        return next(values[0] for path, values in locations if not path)
    in_list = [(path[1:], values) for path, values in locations if path[0] == "*"]
    items = [each + "/items" for each, schema in _parts(schemas, where) if "items" in schema]
    if in_list and items:
        per_item = [
            [(path, values[index : index + 1]) for path, values in in_list]
            for index in range(max(len(values) for _, values in in_list))
        ]
        return [_filled(schemas, items[0], of_item, None) for of_item in per_item]
    return _object(schemas, where, locations, example)


def _object(
    schemas: Schemas, where: str, locations: Sequence[Location], example: Any, depth: int = 0
) -> Any:
    members: dict[str, Any] = {}
    declared, required = _properties(schemas, where)
    for name, at_member in declared.items():
        inside = [(path[1:], values) for path, values in locations if path[:1] == (name,)]
        of_example = example.get(name, ABSENT) if isinstance(example, dict) else ABSENT
        if any(values or "*" in path for path, values in inside):
            members[name] = _filled(schemas, at_member, inside, of_example)
        elif (constant := _keyword(schemas, at_member, "const")) is not ABSENT:
            members[name] = constant
        elif name in required:
            members[name] = _member(schemas, at_member, of_example, depth)
    return members if declared or not required else _generated(schemas, where)


def _member(schemas: Schemas, where: str, example: Any, depth: int) -> Any:
    """Return a required member: of the example, its default, or what its schema describes."""
    if example is not ABSENT:
        return example
    default = _keyword(schemas, where, "default")
    if default is not ABSENT:
        return default
    if _properties(schemas, where)[0] and depth < MAX_DEPTH:
        return _object(schemas, where, (), ABSENT, depth + 1)
    return _generated(schemas, where)


def _generated(schemas: Schemas, where: str) -> Any:
    try:
        return generated(schemas, where)
    except CannotGenerateError:  # the judge of the response reports it
        return None


def _parts(schemas: Schemas, where: str) -> Sequence[Part]:
    """Return the schema at a pointer and those that it refers to or combines, with pointers."""
    known = _known_parts.setdefault(schemas, {})
    if where not in known:
        known[where] = tuple(_walked(schemas.data, where))
    return known[where]


def _walked(data: Any, where: str) -> Iterator[Part]:
    waiting, visited = [where], set()
    while waiting:
        each = waiting.pop(0)
        schema = at(data, each)
        if each in visited or not isinstance(schema, dict):
            continue
        visited.add(each)
        yield each, schema
        combined = [f"{each}/allOf/{index}" for index in range(len(schema.get("allOf", ())))]
        if isinstance(schema.get("$ref"), str):
            combined.insert(0, pointer_to(schema["$ref"]))
        waiting = combined + waiting  # depth first, in the order of the document


def _properties(schemas: Schemas, where: str) -> Properties:
    """Return the pointer to each declared property of a schema, and the required properties."""
    known = _known_properties.setdefault(schemas, {})
    if where in known:
        return known[where]
    declared: dict[str, str] = {}
    required: set[str] = set()
    for each, schema in _parts(schemas, where):
        for name in schema.get("properties", {}):
            declared.setdefault(name, each + pointer(("properties", name)))
        required.update(schema.get("required", ()))
    return known.setdefault(where, (declared, required))


def _keyword(schemas: Schemas, where: str, keyword: str) -> Any:
    """Return a keyword of a schema, or of one that it refers to or combines; else ABSENT."""
    return next((s[keyword] for _, s in _parts(schemas, where) if keyword in s), ABSENT)
