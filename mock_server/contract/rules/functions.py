"""The functions that a rule may call: CEL's own, and four of this project."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

FRACTION = re.compile(r"\.(\d+)")


def unit(instant: str) -> timedelta:
    """The worth of the last printed place of an RFC 3339 text, at least one millisecond."""
    fraction = FRACTION.search(instant)
    places = min(len(fraction.group(1)), 3) if fraction else 0
    return timedelta(milliseconds=10 ** (3 - places))


def distinct(items: list[Any]) -> list[Any]:
    """The items without repetition, in order; quick when they are texts or numbers."""
    try:
        return list(dict.fromkeys(items))
    except TypeError:
        return [item for index, item in enumerate(items) if item not in items[:index]]


def has_prefix(items: list[Any], prefix: list[Any]) -> bool:
    """Whether a list begins with another."""
    return items[: len(prefix)] == prefix


def pluck(items: list[Mapping[str, Any]], member: str) -> list[Any]:
    """One member of each item. CEL's own ``map`` copies, for each item, all that came before."""
    return [item[member] for item in items]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "unit": unit,
    "distinct": distinct,
    "hasPrefix": has_prefix,
    "pluck": pluck,
}

# What the engine brings (CEL specification, "Standard Definitions"), operators left out.
STANDARD = frozenset(  # one text, since a list would fill half a page
    [
        "bytes",
        "contains",
        "double",
        "duration",
        "dyn",
        "endsWith",
        "getDate",
        "getDayOfMonth",
        "getDayOfWeek",
        "getDayOfYear",
        "getFullYear",
        "getHours",
        "getMilliseconds",
        "getMinutes",
        "getMonth",
        "getSeconds",
        "has",
        "int",
        "matches",
        "size",
        "startsWith",
        "string",
        "timestamp",
        "type",
        "uint",
    ]
)
