"""The shape of a schema: which types a value may have, and the shapes of its members.

Parameters and forms contain only text. To convert a text, its type must be known before it is
validated. A shape therefore collects the types of a schema through ``$ref``, ``allOf``, ``anyOf``
and the other keywords that combine schemas. It may allow more types than the schema does: the
conversion then prefers the value that the schema accepts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from ..document.references import at, pointer_to
from ..document.schemas import Schemas
from ..violations import pointer

SCALARS = ("boolean", "integer", "number", "string", "null")
# Keywords with schemas that apply to the same value
ALTERNATIVES, CONDITIONS = ("allOf", "anyOf", "oneOf"), ("if", "then", "else")
# Keyword → the type of the values that it constrains, for a schema without `type`
CONSTRAINED = {
    "properties": "object",
    "additionalProperties": "object",
    "patternProperties": "object",
    "items": "array",
    "prefixItems": "array",
    "minimum": "number",
    "maximum": "number",
    "multipleOf": "number",
    "pattern": "string",
    "minLength": "string",
    "maxLength": "string",
}
JSON_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", dict: "object"}
MAX_BRANCHES = 200  # schemas of one shape; a larger union is cut


class Shape:
    """The shape of the values at one or more schemas, given by their JSON pointers.

    Its parts are computed when they are used first: a schema may contain itself.
    """

    def __init__(self, schemas: Schemas, roots: tuple[str, ...]) -> None:
        self._schemas, self.roots = schemas, roots
        self._members: dict[str, Shape] = {}
        self._parts: dict[tuple[str, ...], Shape] = {}

    @cached_property
    def _branches(self) -> Mapping[str, Mapping[str, Any]]:
        """The schemas that apply to the value, by their pointers."""
        branches: dict[str, Mapping[str, Any]] = {}
        pending = [*self.roots]
        for where in pending:  # grows while it is read
            schema = at(self._schemas.data, where)
            if where not in branches and isinstance(schema, dict) and len(branches) < MAX_BRANCHES:
                branches[where] = schema
                pending += _combined(schema, where)
        return branches

    @cached_property
    def types(self) -> frozenset[str]:
        """The types that a value may have; empty if the schema declares none."""
        return frozenset(name for schema in self._branches.values() for name in _types(schema))

    @cached_property
    def scalars(self) -> tuple[str, ...]:
        """The types of a single text, in the order in which a conversion tries them."""
        if not self.types:
            return ("string", "boolean", "number", "null")
        types = self.types - {"integer"} if "number" in self.types else self.types
        return tuple(name for name in SCALARS if name in types)

    @cached_property
    def allows_array(self) -> bool:
        return "array" in self.types

    @cached_property
    def allows_object(self) -> bool:
        return "object" in self.types

    @cached_property
    def allows_scalar(self) -> bool:
        return bool(self.scalars) or not (self.allows_array or self.allows_object)

    @cached_property
    def properties(self) -> tuple[str, ...]:
        """The declared properties of an object."""
        declared = (schema.get("properties") for schema in self._branches.values())
        names = (name for each in declared if isinstance(each, dict) for name in each)
        return tuple(dict.fromkeys(names))

    @cached_property
    def describes_others(self) -> bool:
        """Whether the schema describes properties that it does not name."""
        return any(
            isinstance(schema.get("additionalProperties"), dict) or "patternProperties" in schema
            for schema in self._branches.values()
        )

    @cached_property
    def is_open(self) -> bool:
        """Whether an object is meant to have properties that the schema does not name."""
        if not self.properties or self.describes_others:
            return True
        return any(each.get("additionalProperties") is True for each in self._branches.values())

    @cached_property
    def is_binary(self) -> bool:
        """Whether a text is the bytes of a file."""
        return any(
            schema.get("format") == "binary"
            or ("contentMediaType" in schema and "contentEncoding" not in schema)
            for schema in self._branches.values()
        )

    @cached_property
    def _fixed_items(self) -> int:
        """The number of items that have their own schemas."""
        return max(
            (len(each.get("prefixItems", ())) for each in self._branches.values()), default=0
        )

    def member(self, name: str) -> Shape:
        """Return the shape of a property."""
        member = self._members.get(name)
        if member is None:
            member = self._of(self._member_pointers(name))
            if name in self.properties:  # other names are the client's, and must not fill memory
                self._members[name] = member
        return member

    def item(self, index: int) -> Shape:
        """Return the shape of an item of an array."""
        return self._of(self._item_pointers(min(index, self._fixed_items)))

    def _of(self, pointers: Iterable[str]) -> Shape:
        """Return the shape of a part. Parts with the same schemas share it."""
        roots = tuple(pointers)
        if roots not in self._parts:
            self._parts[roots] = Shape(self._schemas, roots)
        return self._parts[roots]

    def fits(self, value: Any) -> int:
        """Return how many of the schemas accept a value."""
        return sum(self._schemas.validator(where).is_valid(value) for where in self.roots)

    def _member_pointers(self, name: str) -> Iterator[str]:
        for where, schema in self._branches.items():
            if name in schema.get("properties", ()):
                yield where + pointer(("properties", name))
                continue
            matching = [
                where + pointer(("patternProperties", pattern))
                for pattern in schema.get("patternProperties", ())
                if _matches(pattern, name)
            ]
            yield from matching
            if not matching and isinstance(schema.get("additionalProperties"), dict):
                yield where + pointer(("additionalProperties",))

    def _item_pointers(self, index: int) -> Iterator[str]:
        for where, schema in self._branches.items():
            if index < len(schema.get("prefixItems", ())):
                yield where + pointer(("prefixItems", index))
            elif isinstance(schema.get("items"), dict):
                yield where + pointer(("items",))


def shape_at(schemas: Schemas, where: str) -> Shape | None:
    """Return the shape of the schema at a JSON pointer; None if there is no schema."""
    try:
        schema = at(schemas.data, where)
    except LookupError:
        return None
    return Shape(schemas, (where,)) if isinstance(schema, dict | bool) else None


def _combined(schema: Mapping[str, Any], where: str) -> Iterator[str]:
    """Yield the pointers of the schemas that a schema combines."""
    if "$ref" in schema:
        yield pointer_to(schema["$ref"])
    for keyword in ALTERNATIVES:
        for index in range(len(schema.get(keyword, ()))):
            yield where + pointer((keyword, index))
    for keyword in CONDITIONS:
        if keyword in schema:
            yield where + pointer((keyword,))
    for name in schema.get("dependentSchemas", ()):
        yield where + pointer(("dependentSchemas", name))


def _types(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the types that a schema itself declares, or else those that its keywords imply."""
    declared = schema.get("type")
    if declared is not None:
        yield from [declared] if isinstance(declared, str) else declared
    elif "enum" in schema or "const" in schema:
        for value in schema.get("enum", [schema.get("const")]):
            yield JSON_TYPES.get(type(value), "array" if isinstance(value, list) else "null")
    else:
        yield from (kind for keyword, kind in CONSTRAINED.items() if keyword in schema)


def _matches(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:  # a pattern of another dialect than Python's
        return False
