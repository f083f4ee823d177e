"""JSON Schemas for property tests: each accepts at least one value, from which it is made."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Any

NAMES = ("id", "name", "createdAt", "items", "price", "x-y", "é")
WORDS = ("a", "Rex", "2026-01-02", "a@b.co", "https://example.com", "10.0.0.1", "x y", "é", "")
TYPES = ("object", "array", "string", "number", "boolean", "null")
MAX_DEPTH = 4


def any_value(random: Random, depth: int = 0) -> Any:
    """Return a JSON value."""
    kind = random.choice(TYPES if depth < MAX_DEPTH else TYPES[2:])
    if kind == "object":
        names = random.sample(NAMES, random.randint(0, 4))
        return {name: any_value(random, depth + 1) for name in names}
    if kind == "array":
        return [any_value(random, depth + 1) for _ in range(random.randint(0, 3))]
    if kind == "number":
        return random.choice([random.randint(-1000, 1000), random.randint(-99999, 99999) / 100])
    return {"string": random.choice(WORDS), "boolean": random.random() < 0.5}.get(kind)


def satisfiable_schema(random: Random) -> Any:
    """Return a schema that accepts at least one value."""
    return schema_of(any_value(random), random)


def type_of(value: Any) -> str:
    """Return the name of a value's type in JSON Schema."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    names = {dict: "object", list: "array", str: "string", int: "integer", type(None): "null"}
    return names[type(value)]


def schema_of(value: Any, random: Random, depth: int = 0) -> Any:
    """Return a schema that accepts a value."""

    def chance(one_in: int) -> bool:
        return random.randrange(one_in) == 0

    schema: dict[str, Any] = {}
    kind = type_of(value)
    if not chance(10):
        schema["type"] = kind
        if chance(3):
            schema["type"] = list(dict.fromkeys([random.choice(TYPES), kind]))
    if kind in LIMITS:
        schema |= LIMITS[kind](value, random, depth)
    if chance(6):
        schema["enum"] = random.sample([value, "other", 12345], 3)
    if depth < MAX_DEPTH and chance(4):
        schema |= _combination(value, random, depth + 1)
    return schema


def _combination(value: Any, random: Random, depth: int) -> Any:
    """Return keywords that combine schemas and accept a value."""
    own = schema_of(value, random, depth)
    unrelated = schema_of(any_value(random, depth), random, depth)
    kind = random.choice(TYPES)
    is_other = kind != type_of(value) and (kind, type_of(value)) != ("number", "integer")
    combinations = [
        {"allOf": [own, schema_of(value, random, depth)]},
        {"anyOf": random.sample([own, unrelated], 2)},
        {"if": own, "then": schema_of(value, random, depth), "else": unrelated},
        {"not": {"type": kind}} if is_other else {},
        {"oneOf": random.sample([own, {"type": kind}], 2)} if is_other else {},
    ]
    return random.choice(combinations)


def _numbers(value: Any, random: Random, _: int) -> Any:
    below, above = random.randint(0, 50), random.randint(0, 50)
    step = random.choice([1, 0.5, abs(value) or 1]) if isinstance(value, int) else 0.01
    return _some(
        random,
        minimum=value - below,
        exclusiveMaximum=value + above + 0.5,
        maximum=value + above,
        multipleOf=step if isinstance(value, int) else None,
    )


def _texts(value: str, random: Random, _: int) -> Any:
    part = re.escape(value[: random.randint(0, len(value))])
    return _some(
        random,
        minLength=random.randint(0, len(value)),
        maxLength=len(value) + random.randint(0, 20),
        pattern=random.choice([f"^{part}", part, f"^{part}.*$", ".*", "^[^\\n]*$"]),
    )


def _lists(value: list[Any], random: Random, depth: int) -> Any:
    parts = [schema_of(item, random, depth + 1) for item in value]
    members: dict[str, Any] = {"items": {"anyOf": parts}} if parts and random.random() < 0.6 else {}
    if random.random() < 0.2:
        members = {"prefixItems": parts[:2] or [True]}
    return members | _some(
        random,
        minItems=random.randint(0, len(value)),
        maxItems=len(value) + random.randint(0, 3),
        contains=random.choice(parts) if parts and random.random() < 0.3 else None,
    )


def _objects(value: dict[str, Any], random: Random, depth: int) -> Any:
    parts = {name: schema_of(value[name], random, depth + 1) for name in value}
    declared = [name for name in value if random.random() < 0.8]
    rest = [parts[name] for name in value if name not in declared]
    members = _some(
        random,
        required=[name for name in value if random.random() < 0.6],
        minProperties=random.randint(0, len(value)),
        maxProperties=len(value) + random.randint(0, 2),
        additionalProperties={"anyOf": rest} if rest else False,
        propertyNames={"maxLength": 20},
        dependentRequired={next(iter(value)): list(value)[1:2]} if value else None,
    )
    return members | {"properties": {name: parts[name] for name in declared}}


def _some(random: Random, **keywords: Any) -> dict[str, Any]:
    """Return about a third of the keywords that have a value."""
    return {k: v for k, v in keywords.items() if v is not None and random.random() < 0.35}


LIMITS: dict[str, Callable[[Any, Random, int], Any]] = {
    "integer": _numbers,
    "number": _numbers,
    "string": _texts,
    "array": _lists,
    "object": _objects,
}
