"""Timestamps as milliseconds since 1970 (UTC), and as RFC 3339 text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

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


def shifted(value: Any, path: Sequence[str], by: int) -> Any:
    """Return a value whose timestamps at a path are shifted by milliseconds.

    path: names of members, and ``*`` for every item of a list. Other texts stay as they are.
    """
    if path and path[0] == "*":
        items = value if isinstance(value, list) else None
        return value if items is None else [shifted(item, path[1:], by) for item in items]
    if path:
        if not isinstance(value, dict) or path[0] not in value:
            return value
        return {**value, path[0]: shifted(value[path[0]], path[1:], by)}
    try:
        return to_text(parse(value) + by) if isinstance(value, str) else value
    except (ValueError, OverflowError):
        return value


def to_text(milliseconds: int) -> str:
    """Return a timestamp as RFC 3339 text with milliseconds and Z."""
    return to_datetime(milliseconds).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def to_datetime(milliseconds: int) -> datetime:
    """Return a timestamp as a datetime in UTC."""
    return EPOCH + timedelta(milliseconds=milliseconds)
