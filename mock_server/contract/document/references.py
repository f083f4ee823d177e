"""Follow JSON pointers and ``$ref`` in a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from ..violations import parts


def resolve(data: Any, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an object with its ``$ref`` resolved. Members beside the ``$ref`` take precedence."""
    while "$ref" in schema:
        siblings = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**_target(data, schema["$ref"]), **siblings}
    return schema


def _target(data: Any, reference: str) -> Mapping[str, Any]:
    target: Mapping[str, Any]
    try:  # code that makes a reference from a pointer does not encode it
        target = at(data, reference.removeprefix("#"))
    except LookupError:
        target = at(data, pointer_to(reference))
    return target


def pointer_to(reference: str) -> str:
    """Return the JSON pointer of a ``$ref``, which is percent-encoded (RFC 6901, section 6)."""
    where = reference.removeprefix("#")
    return unquote(where) if "%" in where else where


def followed(data: Any, where: str) -> str:
    """Return the JSON pointer to which the ``$ref`` of the object at a pointer leads."""
    while "$ref" in (value := at(data, where)):
        where = pointer_to(value["$ref"])
    return where


def at(data: Any, where: str) -> Any:
    """Return the value at a JSON pointer. Raises LookupError if it does not exist."""
    for part in parts(where):
        data = data[int(part)] if isinstance(data, list) else data[part]
    return data
