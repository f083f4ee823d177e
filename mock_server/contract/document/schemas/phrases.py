"""What a keyword of JSON Schema requires of a value, in words, and how to fix a breach."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ...violations import nearest, show

TYPE_NAMES = {  # type of JSON Schema → readable text
    "object": "an object",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}

# How to fix a value in a YAML file. This does not apply to the JSON of a response.
QUOTE, UNQUOTE = "put it in quotes", "write true or false, without quotes"

Phrase = tuple[str, str]  # the requirement, and how to fix a breach


def missing_fix(missing: str, undeclared: Sequence[str]) -> str:
    fix = nearest(missing, undeclared)
    if not fix.startswith("did"):
        return f"add {missing}"
    similar = fix.removeprefix("did you mean ").removesuffix("?")
    return f"rename {similar} to {missing}"


def type_phrase(expected: Any, found: Any) -> Phrase:
    names = expected if isinstance(expected, list) else [expected]
    message = "must be " + " or ".join(TYPE_NAMES.get(str(name), str(name)) for name in names)
    if "boolean" in names and isinstance(found, str):
        return message, UNQUOTE
    if "string" in names and isinstance(found, int | float) and not isinstance(found, bool):
        return message, QUOTE
    return message, ""


def enum_phrase(expected: Any, found: Any) -> Phrase:
    words = [str(word) for word in expected or ()]
    fix = nearest(found, words) if isinstance(found, str) else ""
    prefix = "must be one of " if len(words) > 1 else "must be "
    return prefix + ", ".join(words), fix if fix.startswith("did") else ""


def _alternatives(expected: Any, _found: Any) -> Phrase:
    return "must have one of: " + "; ".join(_branches(expected or ())), ""


def _exactly_one(expected: Any, _found: Any) -> Phrase:
    return "must have exactly one of: " + "; ".join(_branches(expected or ())), ""


def _branches(schemas: Any) -> Iterator[str]:
    for schema in schemas:
        constants = schema.get("properties", {})
        yield " and ".join(
            f"{name}: {show(constants[name]['const'])}"
            if "const" in constants.get(name, {})
            else name
            for name in schema.get("required", ())
        ) or show(schema)


def _count(number: Any, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _article(name: str) -> str:
    """Return the article before the name of a format: ``an email``, but ``a uri``."""
    return "an" if name[:1] in "aeio" else "a"


PHRASES: dict[str, Callable[[Any, Any], Phrase]] = {
    "type": type_phrase,
    "enum": enum_phrase,
    "const": lambda expected, _: (f"must be {show(expected)}", ""),
    "minimum": lambda expected, _: (f"must be at least {show(expected)}", ""),
    "maximum": lambda expected, _: (f"must be at most {show(expected)}", ""),
    "exclusiveMinimum": lambda expected, _: (f"must be more than {show(expected)}", ""),
    "exclusiveMaximum": lambda expected, _: (f"must be less than {show(expected)}", ""),
    "multipleOf": lambda expected, _: (f"must be a multiple of {show(expected)}", ""),
    "minLength": lambda expected, _: (
        "must not be empty"
        if expected == 1
        else f"must have at least {_count(expected, 'character')}",
        "",
    ),
    "maxLength": lambda expected, _: (f"must have at most {_count(expected, 'character')}", ""),
    "minItems": lambda expected, _: (f"must have at least {_count(expected, 'item')}", ""),
    "maxItems": lambda expected, _: (f"must have at most {_count(expected, 'item')}", ""),
    "minProperties": lambda expected, _: (f"must have at least {_count(expected, 'key')}", ""),
    "maxProperties": lambda expected, _: (f"must have at most {_count(expected, 'key')}", ""),
    "uniqueItems": lambda _, __: ("must have unique items", ""),
    "pattern": lambda expected, _: (f"must match {expected}", ""),
    "format": lambda expected, _: (
        ("must be a timestamp with Z or an offset (RFC 3339)", "like 2025-06-04T12:00:00.000Z")
        if expected == "date-time"
        else (f"must be {_article(expected)} {expected}", "")
    ),
    "anyOf": _alternatives,
    "oneOf": _exactly_one,
}
