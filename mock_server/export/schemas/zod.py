"""Translate JSON Schemas to Zod expressions that accept the same values."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

SCHEMAS = "#/components/schemas/"
NAME = re.compile(r"[A-Za-z_$][\w$]*")
LAZY = "x-lazy"  # beside a reference to a schema that may be defined later
MAX_INLINE = 60  # characters of an object literal on one line
ANNOTATIONS = {  # keywords that do not affect validation
    *("title", "description", "default", "examples", "example", "deprecated", "discriminator"),
    *("readOnly", "writeOnly", "$comment"),
}


class UnsupportedError(Exception):
    """Zod cannot express a schema."""


def expression(schema: Mapping[str, Any], outer_type: str | None = None) -> str:
    """Return the Zod expression of a schema. Raise UnsupportedError if Zod cannot express it.

    outer_type: the type that a surrounding schema requires. The expression can use ``timestamp``
    and ``present`` of ``schemas.ts``.
    """
    keywords = {k: v for k, v in schema.items() if k not in ANNOTATIONS and not k.startswith("x-")}
    conditions = []
    if "$ref" in keywords:
        name = _referenced_name(keywords.pop("$ref"))
        conditions.append(f"z.lazy(() => {name})" if LAZY in schema else name)
    types = keywords.pop("type", outer_type)
    combinations = [
        _combined(name, keywords.pop(name), types) for name in COMBINATORS if name in keywords
    ]
    values = [keywords.pop("const")] if "const" in keywords else keywords.pop("enum", None)
    if values is not None:
        if keywords:
            raise UnsupportedError(*keywords)
        conditions.append(_literals(values, types))
    elif types is not None:
        type_names = [types] if isinstance(types, str) else types
        conditions.append(_typed(type_names, keywords))
    elif keywords:
        raise UnsupportedError(*keywords)
    conditions += combinations
    if not conditions:
        return "z.unknown()"
    return conditions[0] + "".join(f".and({condition})" for condition in conditions[1:])


def _referenced_name(reference: str) -> str:
    name = reference.removeprefix(SCHEMAS)
    if not reference.startswith(SCHEMAS) or not NAME.fullmatch(name):
        raise UnsupportedError(reference)
    return name


def _combined(keyword: str, schemas: list[Any], types: Any) -> str:
    outer_type = types if isinstance(types, str) else None
    expressions = [expression(schema, outer_type) for schema in schemas]
    return COMBINATORS[keyword](expressions)


def _literals(values: list[Any], types: Any) -> str:
    type_names = [types] if isinstance(types, str) else types
    valid = [v for v in values if type_names is None or any(IS_TYPE[t](v) for t in type_names)]
    if any(isinstance(value, dict | list) for value in valid):
        raise UnsupportedError("enum")
    literals = f"[{', '.join(map(json.dumps, valid))}]"
    if all(isinstance(value, str) for value in valid) and len(valid) > 1:
        return f"z.enum({literals})"
    return f"z.literal({literals if len(valid) != 1 else json.dumps(valid[0])})"


def _typed(types: list[str], keywords: dict[str, Any]) -> str:
    rest = dict(keywords)  # each type removes the keywords that it translates
    expressions = [TYPES[name](rest) for name in types if name != "null"]
    if rest:
        raise UnsupportedError(*rest)
    if not expressions:
        return "z.null()"
    text = expressions[0] if len(expressions) == 1 else f"z.union([{', '.join(expressions)}])"
    return f"{text}.nullable()" if "null" in types else text


def _string(keywords: dict[str, Any]) -> str:
    text = "timestamp" if keywords.get("format") == "date-time" else "z.string()"
    if keywords.get("minLength") == 1:
        text += f".min({keywords.pop('minLength')})"
    for keyword, sign in (("minLength", ">="), ("maxLength", "<=")):
        if keyword in keywords:  # JSON Schema counts characters, Zod counts UTF-16 code units
            text += f".refine((text) => [...text].length {sign} {keywords.pop(keyword)})"
    if "pattern" in keywords:
        text += f'.regex(new RegExp({json.dumps(keywords.pop("pattern"))}, "u"))'
    if "format" in keywords:
        if keywords["format"] != "date-time":
            raise UnsupportedError(keywords["format"])
        del keywords["format"]
    return text


def _number(keywords: dict[str, Any]) -> str:
    methods = {
        "minimum": "gte",
        "maximum": "lte",
        "exclusiveMinimum": "gt",
        "exclusiveMaximum": "lt",
    }
    bounds = [(method, keywords.pop(k)) for k, method in methods.items() if k in keywords]
    keywords.pop("format", None)  # of a number, it says only what the number means
    return "z.number()" + "".join(f".{method}({json.dumps(bound)})" for method, bound in bounds)


def _integer(keywords: dict[str, Any]) -> str:
    # Not z.int(), which rejects integers above 2^53.
    check = '.refine(Number.isInteger, { error: "must be an integer" })'
    return _number(keywords) + check


def _array(keywords: dict[str, Any]) -> str:
    text = f"z.array({expression(keywords.pop('items', {}))})"
    methods = {"minItems": "min", "maxItems": "max"}
    bounds = [(method, keywords.pop(k)) for k, method in methods.items() if k in keywords]
    return text + "".join(f".{method}({bound})" for method, bound in bounds)


def _object(keywords: dict[str, Any]) -> str:
    declared = keywords.pop("properties", {})
    required = keywords.pop("required", [])
    additional = keywords.pop("additionalProperties", True)
    members = {}
    for name in [*declared, *(name for name in required if name not in declared)]:
        text = expression(declared.get(name, {}))
        if name not in required:
            text += ".exactOptional()"
        elif text == "z.unknown()":
            text = "present"
        members[property_name(name)] = text
    line = ", ".join(f"{name}: {text}" for name, text in members.items())
    inline = len(line) < MAX_INLINE and "\n" not in line
    body = f"{{ {line} }}" if inline else object_literal(members)
    if isinstance(additional, dict):
        values = expression(additional)
        return f"z.object({body}).catchall({values})"
    return f"z.{'looseObject' if additional else 'strictObject'}({body})"


def property_name(name: str) -> str:
    """Return the name of a member of an object literal."""
    return name if NAME.fullmatch(name) and name != "__proto__" else f"[{json.dumps(name)}]"


def object_literal(members: Mapping[str, str]) -> str:
    """Return an object literal with one member per line."""
    lines = "".join(f"{name}: {text},\n" for name, text in members.items())
    return "{\n" + textwrap.indent(lines, "  ") + "}"


def _lines(expressions: list[str]) -> str:
    return "\n" + textwrap.indent("".join(f"{text},\n" for text in expressions), "  ")


COMBINATORS: dict[str, Callable[[list[str]], str]] = {
    "allOf": lambda each: f"{each[0]}{''.join(f'.and({text})' for text in each[1:])}",
    "anyOf": lambda each: f"z.union([{_lines(each)}])",
    "oneOf": lambda each: f"z.xor([{_lines(each)}])",
}
TYPES: dict[str, Callable[[dict[str, Any]], str]] = {
    "string": _string,
    "number": _number,
    "integer": _integer,
    "boolean": lambda _keywords: "z.boolean()",
    "array": _array,
    "object": _object,
}
IS_TYPE: dict[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
