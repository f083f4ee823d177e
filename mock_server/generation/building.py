"""Builds a value from a schema, part by part, by the choices that the history contains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zlib import crc32

from .choices import Choices
from .context import MAX_DEPTH, OMITTED, Context, Spot, refers
from .lists import list_value
from .objects import object_value
from .presets import copied, enum_values, presets
from .scalars import texts
from .scalars.numbers import GREATEST, number
from .scalars.property_names import meaning
from .scalars.randomness import Random
from .schemas import exclusion
from .schemas.combining import ContradictionError
from .schemas.merging import Merged
from .schemas.recursion import INFINITE

SCALARS_OF_ANY: tuple[Any, ...] = (1, True, {}, [], None)  # if text is not accepted
# Type → how many different values are generated before the part is exhausted.
SHAPES = {
    "object": 2,
    "array": 3,
    "string": 4,
    "integer": GREATEST + 1,
    "number": GREATEST + 1,
    "boolean": 2,
    "null": 1,
    "any": 1 + len(SCALARS_OF_ANY),
}
SHAPES_OF_A_PATTERN = 2  # of a text: many texts are tried for each


class Builder:
    """Builds one value, again and again: between two builds, choices are changed."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def build(self, schema: Any, where: str, likes: tuple[Any, ...]) -> Any:
        """Return a value by the current choices. Raises ContradictionError, TooManyStepsError."""
        self.context.parts = 0
        references = frozenset([f"#{where}"])
        spot = Spot((), self.context.name, self.context.seed, references, likes)
        return self.value(schema, spot, False)

    def value(self, schema: Any, spot: Spot, optional: bool) -> Any:
        """Return the value of a part, or OMITTED if it is optional and has no value."""
        context, path = self.context, spot.path
        history = context.history
        if path in history.finished:
            return history.finished[path]
        context.count_part()
        choices = history.at(path)
        if refers(schema, spot.references) and context.plans.heights.of(schema) >= INFINITE:
            choices.exhausted = True
        while not choices.exhausted and len(path) <= MAX_DEPTH:
            choices.restart()
            try:
                result = self._attempt(schema, spot, choices)
            except ContradictionError:
                context.count_steps(1)
                choices.advance()
                history.forget(path)
            else:
                history.finished[path] = result
                return result
        if optional:
            return OMITTED
        raise ContradictionError

    def _attempt(self, schema: Any, spot: Spot, choices: Choices) -> Any:
        merged = self.context.plans.of(schema)
        if merged.groups:
            merged = self._chosen(merged.copy(), spot, choices)
        keywords = merged.keywords
        if "const" in keywords:
            if keywords["const"] not in keywords.get("enum", [keywords["const"]]):
                raise ContradictionError
            return copied(keywords["const"])
        kind = merged.type()
        declared = kind if "type" in keywords else "any"  # other types are valid too
        listed, shapes = presets(self.context, merged, spot, kind), SHAPES[kind]
        if "pattern" in keywords:
            shapes = min(shapes, SHAPES_OF_A_PATTERN)
        if "enum" in keywords:
            listed, shapes = listed + enum_values(keywords["enum"], declared, spot), 0
        chosen = choices.choose(len(listed) + shapes)
        if chosen < len(listed):
            return copied(listed[chosen])
        result = self._generated(kind, merged, spot, chosen - len(listed))
        for other in merged.excluded:
            exclusion.exclude(self.context.plans, result, other, merged)
        return result

    def _chosen(self, merged: Merged, spot: Spot, choices: Choices) -> Merged:
        """Merge one alternative of each group."""
        is_ambiguous = self.context.history.is_ambiguous(spot.path)
        position = 0
        while position < len(merged.groups):
            group = merged.groups[position]
            branches = self._ordered(group.alternatives, spot)
            if is_ambiguous and group.exclusive:
                branches = sorted(branches, key=self._required_count)
            chosen = branches[choices.choose(len(branches))]
            merged.add(self.context.plans.data, chosen)
            if is_ambiguous:
                merged.excluded += group.others(chosen)
            position += 1
        return merged

    def _ordered(self, branches: Sequence[Any], spot: Spot) -> Sequence[Any]:
        """Return alternatives in the order in which they are tried."""
        if len(branches) > 1:
            if self.context.is_minimal(spot):
                return sorted(branches, key=self.context.plans.heights.of)
            if any(refers(branch, spot.references) for branch in branches):
                return sorted(branches, key=lambda branch: refers(branch, spot.references))
        return branches

    def _required_count(self, schema: Any) -> int:
        try:
            return len(self.context.plans.of(schema).keywords.get("required", ()))
        except ContradictionError:
            return 0

    def _generated(self, kind: str, merged: Merged, spot: Spot, shape: int) -> Any:
        if kind == "object":
            return object_value(self.context, merged, spot, shape, self.value)
        if kind == "array":
            return list_value(self.context, merged, spot, shape, self.value)
        if kind == "boolean":
            return meaning(spot.name).boolean == (shape == 0)
        random, keywords = Random(crc32(b"%d" % shape, spot.seed)), merged.keywords
        if kind == "string" or (kind == "any" and shape == 0):
            return texts.text(keywords, merged.patterns, spot.name, random, self.context.now)
        if kind in ("integer", "number"):
            unit = texts.unix_time(keywords, spot.name)
            if unit:
                return texts.timestamp(spot.name, random, self.context.now) // unit
            return number(keywords, kind == "integer", meaning(spot.name), random, shape)
        return SCALARS_OF_ANY[shape - 1] if kind == "any" else None
