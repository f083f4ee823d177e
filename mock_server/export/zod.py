"""JSON Schemas as Zod expressions that judge alike.

A keyword or format that cannot be said exactly is refused by its place in the spec, never left out.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

from ..contract.violations import ContractError, Violation, pointer

SCHEMAS = "#/components/schemas/"
NAME = re.compile(r"[A-Za-z_$][\w$]*")
TELLING = {  # keywords that say nothing about what is valid
    *("title", "description", "default", "examples", "example", "deprecated", "discriminator"),
    *("readOnly", "writeOnly", "$comment"),
}


def expression(schema: Mapping[str, Any], place: tuple[str, ...], kind: str | None = None) -> str:
    """The Zod expression of a schema at a place in the spec.

    kind: the type that is already asked for by what is around. Raises ContractError for what Zod
    cannot say. It names ``instant`` and ``present`` of ``schemas.ts``.
    """
    says = {k: v for k, v in schema.items() if k not in TELLING and not k.startswith("x-")}
    found = []
    if "$ref" in says:
        found.append(_named(says.pop("$ref"), place))
    types = says.pop("type", kind)
    both = [_combined(name, says.pop(name), place, types) for name in COMBINED if name in says]
    values = [says.pop("const")] if "const" in says else says.pop("enum", None)
    if values is not None:
        if says:
            raise refused(place, "says an enum or a const and nothing else", ", ".join(says))
        found.append(_literals(values, types, place))
    elif types is not None:
        found.append(_typed([types] if isinstance(types, str) else types, says, place))
    elif says:
        raise refused(place, "says its type", ", ".join(says))
    found += both
    return found[0] + "".join(f".and({part})" for part in found[1:]) if found else "z.unknown()"


def _named(reference: str, place: tuple[str, ...]) -> str:
    name = reference.removeprefix(SCHEMAS)
    if not reference.startswith(SCHEMAS) or not NAME.fullmatch(name):
        raise refused(place, f"refers to {SCHEMAS}NAME", reference)
    return name


def _combined(keyword: str, schemas: list[Any], place: tuple[str, ...], kind: Any) -> str:
    inner = [
        expression(schema, (*place, keyword, str(number)), kind if isinstance(kind, str) else None)
        for number, schema in enumerate(schemas)
    ]
    return COMBINED[keyword](inner)


def _literals(values: list[Any], types: Any, place: tuple[str, ...]) -> str:
    named = [types] if isinstance(types, str) else types
    kept = [value for value in values if named is None or any(OF[t](value) for t in named)]
    if any(isinstance(value, dict | list) for value in kept):
        raise refused(place, "has an enum of plain values", "an object or a list")
    listed = f"[{', '.join(map(json.dumps, kept))}]"
    if all(isinstance(value, str) for value in kept) and len(kept) > 1:
        return f"z.enum({listed})"
    return f"z.literal({listed if len(kept) != 1 else json.dumps(kept[0])})"


def _typed(types: list[str], says: dict[str, Any], place: tuple[str, ...]) -> str:
    rest = dict(says)
    each = [TYPES[name](rest, place) for name in types if name != "null"]
    if rest:
        raise refused(place, "has keywords that can be said in Zod", ", ".join(rest))
    if not each:
        return "z.null()"
    one = each[0] if len(each) == 1 else f"z.union([{', '.join(each)}])"
    return f"{one}.nullable()" if "null" in types else one


def _string(says: dict[str, Any], place: tuple[str, ...]) -> str:
    text = "instant" if says.get("format") == "date-time" else "z.string()"
    if says.get("minLength") == 1:
        text += f".min({says.pop('minLength')})"
    for keyword, sign in (("minLength", ">="), ("maxLength", "<=")):
        if keyword in says:  # JSON Schema counts characters, where Zod counts halves of some
            text += f".refine((text) => [...text].length {sign} {says.pop(keyword)})"
    if "pattern" in says:
        text += f'.regex(new RegExp({json.dumps(says.pop("pattern"))}, "u"))'
    if "format" in says:
        if says["format"] != "date-time":
            raise refused(place, "has a format that can be said in Zod: date-time", says["format"])
        del says["format"]
    return text


def _number(says: dict[str, Any], _place: tuple[str, ...]) -> str:
    bounds = (("minimum", "gte"), ("maximum", "lte"), ("exclusiveMinimum", "gt"))
    given = [
        (name, says.pop(key)) for key, name in (*bounds, ("exclusiveMaximum", "lt")) if key in says
    ]
    return "z.number()" + "".join(f".{name}({json.dumps(bound)})" for name, bound in given)


def _integer(says: dict[str, Any], place: tuple[str, ...]) -> str:
    # not z.int(), which takes no whole number beyond 2^53
    return _number(says, place) + '.refine(Number.isInteger, { error: "is a whole number" })'


def _array(says: dict[str, Any], place: tuple[str, ...]) -> str:
    text = f"z.array({expression(says.pop('items', {}), (*place, 'items'))})"
    given = [(n, says.pop(k)) for k, n in (("minItems", "min"), ("maxItems", "max")) if k in says]
    return text + "".join(f".{name}({bound})" for name, bound in given)


def _object(says: dict[str, Any], place: tuple[str, ...]) -> str:
    declared = says.pop("properties", {})
    required = says.pop("required", [])
    more = says.pop("additionalProperties", True)
    members = {}
    for name in [*declared, *(name for name in required if name not in declared)]:
        inner = expression(declared.get(name, {}), (*place, "properties", name))
        if name not in required:
            inner += ".optional()"
        elif inner == "z.unknown()":
            inner = "present"
        members[name if NAME.fullmatch(name) else json.dumps(name)] = inner
    line = ", ".join(f"{name}: {inner}" for name, inner in members.items())
    body = f"{{ {line} }}" if len(line) < 60 and "\n" not in line else block(members)
    if isinstance(more, dict):
        return f"z.object({body}).catchall({expression(more, (*place, 'additionalProperties'))})"
    return f"z.{'looseObject' if more else 'strictObject'}({body})"


def block(members: Mapping[str, str]) -> str:
    """An object literal, a member a line."""
    lines = "".join(f"{name}: {text},\n" for name, text in members.items())
    return "{\n" + textwrap.indent(lines, "  ") + "}"


def _lines(each: list[str]) -> str:
    return "\n" + textwrap.indent("".join(f"{one},\n" for one in each), "  ")


def refused(place: tuple[str, ...], message: str, found: str) -> ContractError:
    """What to raise at a place in the spec that Zod cannot say."""
    return ContractError(
        [Violation("zod", message, pointer(place), found, "leave it out of a schema")]
    )


COMBINED: dict[str, Callable[[list[str]], str]] = {
    "allOf": lambda each: f"{each[0]}{''.join(f'.and({one})' for one in each[1:])}",
    "anyOf": lambda each: f"z.union([{_lines(each)}])",
    "oneOf": lambda each: f"z.xor([{_lines(each)}])",
}
TYPES: dict[str, Callable[[dict[str, Any], tuple[str, ...]], str]] = {
    "string": _string,
    "number": _number,
    "integer": _integer,
    "boolean": lambda _says, _place: "z.boolean()",
    "array": _array,
    "object": _object,
}
OF: dict[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
