"""Follow JSON pointers and ``$ref`` in a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..violations import parts


def resolve(data: Any, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an object with its ``$ref`` resolved. Members beside the ``$ref`` take precedence."""
    while "$ref" in schema:
        siblings = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**at(data, schema["$ref"].removeprefix("#")), **siblings}
    return schema


def at(data: Any, where: str) -> Any:
    """Return the value at a JSON pointer. Raises LookupError if it does not exist."""
    for part in parts(where):
        data = data[int(part)] if isinstance(data, list) else data[part]
    return data
