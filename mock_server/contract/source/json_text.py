"""Strict JSON: RFC 8259 in UTF-8, each key once, no NaN, bounded in depth (I-JSON, RFC 7493)."""

from __future__ import annotations

import json
import math
import re
from typing import Any

DEEPEST = 200  # levels of nesting
MOST_DIGITS = 400
ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


def parse(body: bytes) -> Any:
    """The value of a JSON text.

    Raises ValueError with a message for people: what is wrong with the text and where.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start}") from None
    if text.startswith("\ufeff"):
        raise ValueError("not JSON: it begins with a byte order mark (BOM)")
    try:
        value = DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"not JSON: {error.msg} at line {error.lineno} column {error.colno}"
        ) from None
    except RecursionError:
        raise ValueError(f"nested more than {DEEPEST} deep") from None
    if text.count("[") + text.count("{") > DEEPEST and depth(value) > DEEPEST:
        raise ValueError(f"nested more than {DEEPEST} deep")
    if ESCAPED_SURROGATE.search(text):
        _refuse_surrogates(value)
    return value


def depth(value: Any) -> int:
    """How deep containers are nested in a JSON value; a scalar is 0."""
    levels, containers = 0, [value]
    while containers := [item for item in containers if isinstance(item, dict | list)]:
        levels += 1
        containers = [
            member
            for item in containers
            for member in (item.values() if isinstance(item, dict) else item)
        ]
    return levels


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for index, key in enumerate(keys) if key in keys[:index])
        raise ValueError(f"the key {json.dumps(twice)} stands twice in one object")
    return value


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"the number {text[:40]} is out of range")
    return number


def _integer(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError(f"the number {text[:20]}… has more than {MOST_DIGITS} digits")
    number = int(text)
    try:
        float(number)  # rules compare numbers as doubles
    except OverflowError:
        raise ValueError(f"the number {text[:40]} is out of range") from None
    return number


def _refuse_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("text holds a lone surrogate, which is not Unicode") from None


DECODER = json.JSONDecoder(
    object_pairs_hook=_once,
    parse_constant=_refuse_constant,
    parse_float=_finite,
    parse_int=_integer,
)
