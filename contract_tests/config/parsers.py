"""Functions that parse the text of an option. Each raises ValueError for an invalid text."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# Headers that the run sets itself, or that belong to the connection
RESERVED_HEADERS = frozenset(
    ("authorization", "content-type", "content-length", "host", "connection", "transfer-encoding")
)
HEADER = re.compile(r"([\w!#$%&'*+.^`|~-]+):[ \t]*([!-~](?:[\t -~]*[!-~])?)", re.ASCII)
REDIS_SCHEMES = ("redis", "rediss", "unix")


def at_least_one(text: str) -> int:
    """Return an integer of at least 1. Raises ValueError."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def not_negative(text: str) -> float:
    """Return a finite number of at least 0. Raises ValueError."""
    seconds = float(text)
    if not 0 <= seconds < float("inf"):
        raise ValueError(text)
    return seconds


def positive(text: str) -> float:
    """Return a finite number above 0. Raises ValueError."""
    seconds = not_negative(text)
    if not seconds:
        raise ValueError(text)
    return seconds


def header(text: str) -> str:
    """Return ``Name: value`` without needless blanks. Raises ValueError."""
    match = HEADER.fullmatch(text.strip())
    if match is None or match[1].lower() in RESERVED_HEADERS:
        raise ValueError(text)
    return f"{match[1]}: {match[2]}"


def name_and_value(text: str) -> str:
    """Return ``name=value`` unchanged. Raises ValueError."""
    name, separator, value = text.partition("=")
    if not (name.strip() and separator and value):
        raise ValueError(text)
    return text


def proxy_url(text: str) -> str:
    """Return the URL of an HTTP proxy without a path. Raises ValueError."""
    parts = urlsplit(text)
    if parts.scheme != "http" or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(text)
    return f"http://{parts.netloc}" + ("" if parts.port else ":80")


def folder_or_redis_url(text: str) -> str:
    """Return a folder or the URL of a Redis database unchanged. Raises ValueError."""
    scheme, separator, _ = text.partition("://")
    if separator and scheme not in REDIS_SCHEMES:
        raise ValueError(text)
    return text


def boolean(text: str) -> bool:
    """Return the value of ``true``, ``false``, ``1`` or ``0``. Raises ValueError."""
    values = {"true": True, "1": True, "false": False, "0": False}
    if text.lower() not in values:
        raise ValueError(text)
    return values[text.lower()]
