"""Strict JSON: RFC 8259 in UTF-8, each key once, no NaN, bounded in depth (I-JSON, RFC 7493)."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import Any

MAX_DEPTH = 200  # levels of nesting
MAX_DIGITS = 400
ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


class JsonError(ValueError):
    """A text is not strict JSON. ``requirement``: the id of the broken one, such as ``json``."""

    def __init__(self, message: str, requirement: str = "json") -> None:
        super().__init__(message)
        self.requirement = requirement


def parse(body: bytes) -> Any:
    """Parse a JSON text.

    Raises JsonError with a readable message: the error and its line and column.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JsonError(f"not UTF-8 at byte {error.start}", "json-utf-8") from None
    if text.startswith("\ufeff"):
        raise JsonError("not JSON: it starts with a byte order mark (BOM)")
    try:
        value = DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise JsonError(
            f"not JSON: {error.msg} at line {error.lineno} column {error.colno}"
        ) from None
    except RecursionError:
        raise JsonError(f"nested more than {MAX_DEPTH} levels deep", "json-depth") from None
    if text.count("[") + text.count("{") > MAX_DEPTH and depth(value) > MAX_DEPTH:
        raise JsonError(f"nested more than {MAX_DEPTH} levels deep", "json-depth")
    if ESCAPED_SURROGATE.search(text):
        _reject_surrogates(value)
    return value


def depth(value: Any) -> int:
    """Return the levels of nested containers in a JSON value; 0 for a scalar."""
    levels, containers = 0, [value]
    while containers := [item for item in containers if isinstance(item, dict | list)]:
        levels += 1
        containers = [
            member
            for item in containers
            for member in (item.values() if isinstance(item, dict) else item)
        ]
    return levels


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        count = Counter(key for key, _ in pairs)
        key = next(key for key in count if count[key] > 1)
        raise JsonError(f"duplicate key {json.dumps(key)} in one object", "json-unique-keys")
    return members


def reject_constant(word: str) -> Any:
    """Raise JsonError: NaN and Infinity are not JSON."""
    raise JsonError(f"{word} is not JSON", "json-constants")


def finite_number(text: str) -> float:
    """Return a number with a fraction or an exponent. Raises JsonError if it is too large."""
    number = float(text)
    if math.isinf(number):
        raise JsonError(f"the number {text[:40]} is out of range", "json-numbers")
    return number


def bounded_integer(text: str) -> int:
    """Return a whole number. Raises JsonError if it is too large."""
    if len(text) > MAX_DIGITS:
        raise JsonError(
            f"the number {text[:20]}… has more than {MAX_DIGITS} digits", "json-numbers"
        )
    number = int(text)
    try:
        float(number)  # rules compare numbers as doubles
    except OverflowError:
        raise JsonError(f"the number {text[:40]} is out of range", "json-numbers") from None
    return number


def _reject_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        message = "text contains a lone surrogate, which is not valid Unicode"
        raise JsonError(message, "json-surrogates") from None


DECODER = json.JSONDecoder(
    object_pairs_hook=_unique_keys,
    parse_constant=reject_constant,
    parse_float=finite_number,
    parse_int=bounded_integer,
)
