"""Timestamps as milliseconds since 1970 (UTC), and in the formats of an API."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
MINUTE = 60_000  # milliseconds
FRACTION = re.compile(r"\.(\d+)")


def parse(text: str) -> int:
    """Return the milliseconds since 1970 of an RFC 3339 timestamp, without its finer fraction.

    Raises ValueError if the text is not a timestamp, or is outside the years 1 to 9999.
    """
    microseconds = FRACTION.sub(lambda match: "." + match[1][:6].ljust(6, "0"), text.upper())
    parsed = datetime.fromisoformat(microseconds)
    if parsed.tzinfo is None:
        raise ValueError(f"{text} has neither Z nor an offset")
    return (parsed - EPOCH) // MILLISECOND


def read(value: Any, form: str) -> int:
    """Return the milliseconds since 1970 of a timestamp in a format, such as ``date-time``.

    Raises ValueError if the value does not have the format.
    """
    if isinstance(value, bool) or not isinstance(value, FORMATS[form].type):
        raise ValueError(f"{value!r} is not a timestamp of the format {form}")
    return FORMATS[form].read(value)


def written(milliseconds: int, form: str) -> Any:
    """Return a timestamp in a format: text, or a number."""
    return FORMATS[form].written(milliseconds)


def shifted(value: Any, path: Sequence[str], by: int, form: str = "date-time") -> Any:
    """Return a value whose timestamps at a path are shifted by milliseconds.

    path: names of members, and ``*`` for every item of a list. Other values stay as they are.
    """
    if path and path[0] == "*":
        items = value if isinstance(value, list) else None
        return value if items is None else [shifted(item, path[1:], by, form) for item in items]
    if path:
        if not isinstance(value, dict) or path[0] not in value:
            return value
        return {**value, path[0]: shifted(value[path[0]], path[1:], by, form)}
    try:
        return written(read(value, form) + by, form)
    except (ValueError, OverflowError):
        return value


def to_text(milliseconds: int) -> str:
    """Return a timestamp as RFC 3339 text with milliseconds and Z."""
    return to_datetime(milliseconds).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def to_datetime(milliseconds: int) -> datetime:
    """Return a timestamp as a datetime in UTC."""
    return EPOCH + timedelta(milliseconds=milliseconds)


class Format(NamedTuple):
    """How an API writes a timestamp: the Python type, and the functions from and to milliseconds.

    ``date-time`` is RFC 3339; ``unixtime`` is in the registry of OpenAPI formats, in seconds;
    ``unixtime-ms`` is the same in milliseconds.
    """

    type: type | tuple[type, ...]
    read: Callable[[Any], int]
    written: Callable[[int], Any]


FORMATS = {
    "date-time": Format(str, parse, to_text),
    "unixtime": Format((int, float), lambda value: int(value * 1000), lambda at: at // 1000),
    "unixtime-ms": Format((int, float), int, lambda at: at),
}
