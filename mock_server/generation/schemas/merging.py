"""Several JSON Schemas that must hold together, as one: ``$ref`` and ``allOf`` are merged.

What remains open is a list of groups: alternatives of which one is chosen and merged later, such as
the schemas of a ``oneOf``, the types of a ``type`` list, or ``then`` and ``else``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import Any
from urllib.parse import unquote

from mock_server.contract.document.references import at

TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")
# A keyword that only applies to one type implies this type if the schema does not name one.
IMPLIED_TYPES = {
    "object": (
        "properties",
        "required",
        "additionalProperties",
        "patternProperties",
        "propertyNames",
        "minProperties",
        "maxProperties",
        "dependentRequired",
        "discriminator",
    ),
    "array": ("items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "string": ("pattern", "minLength", "maxLength", "format", "contentEncoding"),
}
APPLICATORS = {"$ref", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"}
MAX_PARTS = 400  # schemas merged into one; more is a sign of a cycle through new schemas


class ContradictionError(Exception):
    """No value satisfies the merged schemas."""


@dataclass(frozen=True, slots=True)
class Group:
    """Alternatives of which one is merged.

    exclusive: the schemas of ``oneOf`` in the order of the alternatives; empty if several may hold.
    """

    alternatives: Sequence[Any]
    exclusive: Sequence[Any] = ()

    def others(self, chosen: Any) -> list[Any]:
        """Return the schemas that must not hold if an alternative is chosen."""
        index = next(i for i, each in enumerate(self.alternatives) if each is chosen)
        count = len(self.exclusive)
        return [s for i, s in enumerate(self.exclusive) if i != index % count]


@dataclass(slots=True)
class Merged:
    """Schemas that hold together.

    keywords: the merged keywords, without those that combine schemas.
    groups: alternatives, of which one of each group is to be merged.
    excluded: the schemas of ``oneOf`` that were not chosen.
    refs: the ``$ref`` values that were followed.
    forbidden: the schemas of ``not``.
    patterns: the patterns after the first one, which is in ``keywords``.
    examples: documented values of the whole; partial: those of one part of it.
    """

    keywords: dict[str, Any] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    refs: list[str] = field(default_factory=list)
    excluded: list[Any] = field(default_factory=list)
    forbidden: list[Any] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)
    examples: list[Any] = field(default_factory=list)
    partial: list[Any] = field(default_factory=list)
    parts: int = 0

    def add(self, data: Any, schema: Any, whole: bool = True) -> None:
        """Merge a schema into this one. Raises ContradictionError.

        whole: whether an example of the schema is one of the merged schema.
        """
        self.parts += 1
        if schema is True:
            return
        if schema is False or not isinstance(schema, dict) or self.parts > MAX_PARTS:
            raise ContradictionError
        self._add_examples(schema, whole)
        self._add_keywords(schema)
        reference, listed = schema.get("$ref"), schema.get("allOf", ())
        if isinstance(reference, str) and reference not in self.refs:
            self.refs.append(reference)
            self.add(data, target(data, reference), whole and not listed)
        whole = whole and len(listed) == 1 and "properties" not in schema and reference is None
        for part in listed:
            self.add(data, part, whole)
        self._add_groups(schema)
        if "not" in schema:
            self.forbidden.append(schema["not"])

    def _add_examples(self, schema: Mapping[str, Any], whole: bool) -> None:
        values = [schema["example"]] if "example" in schema else []
        if isinstance(schema.get("examples"), list):
            values += schema["examples"]
        (self.examples if whole else self.partial).extend(values)
        if "default" in schema and whole and isinstance(schema["default"], str | int | float):
            self.examples.append(schema["default"])

    def _add_keywords(self, schema: Mapping[str, Any]) -> None:
        own = {key: value for key, value in schema.items() if key not in APPLICATORS}
        if not self.keywords:
            self.keywords = own
            return
        old = self.keywords
        if "properties" in own or "properties" in old:
            _close_properties(old, own)
        for key, value in own.items():
            if key == "pattern" and key in old and old[key] != value:
                self.patterns.append(value)
            elif key in old and key in COMBINE:
                old[key] = COMBINE[key](old[key], value)
            else:
                old.setdefault(key, value)

    def _add_groups(self, schema: Mapping[str, Any]) -> None:
        for key in ("oneOf", "anyOf"):
            if isinstance(schema.get(key), list):
                branches = schema[key]
                exclusive = branches if key == "oneOf" else ()
                self.groups.append(Group(_with_discriminator(schema, branches), exclusive))
        if not {"oneOf", "anyOf"} & schema.keys() and "discriminator" in schema:
            mapping = schema["discriminator"].get("mapping") or {}
            heirs = [{"$ref": _reference(name)} for name in mapping.values()]
            if heirs:
                self.groups.append(Group([*_with_discriminator(schema, heirs), True]))
        if "if" in schema:
            matches = {"allOf": [schema["if"], schema.get("then", True)]}
            differs = {"allOf": [{"not": schema["if"]}, schema.get("else", True)]}
            self.groups.append(Group([matches, differs]))
        for name, dependent in schema.get("dependentSchemas", {}).items():
            present = {"allOf": [{"required": [name]}, dependent]}
            self.groups.append(Group([present, {"properties": {name: False}}]))
        if isinstance(self.keywords.get("type"), list):
            types = sorted(self.keywords["type"], key=lambda name: name == "null")
            del self.keywords["type"]
            self.groups.append(Group([{"type": name} for name in types]))

    def type(self) -> str:
        """Return the type of the value: the declared one, the implied one, or any as text."""
        if "type" in self.keywords:
            return str(self.keywords["type"])
        return next(
            (name for name, keys in IMPLIED_TYPES.items() if any(k in self.keywords for k in keys)),
            "any",
        )


def target(data: Any, reference: str) -> Any:
    """Return the schema that a ``$ref`` points to. Raises ContradictionError if it is missing."""
    try:
        return at(data, unquote(reference.removeprefix("#")))
    except (LookupError, ValueError, TypeError):
        raise ContradictionError from None


def both(first: Any, second: Any) -> Any:
    """Return a schema that requires two schemas."""
    if first is True or first == second:
        return second
    return first if second is True else {"allOf": [first, second]}


def _close_properties(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Apply ``additionalProperties`` of each schema to the properties that only the other has."""
    for closed, other in ((old, new), (new, old)):
        rest = closed.get("additionalProperties", True)
        if rest is True or "properties" not in other or closed.get("patternProperties"):
            continue
        known = closed.get("properties", {})
        other["properties"] = {
            name: schema if name in known else both(schema, rest)
            for name, schema in other["properties"].items()
        }


