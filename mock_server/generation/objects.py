"""Objects for a schema: which properties they have, and what their values are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from .context import MAX_MEMBERS, OMITTED, Context, Spot, Value, refers
from .presets import echoes_of
from .scalars.texts import checker
from .schemas.combining import ContradictionError, both
from .schemas.merging import Merged, names_forbidden_alone

EXTRA_NAMES = ("first", "second", "third")  # of properties that a schema does not name
TRIES = 3  # names generated for one property


def object_value(
    context: Context, merged: Merged, spot: Spot, shape: int, value_of: Value
) -> dict[str, Any]:
    """Return an object. Raises ContradictionError.

    shape: 0 for all properties, 1 for the required ones.
    """
    keywords = merged.keywords
    required = dict.fromkeys(keywords.get("required", ()))
    if spot.path in context.history.required:
        required |= dict.fromkeys(sorted(context.history.required[spot.path]))
    forbidden = set(names_forbidden_alone(merged.forbidden)) if merged.forbidden else set()
    if forbidden & required.keys():
        raise ContradictionError
    members = _Members(context, merged, spot, value_of)
    minimal = shape > 0 or context.is_minimal(spot)
    spare = keywords.get("maxProperties", MAX_MEMBERS) - len(required)
    for name, schema in keywords.get("properties", {}).items():
        if name in required:
            members.add(name, schema, optional=False)
        elif not (
            minimal
            or schema is False
            or spare <= 0
            or name in forbidden
            or context.is_hidden(schema)
            or refers(schema, members.references)
        ):
            members.add(name, schema, optional=True)
            spare -= name in members.result
    pending = [name for name in required if name not in members.result]
    while pending:
        for name in pending:
            members.add(name, _schema_of(keywords, name), optional=False)
        pending = _missing_dependents(keywords, members.result)
    _add_unnamed(context, keywords, members, minimal)
    return members.result


@dataclass
class _Members:
    """The properties of one object, as far as they are built."""

    context: Context
    merged: Merged
    spot: Spot
    value_of: Value
    result: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        spot, merged, context = self.spot, self.merged, self.context
        self.references = spot.references.union(merged.refs) if merged.refs else spot.references
        names = merged.keywords.get("properties", {})
        self.echoes = echoes_of(context, merged, spot, names) if context.echoes.values else {}
        self.level = spot.level + 1 if self.echoes or spot.level else 0
        examples = (*spot.likes, *merged.examples, *merged.partial)
        if not context.use_examples:
            examples = spot.likes
        self.likes = [example for example in examples if isinstance(example, dict)]

    def add(self, name: str, schema: Any, optional: bool) -> None:
        """Build a property, and add it unless it is optional and has no value."""
        spot = self.spot
        likes = [example[name] for example in self.likes if name in example]
        member = Spot(
            (*spot.path, name),
            name,
            crc32(name.encode("utf-8", "replace"), spot.seed),
            self.references,
            tuple(likes),
            self.echoes.get(name, OMITTED),
            self.level,
            spot.later,
            spot.fresh,
        )
        value = self.value_of(schema, member, optional)
        if value is not OMITTED:
            self.result[name] = value


def _missing_dependents(keywords: Mapping[str, Any], result: Mapping[str, Any]) -> list[str]:
    """Return the properties that others require (``dependentRequired``) and that are missing."""
    dependent = keywords.get("dependentRequired", {})
    needed = [other for name in result for other in dependent.get(name, ())]
    return [name for name in dict.fromkeys(needed) if name not in result]


def _add_unnamed(
    context: Context, keywords: Mapping[str, Any], members: _Members, minimal: bool
) -> None:
    """Add properties that the schema does not name: as many as it requires, or one to a map."""
    result = members.result
    by_pattern = keywords.get("patternProperties") or {}
    rest = keywords.get("additionalProperties", True)
    is_map = not keywords.get("properties") and (by_pattern or (isinstance(rest, dict) and rest))
    least = int(keywords.get("minProperties", 0))
    wanted = max(least, 1 if is_map and not minimal and not refers(rest, members.references) else 0)
    if wanted > MAX_MEMBERS:
        raise ContradictionError
    for index in range(wanted * TRIES):
        if len(result) >= wanted:
            return
        context.count_steps(1)
        name = _new_name(keywords, by_pattern, rest, members, index)
        if name not in result:
            members.add(name, _schema_of(keywords, name), len(result) >= least)
    if len(result) < least:
        raise ContradictionError


def _new_name(
    keywords: Mapping[str, Any],
    by_pattern: Mapping[str, Any],
    rest: Any,
    members: _Members,
    index: int,
) -> str:
    schema: Any = keywords.get("propertyNames", True)
    if by_pattern and (rest is False or not keywords.get("minProperties")):
        schema = both({"pattern": list(by_pattern)[index % len(by_pattern)]}, schema)
    if schema is True:
        return EXTRA_NAMES[index] if index < len(EXTRA_NAMES) else f"key{index + 1}"
    spot = members.spot
    # No property has this path: it starts with a character that no generated name contains.
    path = (*spot.path, f"\0{index}")
    seed = crc32(b"name %d" % index, spot.seed)
    name = Spot(path, "key", seed, spot.references)
    return str(members.value_of(both({"type": "string"}, schema), name, False))


def _schema_of(keywords: Mapping[str, Any], name: str) -> Any:
    """Return the schema of a property that may not be declared."""
    schema = keywords.get("properties", {}).get(name)
    for pattern, other in (keywords.get("patternProperties") or {}).items():
        if checker(json.dumps({"pattern": pattern}))(name):
            schema = other if schema is None else both(schema, other)
    if schema is not None:
        return schema
    return keywords.get("additionalProperties", keywords.get("unevaluatedProperties", True))
