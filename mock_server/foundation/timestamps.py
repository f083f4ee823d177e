"""Instants as whole milliseconds since 1970 (UTC), and as RFC 3339 text."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
MINUTE = 60_000  # milliseconds
FRACTION = re.compile(r"\.(\d+)")


def parse(text: str) -> int:
    """Milliseconds of an RFC 3339 instant; what is finer is cut off.

    Raises ValueError when the text is none, or lies outside the years 1 to 9999.
    """
    cut = FRACTION.sub(lambda found: "." + found.group(1)[:6].ljust(6, "0"), text.upper())
    moment = datetime.fromisoformat(cut)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has neither Z nor an offset")
    return (moment - EPOCH) // MILLISECOND


def to_text(milliseconds: int) -> str:
    """An instant in RFC 3339 with milliseconds and Z."""
    return to_datetime(milliseconds).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def to_datetime(milliseconds: int) -> datetime:
    """An instant as a datetime in UTC."""
    return EPOCH + timedelta(milliseconds=milliseconds)