def _reference(name: str) -> str:
    return name if name.startswith("#") else f"#/components/schemas/{name}"


def _with_discriminator(schema: Mapping[str, Any], branches: Sequence[Any]) -> Sequence[Any]:
    """Return the branches; each also requires the name that the discriminator maps to it."""
    discriminator = schema.get("discriminator")
    if not isinstance(discriminator, dict) or "propertyName" not in discriminator:
        return branches
    name = discriminator["propertyName"]
    mapping = discriminator.get("mapping") or {}
    names = {_reference(value): key for key, value in reversed(mapping.items())}

    def named(branch: Any) -> Any:
        reference = branch.get("$ref") if isinstance(branch, dict) else None
        if not isinstance(reference, str):
            return branch
        word = names.get(reference, reference.rpartition("/")[2])
        chosen = {"properties": {name: {"const": word}}, "required": [name]}
        return {"allOf": [chosen, branch]}

    # The branches without the name come last: its values may differ from those of the document.
    return [*map(named, branches), *branches]


def _types(first: Any, second: Any) -> Any:
    left, right = (
        {*names, *(["integer"] if "number" in names else [])}
        for names in ([x] if isinstance(x, str) else x for x in (first, second))
    )
    shared = [name for name in TYPES if name in left & right]
    if "number" in shared and "integer" in shared:
        shared.remove("integer")
    if not shared:
        raise ContradictionError
    return shared[0] if len(shared) == 1 else shared


def _values_in_both(first: Any, second: Any) -> Any:
    shared = [value for value in first if value in second]
    if not shared:
        raise ContradictionError
    return shared


def _same(first: Any, second: Any) -> Any:
    if first != second:
        raise ContradictionError
    return first


def _common_multiple(first: Any, second: Any) -> Any:
    left, right = Fraction(str(first)), Fraction(str(second))
    scale = lcm(left.denominator, right.denominator)
    common = Fraction(lcm(int(left * scale), int(right * scale)), scale)
    return common.numerator if common.denominator == 1 else float(common)


def _merged_schemas(first: Any, second: Any) -> Any:
    shared = {name: both(first[name], second[name]) for name in first if name in second}
    return {**first, **second, **shared}


def _positions(first: Any, second: Any) -> Any:
    pairs = itertools.zip_longest(first, second, fillvalue=True)
    return [both(left, right) for left, right in pairs]


def _union(first: Any, second: Any) -> Any:
    return list(dict.fromkeys([*first, *second]))


def _union_of_lists(first: Any, second: Any) -> Any:
    names = {*first, *second}
    return {name: _union(first.get(name, ()), second.get(name, ())) for name in sorted(names)}


def _either(first: Any, second: Any) -> Any:
    return bool(first or second)


# Keyword → how two of its values become one. The first value of any other keyword is kept.
COMBINE: dict[str, Callable[[Any, Any], Any]] = {
    "type": _types,
    "enum": _values_in_both,
    "const": _same,
    "minimum": max,
    "exclusiveMinimum": max,
    "maximum": min,
    "exclusiveMaximum": min,
    "multipleOf": _common_multiple,
    "minLength": max,
    "maxLength": min,
    "minItems": max,
    "maxItems": min,
    "uniqueItems": _either,
    "minContains": max,
    "maxContains": min,
    "minProperties": max,
    "maxProperties": min,
    "required": _union,
    "dependentRequired": _union_of_lists,
    "properties": _merged_schemas,
    "patternProperties": _merged_schemas,
    "additionalProperties": both,
    "unevaluatedProperties": both,
    "propertyNames": both,
    "items": both,
    "unevaluatedItems": both,
    "contains": both,
    "prefixItems": _positions,
    "readOnly": _either,
    "writeOnly": _either,
}


def names_forbidden_alone(schemas: Sequence[Any]) -> Iterator[str]:
    """Yield the properties that ``not: {required: [name]}`` forbids, also inside ``anyOf``."""
    for schema in schemas:
        if not isinstance(schema, dict):
            continue
        required = schema.get("required", ())
        if len(required) == 1 and not {"properties", "allOf", "oneOf"} & schema.keys():
            yield required[0]
        yield from names_forbidden_alone(schema.get("anyOf", ()))
