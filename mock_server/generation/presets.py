"""Values that are tried before a generated one: from the request, from examples, from an enum."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .context import OMITTED, Context, Spot, is_identifier, singular
from .echoes import converted
from .schemas.combining import ContradictionError
from .schemas.merging import Merged

TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
MAX_ENUM = 24  # values of an enum that are tried


def presets(context: Context, merged: Merged, spot: Spot, kind: str) -> list[Any]:
    """Return the values of a part that are tried first."""
    values = [] if spot.echo is OMITTED else [converted(spot.echo, kind)]
    # Of several resources with the same example, only the first has its id.
    if spot.fresh or (spot.later and is_identifier(spot.name)):
        return values
    examples: Sequence[Any] = merged.examples if context.use_examples else ()
    if spot.likes:
        examples = [*spot.likes, *examples]
    for example in examples:
        if kind == "object" and isinstance(example, dict):
            values += _object_presets(context, example, merged, spot)
        elif "type" not in merged.keywords or is_of_type(example, kind):
            values.append(example)
    return values


def is_of_type(value: Any, kind: str) -> bool:
    """Return whether a value has a type of JSON Schema; any value has the type "any"."""
    if kind == "integer":
        return isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0
    types = TYPES.get(kind, object)
    return isinstance(value, types) and not (kind == "number" and isinstance(value, bool))


def _object_presets(context: Context, example: Any, merged: Merged, spot: Spot) -> list[Any]:
    """Return an example of an object, at first with the values that repeat the request."""
    properties = merged.keywords.get("properties", {})
    required = merged.keywords.get("required", ())
    visible = {
        name: value
        for name, value in example.items()
        if name in required or not context.is_hidden(properties.get(name))
    }
    echoes = {
        name: converted(value, _type(context, properties.get(name, True)))
        for name, value in echoes_of(context, merged, spot, visible).items()
    }
    return [{**visible, **echoes}, visible] if echoes else [visible]


def _type(context: Context, schema: Any) -> str:
    try:
        return context.plans.of(schema).type()
    except ContradictionError:
        return "any"


def echoes_of(context: Context, merged: Merged, spot: Spot, names: Iterable[str]) -> dict[str, Any]:
    """Return the values of the request that the properties of an object repeat."""
    if not context.echoes.values or spot.level > 1:
        return {}
    owners = [spot.name, singular(spot.name)]
    owners += [reference.rpartition("/")[2] for reference in merged.refs]
    if not spot.path:
        owners += [reference.rpartition("/")[2] for reference in spot.references]
    values = context.echoes.of(names, owners, spot.level == 0)
    if spot.later:
        values = {name: value for name, value in values.items() if not is_identifier(name)}
    return values


def enum_values(values: Sequence[Any], kind: str, spot: Spot) -> list[Any]:
    """Return the values of an enum with a type, in an order that differs between parts.

    Null is the last one.
    """
    values = [value for value in values if is_of_type(value, kind)]
    listed = [value for value in values if value is not None]
    start = spot.seed % len(listed) if listed else 0
    rotated = (listed[start:] + listed[:start])[:MAX_ENUM]
    return rotated + [value for value in values if value is None][:1]


def copied(value: Any) -> Any:
    """Return a copy of a value of the document, so that a change does not reach the document."""
    if isinstance(value, dict):
        return {name: copied(member) for name, member in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value
