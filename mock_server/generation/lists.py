"""Lists for a schema: how many items they have, and what the items are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from .context import MAX_MEMBERS, OMITTED, Context, Spot, Value, refers, singular
from .schemas.combining import ContradictionError, both
from .schemas.merging import Merged

USUAL_ITEMS = 2  # of a list that is not in an item of another list
DISTINCT_ITEMS = 40  # a longer list repeats its items if they may be equal


def list_value(
    context: Context, merged: Merged, spot: Spot, shape: int, value_of: Value
) -> list[Any]:
    """Return a list. Raises ContradictionError.

    shape: 0 for the usual number of items, 1 for the fewest, 2 for more.
    """
    keywords = merged.keywords
    prefix, items = keywords.get("prefixItems", ()), keywords.get("items", True)
    references = spot.references.union(merged.refs) if merged.refs else spot.references
    is_short = shape == 1 or refers(items, references) or context.is_minimal(spot)
    is_unique = bool(keywords.get("uniqueItems"))
    contained = range(0)
    if "contains" in keywords:
        start = _first_container(context, keywords, shape)
        contained = range(start, start + int(keywords.get("minContains", 1)))
    least = max(int(keywords.get("minItems", 0)), contained.stop)
    likes = [each for each in (*spot.likes, *merged.examples) if isinstance(each, list)]
    result: list[Any] = []
    for index in range(_count(keywords, least, len(prefix), spot, is_short, shape)):
        if index >= DISTINCT_ITEMS + len(prefix) and not is_unique:
            result.append(result[len(prefix) + index % DISTINCT_ITEMS])
            continue
        schema = prefix[index] if index < len(prefix) else items
        if index in contained:
            schema = both(schema, keywords["contains"])
        item = Spot(
            path=(*spot.path, index),
            name=singular(spot.name),
            seed=crc32(b"%d" % index, spot.seed),
            references=references,
            likes=tuple(each[index] for each in likes if index < len(each)),
            level=spot.level,
            later=spot.later or index > 0,
            fresh=spot.fresh,
        )
        value = value_of(schema, item, index >= least)
        if is_unique:
            value = _distinct(context, value, result, schema, item, index >= least, value_of)
        if value is OMITTED:
            break
        result.append(value)
    return result


def _first_container(context: Context, keywords: Mapping[str, Any], shape: int) -> int:
    """Return the index of the first item that matches ``contains``. It depends on the shape."""
    schemas = [*keywords.get("prefixItems", ()), keywords.get("items", True)]
    possible = [
        index
        for index, schema in enumerate(schemas)
        if context.is_satisfiable(both(schema, keywords["contains"]))
    ]
    return possible[min(shape, len(possible) - 1)] if possible else 0


def _count(
    keywords: Mapping[str, Any], least: int, prefix: int, spot: Spot, is_short: bool, shape: int
) -> int:
    """Return the number of items."""
    most = int(keywords.get("maxItems", MAX_MEMBERS))
    if keywords.get("items") is False:
        most = min(most, prefix)
    if least > most or least > MAX_MEMBERS:
        raise ContradictionError
    if is_short:
        return least
    is_nested = any(isinstance(step, int) for step in spot.path)
    usual = prefix or (1 if is_nested else USUAL_ITEMS)
    return min(max(usual + (2 if shape == 2 else 0), least), most)


def _distinct(
    context: Context,
    value: Any,
    others: list[Any],
    schema: Any,
    spot: Spot,
    optional: bool,
    value_of: Value,
) -> Any:
    """Return an item that differs from the others, or OMITTED. Raises ContradictionError."""
    seen = {json.dumps(other, sort_keys=True) for other in others}
    while value is not OMITTED and json.dumps(value, sort_keys=True) in seen:
        context.count_steps(1)
        if not spot.fresh:
            spot = spot._replace(fresh=True)
            context.history.restart(spot.path)
        elif not context.history.advance(spot.path, within=len(spot.path)):
            return _exhausted(optional)
        value = value_of(schema, spot, optional)
    return value


def _exhausted(optional: bool) -> Any:
    if optional:
        return OMITTED
    raise ContradictionError
