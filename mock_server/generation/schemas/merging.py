"""Several JSON Schemas that must hold together, as one: ``$ref`` and ``allOf`` are merged.

What remains open is a list of groups: alternatives of which one is chosen and merged later, such as
the schemas of a ``oneOf``, the types of a ``type`` list, or ``then`` and ``else``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...contract.document.references import at, pointer_to
from .combining import COMBINE, TYPES, ContradictionError, as_list, both
from .groups import Group, reference_to, with_discriminator

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
APPLICATORS = frozenset(
    {"$ref", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"}
)
# Keyword → the keyword that holds whenever it does not, and the distance between their values.
OPPOSITES = {
    "minimum": ("exclusiveMaximum", 0),
    "exclusiveMinimum": ("maximum", 0),
    "maximum": ("exclusiveMinimum", 0),
    "exclusiveMaximum": ("minimum", 0),
    "minLength": ("maxLength", -1),
    "maxLength": ("minLength", 1),
    "minItems": ("maxItems", -1),
    "maxItems": ("minItems", 1),
    "minProperties": ("maxProperties", -1),
    "maxProperties": ("minProperties", 1),
}
COMBINING = APPLICATORS | {"discriminator"}
EXAMPLES = frozenset({"example", "examples", "default"})
MAX_PARTS = 400  # schemas merged into one; more is a sign of a cycle through new schemas


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
    is_shared: bool = False  # whether ``keywords`` is the schema of the document

    def copy(self) -> Merged:
        """Return a copy that can be changed."""
        return Merged(
            dict(self.keywords),
            list(self.groups),
            list(self.refs),
            list(self.excluded),
            list(self.forbidden),
            list(self.patterns),
            list(self.examples),
            list(self.partial),
            self.parts,
        )

    def _own_keywords(self) -> dict[str, Any]:
        if self.is_shared:
            self.keywords, self.is_shared = dict(self.keywords), False
        return self.keywords

    def add(self, data: Any, schema: Any, whole: bool = True) -> None:
        """Merge a schema into this one. Raises ContradictionError.

        whole: whether an example of the schema is one of the merged schema.
        """
        self.parts += 1
        if schema is True:
            return
        if schema is False or not isinstance(schema, dict) or self.parts > MAX_PARTS:
            raise ContradictionError
        if not EXAMPLES.isdisjoint(schema):
            self._add_examples(schema, whole)
        self._add_keywords(schema)
        if COMBINING.isdisjoint(schema) and not isinstance(schema.get("type"), list):
            return
        reference, listed = schema.get("$ref"), schema.get("allOf", ())
        if isinstance(reference, str) and reference not in self.refs:
            self.refs.append(reference)
            self.add(data, target(data, reference), whole and not listed)
        whole = whole and len(listed) == 1 and "properties" not in schema and reference is None
        for part in listed:
            self.add(data, part, whole)
        self._add_groups(schema)
        if "not" in schema:
            self._add_negation(data, schema["not"])

    def _add_negation(self, data: Any, schema: Any) -> None:
        """Forbid a schema. If it has one limit only, the opposite limit is required."""
        self.forbidden.append(schema)
        keywords = schema.keys() - {"type"} if isinstance(schema, dict) else set()
        if isinstance(schema, dict) and schema.keys() == {"type"}:
            excluded = as_list(schema["type"])
            types = [name for name in TYPES if name not in excluded]
            self.add(data, {"type": types})
        elif len(keywords) == 1 and (keyword := next(iter(keywords))) in OPPOSITES:
            opposite, distance = OPPOSITES[keyword]
            self.add(data, {opposite: schema[keyword] + distance})

    def _add_examples(self, schema: Mapping[str, Any], whole: bool) -> None:
        values = [schema["example"]] if "example" in schema else []
        if isinstance(schema.get("examples"), list):
            values += schema["examples"]
        (self.examples if whole else self.partial).extend(values)
        if "default" in schema and whole and isinstance(schema["default"], str | int | float):
            self.examples.append(schema["default"])

    def _add_keywords(self, schema: dict[str, Any]) -> None:
        if not self.keywords and APPLICATORS.isdisjoint(schema):
            self.keywords, self.is_shared = schema, True
            return
        own = {key: value for key, value in schema.items() if key not in APPLICATORS}
        if not self.keywords:
            self.keywords = own
            return
        old = self._own_keywords()
        if "properties" in own or "properties" in old:
            _close_properties(old, own)
        if "prefixItems" in own or "prefixItems" in old:
            _close_positions(old, own)
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
                self.groups.append(Group(with_discriminator(schema, branches), exclusive))
        if not {"oneOf", "anyOf"} & schema.keys() and "discriminator" in schema:
            mapping = schema["discriminator"].get("mapping") or {}
            heirs = [{"$ref": reference_to(name)} for name in mapping.values()]
            if heirs:
                self.groups.append(Group([*with_discriminator(schema, heirs), True]))
        if "if" in schema:
            matches = {"allOf": [schema["if"], schema.get("then", True)]}
            differs = {"allOf": [{"not": schema["if"]}, schema.get("else", True)]}
            self.groups.append(Group([matches, differs]))
        for name, dependent in schema.get("dependentSchemas", {}).items():
            present = {"allOf": [{"required": [name]}, dependent]}
            self.groups.append(Group([present, {"properties": {name: False}}]))
        if isinstance(self.keywords.get("type"), list):
            types = sorted(self.keywords["type"], key=lambda name: name == "null")
            del self._own_keywords()["type"]
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
        return at(data, pointer_to(reference))
    except (LookupError, ValueError, TypeError):
        raise ContradictionError from None


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


def _close_positions(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Apply ``items`` of each schema to the positions that only the other has."""
    for closed, other in ((old, new), (new, old)):
        if "items" in closed and "prefixItems" in other:
            own_count = len(closed.get("prefixItems", ()))
            other["prefixItems"] = [
                schema if index < own_count else both(schema, closed["items"])
                for index, schema in enumerate(other["prefixItems"])
            ]


def names_forbidden_alone(schemas: Sequence[Any]) -> Iterator[str]:
    """Yield the properties that ``not: {required: [name]}`` forbids, also inside ``anyOf``."""
    for schema in schemas:
        if not isinstance(schema, dict):
            continue
        required = schema.get("required", ())
        if len(required) == 1 and not {"properties", "allOf", "oneOf"} & schema.keys():
            yield required[0]
        yield from names_forbidden_alone(schema.get("anyOf", ()))
