"""How deep the smallest value of a schema is, to end a recursive schema.

The height of a scalar is 0. An object or a list is one higher than its highest required member. The
height of ``oneOf`` and ``anyOf`` is that of the lowest schema. A schema that requires itself has no
finite value: its height is INFINITE.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .combining import ContradictionError
from .merging import target

INFINITE = 1_000
MAX_REFERENCES = 2_000  # schemas that are read for one height
MAX_ROUNDS = 60


class Heights:
    """The heights of the schemas of a document. Computed when first requested."""

    def __init__(self, data: Any) -> None:
        self.data = data
        self._of_references: dict[str, int] = {}

    def of(self, schema: Any) -> int:
        """Return the height of a schema."""
        self._resolve(schema)
        return _height(schema, self._of_references)

    def _resolve(self, schema: Any) -> None:
        """Compute the heights of all schemas that a schema refers to, directly or not."""
        pending, schemas = list(_references(schema)), dict[str, Any]()
        while pending and len(schemas) < MAX_REFERENCES:
            reference = pending.pop()
            if reference in schemas or reference in self._of_references:
                continue
            try:
                schemas[reference] = target(self.data, reference)
            except ContradictionError:
                schemas[reference] = False
            pending += _references(schemas[reference])
        if not schemas:
            return
        # Another thread must not read a height that is not settled.
        heights = self._of_references | dict.fromkeys(schemas, INFINITE)
        for _ in range(MAX_ROUNDS):  # heights only fall; each round settles one more level
            settled = True
            for reference, schema in schemas.items():
                height = _height(schema, heights)
                if height < heights[reference]:
                    heights[reference], settled = height, False
            if settled:
                break
        self._of_references = heights


def _references(schema: Any) -> list[str]:
    """Return the ``$ref`` values of the schemas that a smallest value needs."""
    if not isinstance(schema, dict):
        return []
    references = [schema["$ref"]] if isinstance(schema.get("$ref"), str) else []
    for part in _needed(schema):
        references += _references(part)
    return references


def _needed(schema: Mapping[str, Any]) -> list[Any]:
    """Return the subschemas that a smallest value may need."""
    parts: list[Any] = []
    for key in ("allOf", "anyOf", "oneOf"):
        parts += schema.get(key) or ()
    return parts + _members(schema)


def _members(schema: Mapping[str, Any]) -> list[Any]:
    properties = schema.get("properties")
    members = [
        properties[name]
        for name in schema.get("required") or ()
        if isinstance(properties, dict) and name in properties
    ]
    if schema.get("minItems") and "items" in schema:
        members.append(schema["items"])
    return members


def _height(schema: Any, of_references: Mapping[str, int]) -> int:
    if schema is False:
        return INFINITE
    if not isinstance(schema, dict) or "const" in schema or "enum" in schema:
        return 0
    types = schema.get("type")
    if isinstance(types, list) and not {"object", "array"} >= set(types):
        return 0
    heights = [0]
    if isinstance(schema.get("$ref"), str):
        heights.append(of_references.get(schema["$ref"], 0))
    heights += [_height(part, of_references) for part in schema.get("allOf") or ()]
    for key in ("anyOf", "oneOf"):
        if schema.get(key):
            heights.append(_lowest(schema[key], of_references))
    heights += [1 + _height(member, of_references) for member in _members(schema)]
    return min(max(heights), INFINITE)


def _lowest(schemas: Sequence[Any], of_references: Mapping[str, int]) -> int:
    return min(_height(schema, of_references) for schema in schemas)
