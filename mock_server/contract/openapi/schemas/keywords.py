"""The keywords of JSON Schema 2020-12: what the value of each must be, and how to repair it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .patterns import compilable

REMOVED: Any = object()  # the result of a repair that has no valid value

# Keywords that contain a schema, a list of schemas, or schemas by name.
SINGLE = {
    *("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"),
    *("unevaluatedItems", "unevaluatedProperties", "contentSchema"),
}
LISTS = {"allOf", "anyOf", "oneOf", "prefixItems"}
MAPS = {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"}
# Keywords where true and false stay as they are; at other locations they become {} and {not: {}}.
BOOLEANS = {"additionalProperties", "unevaluatedItems", "unevaluatedProperties"}

TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
# Other words for a type → the type and the format.
OTHER_TYPES = {
    **dict.fromkeys(("int", "int32", "int64", "long", "short"), ("integer", None)),
    **dict.fromkeys(("float", "double", "decimal", "numeric"), ("number", None)),
    **dict.fromkeys(("bool",), ("boolean", None)),
    **dict.fromkeys(("str", "text", "char", "enum"), ("string", None)),
    **dict.fromkeys(("file", "binary"), ("string", "binary")),
    "date": ("string", "date"),
    **dict.fromkeys(("datetime", "date-time", "timestamp"), ("string", "date-time")),
    "uuid": ("string", "uuid"),
    **dict.fromkeys(("list",), ("array", None)),
    **dict.fromkeys(("dict", "map", "hash", "json"), ("object", None)),
}
MAX_COUNT = 2**53


class Keyword(NamedTuple):
    """requirement: what the value must be; repair: the valid value, or REMOVED."""

    requirement: str
    repair: Callable[[Any], Any]


def number(value: Any) -> Any:
    """Return a finite number; a text of digits is read."""
    if isinstance(value, str):
        try:
            value = float(value) if any(mark in value for mark in ".eE") else int(value[:300])
        except ValueError:
            return REMOVED
    if isinstance(value, bool) or not isinstance(value, int | float):
        return REMOVED
    return value if abs(value) < 1e308 or (math.isfinite(value) and abs(value) < 2e308) else REMOVED


def count(value: Any) -> Any:
    """Return a whole number that is not negative."""
    value = number(value)
    if value is REMOVED or value < 0 or value != int(value):
        return REMOVED
    return value if isinstance(value, int) and value <= MAX_COUNT else min(int(value), MAX_COUNT)


def positive(value: Any) -> Any:
    """Return a number above zero."""
    value = number(value)
    return value if value is not REMOVED and value > 0 else REMOVED


def flag(value: Any) -> Any:
    """Return true or false."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(str(value).lower(), REMOVED)


def text(value: Any) -> Any:
    """Return a text; a number or a boolean becomes one."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else REMOVED


def names(value: Any) -> Any:
    """Return a list of unique texts."""
    if not isinstance(value, list):
        return REMOVED
    unique = list(dict.fromkeys(each for each in value if isinstance(each, str)))
    return value if len(unique) == len(value) else unique


def names_by_name(value: Any) -> Any:
    """Return a mapping whose values are lists of unique texts."""
    if not isinstance(value, dict):
        return REMOVED
    repaired = {key: names(each) for key, each in value.items()}
    if any(each is REMOVED for each in repaired.values()):
        return {key: each for key, each in repaired.items() if each is not REMOVED}
    return value if repaired == value else repaired


def values(value: Any) -> Any:
    """Return a list of values that is not empty."""
    return value if isinstance(value, list) and value else REMOVED


def examples(value: Any) -> Any:
    """Return a list of values. The examples of OpenAPI, by name, become one."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return REMOVED
    listed = [
        each.get("value", each) if isinstance(each, dict) else each for each in value.values()
    ]
    return [each for each in listed if not (isinstance(each, dict) and "$ref" in each)]


def types(value: Any) -> Any:
    """Return a type or a list of unique types."""
    if isinstance(value, str):
        return _type(value)
    if not isinstance(value, list):
        return REMOVED
    known = dict.fromkeys(each for each in map(_type, value) if each is not REMOVED)
    repaired = list(known)
    return value if repaired == value and repaired else repaired or REMOVED


def _type(value: Any) -> Any:
    if value in TYPES:
        return value
    lower = str(value).lower()
    return lower if lower in TYPES else OTHER_TYPES.get(lower, (REMOVED, None))[0]


def pattern(value: Any) -> Any:
    """Return a regular expression that Rust and Python can compile."""
    compiled = compilable(value) if isinstance(value, str) else None
    if compiled is None:
        return REMOVED
    return value if compiled == value else compiled


def anything(value: Any) -> Any:
    return value


def nothing(_value: Any) -> Any:
    return REMOVED


_COUNT = Keyword("must be a whole number that is not negative", count)
_NUMBER = Keyword("must be a number", number)
_FLAG = Keyword("must be true or false", flag)
_TEXT = Keyword("must be text", text)

KEYWORDS: Mapping[str, Keyword] = {
    "type": Keyword("must be a JSON Schema type", types),
    "enum": Keyword("must be a list of values", values),
    "multipleOf": Keyword("must be a number above zero", positive),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _NUMBER),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), _COUNT),
    **dict.fromkeys(("minProperties", "maxProperties", "minContains", "maxContains"), _COUNT),
    **dict.fromkeys(("uniqueItems", "readOnly", "writeOnly", "deprecated"), _FLAG),
    **dict.fromkeys(("title", "description", "format", "$comment"), _TEXT),
    **dict.fromkeys(("contentEncoding", "contentMediaType"), _TEXT),
    "pattern": Keyword("must be a regular expression that Rust and Python can compile", pattern),
    "required": Keyword("must be a list of unique names", names),
    "dependentRequired": Keyword("must be lists of unique names", names_by_name),
    "examples": Keyword("must be a list of values", examples),
}
# Identifiers: references that use them are rewritten, so that they are not needed.
IDENTIFIERS = {"$id", "$schema", "$anchor", "$dynamicAnchor", "$vocabulary", "$recursiveAnchor"}
