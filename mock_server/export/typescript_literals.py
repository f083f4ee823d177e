"""Write JSON values as TypeScript literals."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

WIDTH = 100
INDENT = "  "


def literal(value: Any, depth: int = 0, width: int = WIDTH) -> str:
    """Return a JSON value as a TypeScript expression, on one line if that fits into the width.

    All characters are ASCII: fixtures contain control characters that confuse editors.
    """
    line = _line(value)
    if len(line) + depth * len(INDENT) <= width or not isinstance(value, dict | list) or not value:
        return line
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


def _line(value: Any) -> str:
    if isinstance(value, dict) and value:
        return f"{{ {', '.join(f'{_key(key)}: {_line(item)}' for key, item in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_line, value))}]"
    return json.dumps(value)


def _key(name: str) -> str:
    """Return a key. ``__proto__`` is in brackets, because otherwise it would set the prototype."""
    return '["__proto__"]' if name == "__proto__" else json.dumps(name)
