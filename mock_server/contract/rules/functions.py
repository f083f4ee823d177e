"""The functions that a rule can call: the standard ones of CEL, and six of this project."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
FRACTION = re.compile(r"\.(\d+)")


def unit(text: str) -> timedelta:
    """Return the precision of an RFC 3339 timestamp: 100 ms for ``12:00:00.5Z``. At least 1 ms."""
    fraction = FRACTION.search(text)
    digits = min(len(fraction.group(1)), 3) if fraction else 0
    return timedelta(milliseconds=10 ** (3 - digits))


def distinct(items: list[Any]) -> list[Any]:
    """Return the items without duplicates, in order."""
    try:
        return list(dict.fromkeys(items))
    except TypeError:
        found: dict[Any, Any] = {}
        for item in items:
            found.setdefault(_hashable(item), item)
        return list(found.values())


def _hashable(value: Any) -> Any:
    """Return a value that is equal to that of another value if these are equal."""
    if isinstance(value, dict):
        return frozenset((name, _hashable(member)) for name, member in value.items())
    return tuple(map(_hashable, value)) if isinstance(value, list) else value


def has_prefix(items: list[Any], prefix: list[Any]) -> bool:
    """Return whether a list starts with another list."""
    return items[: len(prefix)] == prefix


def pluck(items: list[Mapping[str, Any]], member: str) -> list[Any]:
    """Return one member of each item.

    Replaces the ``map`` of CEL, which copies the result for each item and is therefore quadratic.
    """
    return [item[member] for item in items]


def total(numbers: list[Any]) -> Any:
    """Return the sum of numbers. CEL has no function and no macro that adds the items of a list."""
    return sum(numbers)


def unixtime_ms(at: datetime) -> int:
    """Return a timestamp, such as ``now``, as milliseconds since 1970 (``unixtime-ms``)."""
    return (at - EPOCH) // MILLISECOND


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "unit": unit,
    "distinct": distinct,
    "hasPrefix": has_prefix,
    "pluck": pluck,
    "sum": total,
    "unixtimeMs": unixtime_ms,
}

# The functions of the engine (CEL specification, "Standard Definitions"), without operators.
STANDARD = frozenset(
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
