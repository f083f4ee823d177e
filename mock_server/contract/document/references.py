"""Follow JSON pointers and ``$ref`` in a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from ..violations import parts

MAX_DEPTH = 16  # levels of parts in parts; a schema can be a part of itself
NULL = {"type": "null"}


def resolve(data: Any, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an object with its ``$ref`` resolved. Members beside the ``$ref`` take precedence."""
    while "$ref" in schema:
        siblings = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**_target(data, schema["$ref"]), **siblings}
    return schema


def combined(data: Any, schema: Any, depth: int = 0) -> Mapping[str, Any]:
    """Return a schema with its ``$ref`` resolved, and with the keywords of its parts.

    Its parts are those of ``allOf``, and the schema in a choice between a schema and null. The
    properties and the required ones of all parts count; else, its own keywords have precedence.
    """
    if not isinstance(schema, dict) or depth > MAX_DEPTH:
        return {}
    schema = resolve(data, schema)
    listed = [combined(data, part, depth + 1) for part in schema.get("allOf", ())]
    for keyword in ("anyOf", "oneOf"):
        others = [each for each in schema.get(keyword, ()) if each != NULL]
        if len(others) == 1 and NULL in schema[keyword]:
            listed.append(_with_null(combined(data, others[0], depth + 1)))
    merged: dict[str, Any] = {}
    for part in (*listed, schema) if listed else ():
        properties = merged.get("properties", {}) | part.get("properties", {})
        required = [*merged.get("required", ()), *part.get("required", ())]
        merged |= part
        merged |= {"properties": properties} if properties else {}
        merged |= {"required": required} if required else {}
    return merged or schema


def _with_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    return {**schema, "type": [*types, NULL["type"]]} if types else schema


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
