"""The part of a JSON Schema that Zod can express.

What has no equivalent is left out, so that the result accepts every value that the schema accepts,
and maybe more. Exception: ``properties`` without a type describe an object, and ``items`` a list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...contract.document.references import at, pointer_to
from .zod import ANNOTATIONS, COMBINATORS, LAZY, NAME, SCHEMAS

COMBINING = {"$ref", "const", "enum", *COMBINATORS}  # keywords that say the type otherwise
MAX_INLINED = 4  # references that are followed because their target has no name
TYPES = ("string", "number", "integer", "boolean", "null", "array", "object")
BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
# Escapes that a regular expression with the flag ``u`` accepts in every position
ESCAPES = re.compile(r"\\(?:[dDsSwWnrtfv^$\\.*+?()\[\]{}|/]|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2})")
RESERVED = {
    "arguments", "await", "break", "case", "catch", "class", "const", "continue", "debugger",
    "default", "delete", "do", "else", "enum", "eval", "export", "extends", "false", "finally",
    "for", "function", "if", "implements", "import", "in", "instanceof", "interface", "let",
    "new", "null", "package", "private", "protected", "public", "return", "static", "super",
    "switch", "this", "throw", "true", "try", "typeof", "undefined", "var", "void", "while",
    "with", "yield", "z", "DATE", "TIME", "OFFSET", "TIMESTAMP", "isTimestamp", "timestamp",
    "present", "requests", "responses",
}  # fmt: skip


@dataclass(frozen=True)
class Subset:
    """Makes the schemas of a document.

    names: component schema → its name in TypeScript; recursive: those that contain themselves.
    left_out: what Zod cannot express so far: keywords, and "" for a part of another schema.
    loose: the component schemas that have any of it.
    """

    data: Any
    names: Mapping[str, str]
    recursive: frozenset[str] = field(default_factory=frozenset)
    left_out: list[str] = field(default_factory=list)
    loose: set[str] = field(default_factory=set)

    def component(self, name: str, schema: Any) -> dict[str, Any]:
        """Return the part of a component schema that Zod can express."""
        before = len(self.left_out)
        kept = self.of(schema)
        if len(self.left_out) > before:
            self.loose.add(name)
        return kept

    def of(self, schema: Any, inlined: int = 0, outer: str | None = None) -> dict[str, Any]:
        """Return the part of a schema that Zod can express.

        outer: the type that a schema around it requires.
        """
        if not isinstance(schema, dict):
            self.left_out.extend(["false"] * (schema is False))
            return {}
        types = _types(schema) or ([outer] if outer and COMBINING.isdisjoint(schema) else [])
        kept = {
            **self._reference(schema.get("$ref"), inlined),
            **self._typed(schema, types, inlined),
        }
        for keyword in COMBINATORS:
            parts = schema.get(keyword)
            if not isinstance(parts, list) or not parts:
                continue
            before = len(self.left_out)
            own = [self.of(part, inlined, types[0] if len(types) == 1 else None) for part in parts]
            # a value that several parts accept only because they accept more is no error
            loose = keyword == "oneOf" and len(self.left_out) > before
            if loose or keyword in kept:
                self.left_out.append(keyword)
            kept.setdefault("anyOf" if loose else keyword, own)
        self.left_out.extend(_lost(schema, kept, types))
        return kept

    def _reference(self, reference: Any, inlined: int) -> dict[str, Any]:
        if not isinstance(reference, str):
            return {}
        name = component(reference)
        if name in self.names:
            lazy = {LAZY: True} if name in self.recursive else {}
            self.left_out.extend([""] * (name in self.loose or name in self.recursive))
            return {"$ref": SCHEMAS + self.names[name], **lazy}
        if inlined >= MAX_INLINED:
            self.left_out.append("$ref")
            return {}
        return {"allOf": [self.of(at(self.data, pointer_to(reference)), inlined + 1)]}

    def _typed(
        self, schema: Mapping[str, Any], types: Sequence[str], inlined: int
    ) -> dict[str, Any]:
        kept: dict[str, Any] = {"type": types if len(types) != 1 else types[0]} if types else {}
        values = [schema["const"]] if "const" in schema else schema.get("enum")
        if isinstance(values, list):
            plain = values and not any(isinstance(value, dict | list) for value in values)
            return {**kept, "enum": values} if plain else {}
        for name in types:
            kept |= _KEYWORDS.get(name, _none)(self, schema, inlined)
        return kept


def _lost(
    schema: Mapping[str, Any], kept: Mapping[str, Any], types: Sequence[str]
) -> Iterator[str]:
    """Yield the keywords of a schema that have an effect, and that are not kept."""
    same = {"$ref", *COMBINATORS, *(["const"] if "enum" in kept else [])}
    if types and "string" not in types:
        same.add("format")  # of a number, it says only what the number means
    for name in schema.keys() - kept.keys() - same - ANNOTATIONS:
        if not name.startswith("x-"):
            yield name


def identifiers(names: Iterator[str]) -> dict[str, str]:
    """Return a name in TypeScript for each schema."""
    taken: dict[str, str] = {}
    for name in names:
        text = re.sub(r"[^\w$]", "_", name, flags=re.ASCII)
        text = text if NAME.fullmatch(text) else f"_{text}"
        while text in RESERVED or text in taken.values():
            text += "_"
        taken[name] = text
    return taken


def component(reference: str) -> str:
    """Return the name of the component schema that a ``$ref`` leads to, or ""."""
    where = "#" + pointer_to(reference)
    name = where.removeprefix(SCHEMAS)
    if where == name or "/" in name:
        return ""
    return name.replace("~1", "/").replace("~0", "~")


def _types(schema: Mapping[str, Any]) -> list[str]:
    types = schema.get("type")
    if types is None:
        implied = (("properties", "object"), ("items", "array"))
        types = next((kind for keyword, kind in implied if keyword in schema), [])
    listed = [types] if isinstance(types, str) else types
    return [name for name in listed if name in TYPES] if isinstance(listed, list) else []


def _none(_subset: Subset, _schema: Mapping[str, Any], _inlined: int) -> dict[str, Any]:
    return {}


def _string(_subset: Subset, schema: Mapping[str, Any], _inlined: int) -> dict[str, Any]:
    kept = {name: schema[name] for name in ("minLength", "maxLength") if name in schema}
    if schema.get("format") == "date-time":
        kept["format"] = "date-time"
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and "\\" not in ESCAPES.sub("", pattern) and "(?" not in pattern:
        kept["pattern"] = pattern
    return kept


def _number(_subset: Subset, schema: Mapping[str, Any], _inlined: int) -> dict[str, Any]:
    return {name: schema[name] for name in BOUNDS if name in schema}


def _array(subset: Subset, schema: Mapping[str, Any], inlined: int) -> dict[str, Any]:
    kept = {name: schema[name] for name in ("minItems", "maxItems") if name in schema}
    if "items" in schema and "prefixItems" not in schema:
        kept["items"] = subset.of(schema["items"], inlined)
    return kept


def _object(subset: Subset, schema: Mapping[str, Any], inlined: int) -> dict[str, Any]:
    properties = schema.get("properties", {})
    kept: dict[str, Any] = {
        "properties": {name: subset.of(item, inlined) for name, item in properties.items()}
    }
    if isinstance(schema.get("required"), list):
        kept["required"] = schema["required"]
    additional = schema.get("additionalProperties", True)
    if "patternProperties" not in schema:
        is_schema = isinstance(additional, dict)
        kept["additionalProperties"] = subset.of(additional, inlined) if is_schema else additional
    return kept


_KEYWORDS: dict[str, Callable[[Subset, Mapping[str, Any], int], dict[str, Any]]] = {
    "string": _string,
    "number": _number,
    "integer": _number,
    "array": _array,
    "object": _object,
}
