"""The type of a schema in words, such as ``string (date-time)`` or ``integer, 1 to 100``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from ...contract.document.references import combined

MAX_VALUES = 20  # values and alternatives of a type that are shown
MAX_DEPTH = 5
MAX_TEXT = 60  # characters of a pattern or of a default value
CHOICES = {"oneOf": " or ", "anyOf": " or ", "allOf": " and "}
ANY = "any"
Schema = Mapping[str, Any]


def type_text(data: Any, schema: Any, depth: int = 0) -> str:
    """Return the type of a schema in words, with its limits. data: the document."""
    if not isinstance(schema, dict) or depth > MAX_DEPTH:
        return ANY
    if "$ref" in schema:
        return reference_name(schema)
    if "const" in schema:
        return _value(schema["const"])
    if isinstance(schema.get("enum"), list):
        return _enum(schema["enum"])
    for keyword, word in CHOICES.items():
        if isinstance(schema.get(keyword), list):
            texts = [type_text(data, each, depth + 1) for each in schema[keyword][:MAX_VALUES]]
            named = [text for text in dict.fromkeys(texts) if text != ANY]
            return word.join(sorted(named, key=lambda text: text == "null")) or ANY
    types = schema.get("type", [])
    names = [types] if isinstance(types, str) else list(types)
    texts = [_named(data, schema, name, depth) for name in names if name != "null"]
    return " or ".join([*texts, *(["null"] if "null" in names else [])]) or ANY


def with_limits(data: Any, schema: Any) -> str:
    """Return the type of a schema in words with its default value."""
    text = type_text(data, schema)
    if not isinstance(schema, dict) or "default" not in schema:
        return text
    return f"{text}, default {_short(_value(schema['default']))}"


def schema_of(schema: Any) -> str:
    """Return the name of the schema that a type consists of: itself, or its items; else ""."""
    if not isinstance(schema, dict):
        return ""
    if "$ref" in schema:
        return reference_name(schema)
    choices = next((schema[each] for each in CHOICES if isinstance(schema.get(each), list)), ())
    named = filter(None, map(schema_of, choices))
    return next(named, "") or schema_of(schema.get("items"))


def reference_name(schema: Schema) -> str:
    """Return the last part of a reference, such as ``Pet``."""
    return unquote(str(schema["$ref"]).rpartition("/")[2])


def _named(data: Any, schema: Schema, name: str, depth: int) -> str:
    """Return the words for one of the types of a schema."""
    text = name
    if name == "array" and "items" in schema:
        text = f"array of {type_text(data, schema['items'], depth + 1)}"
    elif name == "object" and not combined(data, schema).get("properties"):
        values = schema.get("additionalProperties")
        text = f"map of {type_text(data, values, depth + 1)}" if values else name
    elif isinstance(schema.get("format"), str):
        text = f"{name} ({schema['format']})"
    limits = LIMITS.get(name)
    return ", ".join([text, *(limits(schema) if limits else ())])


def _enum(values: list[Any]) -> str:
    texts = [_value(value) for value in values[:MAX_VALUES] if value is not None]
    more = ", …" if len(values) > MAX_VALUES else ""
    null = " or null" if None in values else ""
    return ("one of " if len(texts) > 1 else "") + ", ".join(texts) + more + null


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _short(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"


def _number_limits(schema: Schema) -> Iterator[str]:
    yield from _range(schema.get("minimum"), schema.get("maximum"))
    if "exclusiveMinimum" in schema:
        yield f"more than {schema['exclusiveMinimum']}"
    if "exclusiveMaximum" in schema:
        yield f"less than {schema['exclusiveMaximum']}"
    if "multipleOf" in schema:
        yield f"a multiple of {schema['multipleOf']}"


def _text_limits(schema: Schema) -> Iterator[str]:
    yield from _range(schema.get("minLength") or None, schema.get("maxLength"), "character")
    if isinstance(schema.get("pattern"), str):
        yield f"matching {_short(schema['pattern'])}"


def _list_limits(schema: Schema) -> Iterator[str]:
    yield from _range(schema.get("minItems") or None, schema.get("maxItems"), "item")
    if schema.get("uniqueItems") is True:
        yield "unique"


def _range(least: Any, most: Any, noun: str = "") -> Iterator[str]:
    """Yield a range such as ``1 to 64 characters``, ``at least 1`` or ``at most 1 item``."""
    if least is None and most is None:
        return
    if least == most or None in (least, most):
        word = "at least " if most is None else "at most " if least is None else ""
        limit = most if least is None else least
        yield f"{word}{limit}{_plural(noun, limit)}"
    else:
        yield f"{least} to {most}{_plural(noun, most)}"


def _plural(noun: str, count: Any) -> str:
    return f" {noun}{'' if count == 1 else 's'}" if noun else ""


LIMITS: Mapping[str, Callable[[Schema], Iterator[str]]] = {
    "integer": _number_limits,
    "number": _number_limits,
    "string": _text_limits,
    "array": _list_limits,
}
