"""Translate JSON Schemas to TypeScript types.

A type has every value that its schema accepts, and maybe more: TypeScript has no equivalent of
``pattern`` or ``minimum``. An optional property has the type of its schema, without ``undefined``:
the types are also exact in a project with ``exactOptionalPropertyTypes``.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...contract.document.references import at, combined, pointer_to
from ..typescript_literals import line, type_key
from .zod import IS_TYPE
from .zod_subset import component

MAX_INLINED = 4  # references that are followed because their target has no name
WIDTH = 90  # characters of a union on one line
IMPLIED = (("properties", "object"), ("required", "object"), ("additionalProperties", "object"),
           ("items", "array"), ("prefixItems", "array"))  # fmt: skip
TYPED = {"$ref", "type", "enum", "const", "allOf", "anyOf", "oneOf"}


class Type(NamedTuple):
    """A type as text. operator: ``|`` or ``&`` if the text needs parentheses beside another."""

    text: str
    operator: str = ""


UNKNOWN, NEVER = Type("unknown"), Type("never")
SIMPLE = {name: Type(name) for name in ("string", "number", "boolean", "null")}
SIMPLE["integer"] = SIMPLE["number"]


@dataclass(frozen=True)
class Types:
    """Makes the types of the schemas in a document.

    reference: returns the text that refers to a component schema by its name.
    """

    data: Any
    reference: Callable[[str], str]

    def of(self, schema: Any) -> str:
        """Return the type of a schema."""
        return self._of(schema, 0).text

    def members(self, schemas: Iterable[tuple[str, Any, bool]]) -> str:
        """Return an object type. schemas: each property, its schema, and whether it is required."""
        return braces(self._member(*each, 0) for each in schemas)

    def _of(self, schema: Any, inlined: int) -> Type:
        if not isinstance(schema, dict):
            return NEVER if schema is False else UNKNOWN
        parts = [
            self._reference(schema.get("$ref"), inlined),
            self._own(schema, inlined),
            *(self._of(part, inlined) for part in _list(schema, "allOf")),
            *self._choices(schema, inlined),
        ]
        return intersection(parts)

    def _reference(self, reference: Any, inlined: int) -> Type:
        if not isinstance(reference, str):
            return UNKNOWN
        if name := component(reference):
            return Type(self.reference(name))
        if inlined >= MAX_INLINED:
            return UNKNOWN
        return self._of(at(self.data, pointer_to(reference)), inlined + 1)

    def _own(self, schema: Mapping[str, Any], inlined: int) -> Type:
        """Return the type that the keywords of a schema describe without its parts."""
        types = schema.get("type")
        names = [types] if isinstance(types, str) else types
        if "const" in schema or isinstance(schema.get("enum"), list):
            values = [schema["const"]] if "const" in schema else schema["enum"]
            valid = [v for v in values if names is None or any(IS_TYPE[n](v) for n in names)]
            return union(Type(line(value)) for value in valid)
        if names is None:
            names = list(dict.fromkeys(kind for name, kind in IMPLIED if name in schema))[:1]
        if not names:
            return UNKNOWN
        return union(self._typed(name, schema, inlined) for name in names)

    def _typed(self, name: str, schema: Mapping[str, Any], inlined: int) -> Type:
        if name == "array":
            return self._array(schema, inlined)
        return self._object(schema, inlined) if name == "object" else SIMPLE.get(name, UNKNOWN)

    def _array(self, schema: Mapping[str, Any], inlined: int) -> Type:
        first, rest = _list(schema, "prefixItems"), schema.get("items", True)
        items = self._of(rest, inlined)
        if not first:
            return Type(f"({items.text})[]" if items.operator else f"{items.text}[]")
        least = schema.get("minItems", 0)
        parts = [
            f"({self._of(each, inlined).text}){'' if number < least else '?'}"
            for number, each in enumerate(first)
        ]
        return Type(
            f"[{', '.join([*parts, *([] if rest is False else [f'...({items.text})[]'])])}]"
        )

    def _object(self, schema: Mapping[str, Any], inlined: int) -> Type:
        declared = schema.get("properties", {})
        required = schema.get("required", [])
        undeclared = schema.get("additionalProperties", True)
        members = [
            self._member(name, declared.get(name, undeclared), name in required, inlined)
            for name in dict.fromkeys([*declared, *required])
        ]
        more = schema.get("additionalProperties", None if members else True)
        if not members and more is False and "patternProperties" not in schema:
            return Type("Record<string, never>")
        if more not in (None, False) or "patternProperties" in schema:
            # beside other members, it must have their types too
            other = UNKNOWN if members else self._of(more, inlined)
            members.append(f"[key: string]: {other.text};")
        return Type(braces(members))

    def _member(self, name: str, schema: Any, required: bool, inlined: int) -> str:
        about = schema if isinstance(schema, dict) else {}
        access = "readonly " if about.get("readOnly") is True else ""
        text = (
            f"{access}{type_key(name)}{'' if required else '?'}: {self._of(schema, inlined).text};"
        )
        return f"{comment(about)}{text}"

    def _choices(self, schema: Mapping[str, Any], inlined: int) -> Iterator[Type]:
        for keyword in ("anyOf", "oneOf"):
            options = _list(schema, keyword)
            if options and not ("properties" in schema and all(map(_is_condition, options))):
                tags = schema.get("discriminator")
                yield union(
                    intersection([self._of(each, inlined), self._tag(each, tags)])
                    for each in options
                )

    def _tag(self, option: Any, discriminator: Any) -> Type:
        """Return the type that only one option has: the values that are mapped to it."""
        reference = option.get("$ref") if isinstance(option, dict) else None
        name = discriminator.get("propertyName") if isinstance(discriminator, dict) else None
        if not isinstance(reference, str) or not isinstance(name, str):
            return UNKNOWN
        targets = (reference, component(reference))
        own = combined(self.data, combined(self.data, option).get("properties", {}).get(name, {}))
        known = [own["const"]] if "const" in own else own.get("enum")
        mapping = discriminator.get("mapping", {})
        values = [value for value, target in mapping.items() if target in targets]
        values = [value for value in values if known is None or value in known]
        if not values or values == known:
            return UNKNOWN
        return Type(f"{{ {type_key(name)}{annotation(literals(values))} }}")


def union(types: Iterable[Type]) -> Type:
    """Return the type of the values of any of the types."""
    different = {each.text: each for each in types if each != NEVER}
    if "unknown" in different or not different:
        return UNKNOWN if different else NEVER
    if len(different) == 1:
        return next(iter(different.values()))
    texts = [f"({each.text})" if each.operator == "&" else each.text for each in different.values()]
    short = " | ".join(texts)
    if len(short) <= WIDTH or any("\n" in text for text in texts):
        return Type(short, "|")
    return Type("".join(f"\n  | {text}" for text in texts), "|")


def intersection(types: Iterable[Type]) -> Type:
    """Return the type of the values that all of the types have."""
    different = {each.text: each for each in types if each != UNKNOWN}
    if len(different) < 2:
        return next(iter(different.values()), UNKNOWN)
    texts = [f"({each.text})" if each.operator == "|" else each.text for each in different.values()]
    return Type(" & ".join(texts), "&")


def literals(values: Iterable[Any]) -> str:
    """Return the type of the values in a list."""
    return union(Type(line(value)) for value in values).text


def annotation(text: str, sign: str = ":") -> str:
    """Return the type of a member, or with the sign `` =`` that of an alias, after its name."""
    return f"{sign}{text}" if text.startswith("\n") else f"{sign} {text}"


def comment(about: Mapping[str, Any]) -> str:
    """Return the documentation comment of a schema, parameter or operation; "" without a text."""
    texts = [about.get("title"), about.get("summary"), about.get("description")]
    lines = [each for text in texts if isinstance(text, str) for each in text.strip().splitlines()]
    if about.get("deprecated") is True:
        lines.append("@deprecated")
    safe = [re.sub(r"\*/", "*\\/", re.sub(r"[^\S ]|[\x00-\x1f]", " ", each)) for each in lines]
    if not safe:
        return ""
    if len(safe) == 1:
        return f"/** {safe[0]} */\n"
    return "/**\n" + "".join(f" * {each}".rstrip() + "\n" for each in safe) + " */\n"


def _is_condition(option: Any) -> bool:
    """Return whether an option only restricts the properties of the schema around it.

    As a part of a type, it would make each mistake in a literal a long error of the compiler.
    """
    return isinstance(option, dict) and TYPED.isdisjoint(option)


def _list(schema: Mapping[str, Any], keyword: str) -> list[Any]:
    value = schema.get(keyword)
    return value if isinstance(value, list) else []


def braces(members: Iterable[str]) -> str:
    texts = "".join(f"{each}\n" for each in members)
    return "{\n" + textwrap.indent(texts, "  ") + "}" if texts else "Record<string, never>"
