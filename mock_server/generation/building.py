"""Builds a value from a schema, part by part, by the choices that a history contains."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any
from zlib import crc32

from .choices import Choices, History, Path
from .echoes import Echoes, converted
from .scalars import texts
from .scalars.numbers import number
from .scalars.property_names import meaning, words
from .schemas import exclusion
from .schemas.merging import ContradictionError, Merged, both, names_forbidden_alone, target
from .schemas.recursion import INFINITE, Heights

OMITTED = object()  # the part is left out
MAX_STEPS = 12_000  # parts built for one value, including those built again
ORDINARY_PARTS = 1_500  # a value with more parts gets its required properties only
ORDINARY_DEPTH = 12
MAX_DEPTH = 60
MAX_ITEMS = 1_000
DISTINCT_ITEMS = 40  # of a long list; the others repeat them
MAX_ENUM = 24  # values of an enum that are tried
IDENTIFIERS = {"id", "uuid", "guid"}
SCALARS_OF_ANY: tuple[Any, ...] = (1, True, {}, [], None)  # if text is not accepted
EXTRA_NAMES = ("first", "second", "third")


class TooManyStepsError(Exception):
    """The value needs more steps than one value may take."""


@dataclass(frozen=True, slots=True)
class Spot:
    """The location of a part in a value.

    name: the property that contains it.
    seed: differs between parts.
    references: the ``$ref`` values that lead to it.
    likes: examples of the part, from examples of the whole.
    echo: a value of the request that it repeats.
    level: 0 until the object is reached that the request is about.
    later: whether it is in an item of a list after the first.
    """

    path: Path
    name: str
    seed: int
    references: frozenset[str]
    likes: tuple[Any, ...] = ()
    echo: Any = OMITTED
    level: int = 0
    later: bool = False
    fresh: bool = False


@dataclass
class Builder:
    """Builds one value.

    now: ms since 1970, rounded.
    hidden: the keyword of properties that are left out if they are optional.
    """

    data: Any
    seed: int
    now: int
    echoes: Echoes
    hidden: str
    use_examples: bool
    heights: Heights
    history: History
    steps: int = 0
    parts: int = 0

    def build(self, schema: Any, reference: str, likes: tuple[Any, ...]) -> Any:
        """Return a value by the current choices. Raises ContradictionError, TooManyStepsError."""
        self.parts = 0
        spot = Spot((), "", self.seed, frozenset([reference]), likes)
        return self.value(schema, spot)

    def value(self, schema: Any, spot: Spot, optional: bool = False) -> Any:
        """Return the value of a part, or OMITTED if it is optional and has no value."""
        history, path = self.history, spot.path
        if path in history.finished:
            return history.finished[path]
        self.steps, self.parts = self.steps + 1, self.parts + 1
        if self.steps > MAX_STEPS:
            raise TooManyStepsError
        if _refers(schema, spot.references) and self.heights.of(schema) >= INFINITE:
            choices = Choices(exhausted=True)
        else:
            choices = history.at(path)
        while not choices.exhausted and len(path) <= MAX_DEPTH:
            choices.restart()
            try:
                result = self._attempt(schema, spot, choices)
            except ContradictionError:
                self.steps += 1
                choices.advance()
                history.forget(path)
            else:
                history.finished[path] = result
                return result
        if optional:
            return OMITTED
        raise ContradictionError

    def _attempt(self, schema: Any, spot: Spot, choices: Choices) -> Any:
        merged = self._merged(schema, spot, choices)
        keywords = merged.keywords
        if "const" in keywords:
            return keywords["const"]
        kind = merged.type()
        presets = self._presets(merged, spot, kind)
        shapes = SHAPES[kind]
        if "enum" in keywords:
            presets, shapes = presets + self._enum(keywords["enum"], spot), 0
        chosen = choices.choose(len(presets) + shapes)
        if chosen < len(presets):
            return presets[chosen]
        result = self._generated(kind, merged, spot, chosen - len(presets))
        for schema in merged.excluded:
            exclusion.exclude(self.data, result, schema, merged)
        return result

    def _generated(self, kind: str, merged: Merged, spot: Spot, shape: int) -> Any:
        if kind == "object":
            return self._object(merged, spot, shape)
        if kind == "array":
            return self._array(merged, spot, shape)
        random = Random(crc32(b"%d" % shape, spot.seed))  # noqa: S311 - values of a mock
        keywords = merged.keywords
        if kind == "string" or (kind == "any" and shape == 0):
            return texts.text(keywords, merged.patterns, spot.name, random, self.now)
        if kind in ("integer", "number"):
            unit = texts.unix_time(keywords, spot.name)
            if unit:
                return texts.timestamp(spot.name, random, self.now) // unit
            return number(keywords, kind == "integer", meaning(spot.name), random)
        if kind == "boolean":
            return meaning(spot.name).boolean == (shape == 0)
        return SCALARS_OF_ANY[shape - 1] if kind == "any" else None

    def _merged(self, schema: Any, spot: Spot, choices: Choices) -> Merged:
        merged = Merged()
        merged.add(self.data, schema)
        position = 0
        while position < len(merged.groups):
            group = merged.groups[position]
            branches = self._ordered(group.alternatives, spot)
            chosen = branches[choices.choose(len(branches))]
            merged.add(self.data, chosen)
            if group.exclusive and self.history.is_ambiguous(spot.path):
                merged.excluded += group.others(chosen)
            position += 1
        return merged

    def _ordered(self, branches: Sequence[Any], spot: Spot) -> Sequence[Any]:
        """Return alternatives in the order in which they are tried."""
        if self._is_minimal(spot):
            return sorted(branches, key=self.heights.of)
        if spot.references and len(branches) > 1:
            return sorted(branches, key=lambda branch: _refers(branch, spot.references))
        return branches

    def _is_minimal(self, spot: Spot) -> bool:
        return self.parts > ORDINARY_PARTS or len(spot.path) > ORDINARY_DEPTH

    def _presets(self, merged: Merged, spot: Spot, kind: str) -> list[Any]:
        """Return the values that are tried before a generated one."""
        presets = []
        if spot.echo is not OMITTED:
            presets.append(converted(spot.echo, kind))
        if spot.fresh or (spot.later and words(spot.name)[-1:] and _is_identifier(spot.name)):
            return presets
        examples = [*spot.likes, *(merged.examples if self.use_examples else ())]
        if kind == "object":
            for example in examples:
                if isinstance(example, dict):
                    presets += self._object_presets(example, merged, spot)
            return presets
        return presets + examples

    def _object_presets(self, example: Any, merged: Merged, spot: Spot) -> list[Any]:
        """Return an example of an object, at first with the values that repeat the request."""
        properties = merged.keywords.get("properties", {})
        required = merged.keywords.get("required", ())
        visible = {
            name: value
            for name, value in example.items()
            if name in required or not self._is_hidden(properties.get(name))
        }
        echoes = {
            name: self._converted(properties.get(name, True), value)
            for name, value in self._echoes(merged, spot, visible).items()
        }
        return [{**visible, **echoes}, visible] if echoes else [visible]

    def _converted(self, schema: Any, value: Any) -> Any:
        merged = Merged()
        merged.add(self.data, schema)
        return converted(value, merged.type())

    def _echoes(self, merged: Merged, spot: Spot, names: Any) -> dict[str, Any]:
        if not self.echoes.values or spot.level > 1:
            return {}
        owners = [spot.name, _singular(spot.name)]
        owners += [reference.rpartition("/")[2] for reference in merged.refs]
        if not spot.path:
            owners += [reference.rpartition("/")[2] for reference in spot.references]
        values = self.echoes.of(names, owners, spot.level == 0)
        if spot.later:
            values = {name: value for name, value in values.items() if not _is_identifier(name)}
        return values

    def _enum(self, values: Sequence[Any], spot: Spot) -> list[Any]:
        """Return the values of an enum, starting with one that differs between parts."""
        listed = [value for value in values if value is not None]
        start = spot.seed % len(listed) if listed else 0
        rotated = (listed[start:] + listed[:start])[:MAX_ENUM]
        return rotated + [value for value in values if value is None][:1]

    def _object(self, merged: Merged, spot: Spot, shape: int) -> dict[str, Any]:
        keywords = merged.keywords
        properties = keywords.get("properties", {})
        required = dict.fromkeys(keywords.get("required", ()))
        required |= dict.fromkeys(sorted(self.history.required.get(spot.path, ())))
        forbidden = set(names_forbidden_alone(merged.forbidden))
        if forbidden & required.keys():
            raise ContradictionError
        minimal = shape > 0 or self._is_minimal(spot)
        echoes = self._echoes(merged, spot, properties)
        level = spot.level + 1 if echoes or spot.level else 0
        likes = [
            example
            for example in (*spot.likes, *merged.examples, *merged.partial)
            if isinstance(example, dict)
        ]
        references = spot.references.union(merged.refs) if merged.refs else spot.references
        result: dict[str, Any] = {}
        most = keywords.get("maxProperties", MAX_ITEMS)

        def add(name: str, schema: Any, optional: bool) -> None:
            child = Spot(
                path=(*spot.path, name),
                name=name,
                seed=crc32(name.encode("utf-8", "replace"), spot.seed),
                references=references,
                likes=tuple(example[name] for example in likes if name in example),
                echo=echoes.get(name, OMITTED),
                level=level,
                later=spot.later,
                fresh=spot.fresh,
            )
            value = self.value(schema, child, optional)
            if value is not OMITTED:
                result[name] = value

        optional_count = most - len(required)
        for name, schema in properties.items():
            if name in required:
                add(name, schema, False)
            elif not (
                minimal
                or schema is False
                or name in forbidden
                or optional_count <= 0
                or self._is_hidden(schema)
                or _refers(schema, references)
            ):
                add(name, schema, True)
                optional_count -= name in result
        pending = [name for name in required if name not in result]
        while pending:
            for name in pending:
                add(name, _schema_of(keywords, name), False)
            dependent = keywords.get("dependentRequired", {})
            needed = [other for name in result for other in dependent.get(name, ())]
            pending = [name for name in dict.fromkeys(needed) if name not in result]
        self._add_extra(keywords, result, minimal, spot, add)
        return result

    def _add_extra(
        self,
        keywords: Mapping[str, Any],
        result: dict[str, Any],
        minimal: bool,
        spot: Spot,
        add: Callable[[str, Any, bool], None],
    ) -> None:
        """Add properties that the schema does not name, to reach the number that it requires."""
        by_pattern = keywords.get("patternProperties") or {}
        rest = keywords.get("additionalProperties", True)
        is_map = not result and not keywords.get("properties") and (by_pattern or _is_typed(rest))
        least = int(keywords.get("minProperties", 0))
        wanted = max(least, 1 if is_map and not minimal else 0)
        if wanted > MAX_ITEMS:
            raise ContradictionError
        for index in range(wanted * 3):
            if len(result) >= wanted:
                return
            name = self._extra_name(keywords, by_pattern, rest, spot, index)
            if name not in result:
                add(name, _schema_of(keywords, name), len(result) >= least)
        if len(result) < least:
            raise ContradictionError

    def _extra_name(
        self,
        keywords: Mapping[str, Any],
        by_pattern: Mapping[str, Any],
        rest: Any,
        spot: Spot,
        index: int,
    ) -> str:
        schema: Any = keywords.get("propertyNames", True)
        if by_pattern and (rest is False or not keywords.get("minProperties")):
            schema = both({"pattern": list(by_pattern)[index % len(by_pattern)]}, schema)
        if schema is True:
            return EXTRA_NAMES[index] if index < len(EXTRA_NAMES) else f"key{index + 1}"
        path = (*spot.path, f"name {index}")
        child = Spot(path, "key", crc32(b"name %d" % index, spot.seed), spot.references)
        return str(self.value(both({"type": "string"}, schema), child))

    def _array(self, merged: Merged, spot: Spot, shape: int) -> list[Any]:
        keywords = merged.keywords
        prefix = keywords.get("prefixItems", ())
        items = keywords.get("items", True)
        references = spot.references.union(merged.refs) if merged.refs else spot.references
        count = self._item_count(keywords, spot, shape, _refers(items, references))
        least = int(keywords.get("minItems", 0))
        contained = int(keywords.get("minContains", 1)) if "contains" in keywords else 0
        likes = [x for x in (*spot.likes, *merged.examples) if isinstance(x, list)]
        result: list[Any] = []
        for index in range(count):
            if index >= DISTINCT_ITEMS + len(prefix) and not keywords.get("uniqueItems"):
                result.append(result[len(prefix) + index % DISTINCT_ITEMS])
                continue
            schema = prefix[index] if index < len(prefix) else items
            if index < contained:
                schema = both(schema, keywords["contains"])
            child = Spot(
                path=(*spot.path, index),
                name=_singular(spot.name),
                seed=crc32(b"%d" % index, spot.seed),
                references=references,
                likes=tuple(x[index] for x in likes if index < len(x)),
                level=spot.level,
                later=spot.later or index > 0,
                fresh=spot.fresh,
            )
            optional = index >= max(least, contained)
            value = self.value(schema, child, optional)
            if keywords.get("uniqueItems"):
                value = self._distinct(value, result, schema, child, optional)
            if value is OMITTED:
                break
            result.append(value)
        return result

    def _item_count(
        self, keywords: Mapping[str, Any], spot: Spot, shape: int, recursive: bool
    ) -> int:
        prefix = len(keywords.get("prefixItems", ()))
        least = max(int(keywords.get("minItems", 0)), 0)
        if "contains" in keywords:
            least = max(least, int(keywords.get("minContains", 1)))
        most = int(keywords.get("maxItems", MAX_ITEMS))
        if keywords.get("items") is False:
            most = min(most, prefix)
        if least > most or least > MAX_ITEMS:
            raise ContradictionError
        nested = any(isinstance(step, int) for step in spot.path)
        usual = prefix + (0 if keywords.get("items") is False and prefix else 1 if nested else 2)
        if recursive or shape == 1 or self._is_minimal(spot):
            usual = least
        elif shape == 2:
            usual += 2
        return min(max(usual, least), most)

    def _distinct(
        self, value: Any, others: list[Any], schema: Any, spot: Spot, optional: bool
    ) -> Any:
        """Return an item that differs from the others, or OMITTED."""
        seen = {json.dumps(other, sort_keys=True) for other in others}
        while value is not OMITTED and json.dumps(value, sort_keys=True) in seen:
            self.steps += 1
            if spot.fresh:
                if not self.history.advance(spot.path):
                    raise ContradictionError
            else:
                spot = replace(spot, fresh=True)
                self.history.forget(spot.path)
            value = self.value(schema, spot, optional)
        return value

    def _is_hidden(self, schema: Any, depth: int = 0) -> bool:
        """Return whether a schema, or one that it is made of, has the hidden keyword."""
        if not isinstance(schema, dict) or depth > 8:
            return False
        if schema.get(self.hidden):
            return True
        parts = list(schema.get("allOf") or ())
        if isinstance(schema.get("$ref"), str):
            try:
                parts.append(target(self.data, schema["$ref"]))
            except ContradictionError:
                return False
        return any(self._is_hidden(part, depth + 1) for part in parts)


# Type → how many different values are generated before the part is exhausted.
SHAPES = {
    "object": 2,
    "array": 3,
    "string": 4,
    "integer": 4,
    "number": 4,
    "boolean": 2,
    "null": 1,
    "any": 1 + len(SCALARS_OF_ANY),
}


def _refers(schema: Any, references: frozenset[str]) -> bool:
    """Return whether a schema refers to one of the references, also as a part of ``allOf``."""
    if not isinstance(schema, dict):
        return False
    if schema.get("$ref") in references:
        return True
    return any(_refers(part, references) for part in schema.get("allOf") or ())


def _schema_of(keywords: Mapping[str, Any], name: str) -> Any:
    """Return the schema of a property that may not be declared."""
    schema = keywords.get("properties", {}).get(name)
    for pattern, other in (keywords.get("patternProperties") or {}).items():
        if texts.checker(json.dumps({"pattern": pattern}))(name):
            schema = other if schema is None else both(schema, other)
    if schema is not None:
        return schema
    return keywords.get("additionalProperties", keywords.get("unevaluatedProperties", True))


def _is_typed(schema: Any) -> bool:
    return isinstance(schema, dict) and bool(schema)


def _is_identifier(name: str) -> bool:
    return bool(words(name)) and words(name)[-1] in IDENTIFIERS


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name
