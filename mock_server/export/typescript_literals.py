"""Write JSON values as TypeScript literals."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

WIDTH = 100
INDENT = "  "
IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)


def literal(value: Any, depth: int = 0, width: int = WIDTH) -> str:
    """Return a JSON value as a TypeScript expression, on one line if that fits into the width.

    All characters are ASCII: fixtures contain control characters that confuse editors.
    """
    on_one_line = line(value)
    if (
        len(on_one_line) + depth * len(INDENT) <= width
        or not isinstance(value, dict | list)
        or not value
    ):
        return on_one_line
    inner = INDENT * (depth + 1)
    if isinstance(value, dict):
        parts = [f"{_key(k)}: {literal(item, depth + 1, width)}" for k, item in value.items()]
        opening, closing = "{}"
    else:
        parts = [literal(item, depth + 1, width) for item in value]
        opening, closing = "[]"
    body = "".join(f"{inner}{part},\n" for part in parts)
    return f"{opening}\n{body}{INDENT * depth}{closing}"


def union_type(texts: Iterable[str]) -> str:
    """Return the union type of string literals."""
    return " | ".join(map(json.dumps, texts)) or "never"


def type_key(name: str) -> str:
    """Return the name of a property in an object type."""
    return name if IDENTIFIER.fullmatch(name) else json.dumps(name)


def line(value: Any) -> str:
    """Return a JSON value as an expression on one line. It is also the type of this value."""
    if isinstance(value, dict) and value:
        return f"{{ {', '.join(f'{_key(key)}: {line(item)}' for key, item in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(line, value))}]"
    return json.dumps(value)


def _key(name: str) -> str:
    """Return a key. ``__proto__`` is in brackets, because otherwise it would set the prototype."""
    return '["__proto__"]' if name == "__proto__" else json.dumps(name)
