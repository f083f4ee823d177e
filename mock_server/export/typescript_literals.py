"""JSON values as TypeScript literals."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

WIDTH = 100
INDENT = "  "


def literal(value: Any, depth: int = 0, width: int = WIDTH) -> str:
    """A JSON value as a TypeScript expression, one line where it fits into the width.

    All characters are ASCII: text that is hostile to a page is hostile to an editor too.
    """
    line = _line(value)
    if len(line) + depth * len(INDENT) <= width or not isinstance(value, dict | list) or not value:
        return line
    inner = INDENT * (depth + 1)
    if isinstance(value, dict):
        parts = [f"{_key(k)}: {literal(each, depth + 1, width)}" for k, each in value.items()]
        opening, closing = "{}"
    else:
        parts = [literal(each, depth + 1, width) for each in value]
        opening, closing = "[]"
    body = "".join(f"{inner}{part},\n" for part in parts)
    return f"{opening}\n{body}{INDENT * depth}{closing}"


def names(words: Iterable[str]) -> str:
    """The type of these texts and no other."""
    return " | ".join(map(json.dumps, words)) or "never"


def _line(value: Any) -> str:
    if isinstance(value, dict) and value:
        return f"{{ {', '.join(f'{_key(key)}: {_line(each)}' for key, each in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_line, value))}]"
    return json.dumps(value)


def _key(name: str) -> str:
    """A key; the one that would set an object's prototype stands in brackets, where it does not."""
    return '["__proto__"]' if name == "__proto__" else json.dumps(name)
