"""Compare two schemas, and the schemas that they refer to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_server.contract.document.references import at, followed
from mock_server.contract.document.resources.loading import declared_properties, property_pointers
from mock_server.contract.violations import show

from . import changes
from .changes import Change, Relation
from .describing import ALTERNATIVES, TYPES, listed, shown, subject_of, types_of
from .extensions import extension_changes
from .renames import ENOUGH, likeness, renamed
from .rules import rule_changes

Pair = tuple[str, str]  # the pointers of a schema in both documents

# Keywords of a lower bound, of an upper bound, and those that are only equal or not
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
CONSTRAINTS = ("pattern", "format", "multipleOf", "uniqueItems", "const", "contains", "not")
CONDITIONS = ("if", "then", "else", "dependentRequired", "dependentSchemas", "patternProperties")
# What does not matter for the question whether a property was renamed
ANNOTATIONS = ("description", "title", "example", "examples", "default", "deprecated")


@dataclass
class SchemaComparison:
    """Compares schemas of two documents. A pair of schemas is compared once."""

    old: Any
    new: Any
    _own: dict[Pair, list[Change]] = field(default_factory=dict)
    _children: dict[Pair, list[Pair]] = field(default_factory=dict)

    def changes(self, old_at: str, new_at: str) -> Iterator[Change]:
        """Yield the changes between two schemas, with all that they refer to."""
        waiting, visited = [self._pair(old_at, new_at)], set[Pair]()
        while waiting:
            pair = waiting.pop()
            if pair not in visited:
                visited.add(pair)
                self._compare(pair)
                yield from self._own[pair]
                waiting += self._children[pair]

    def _pair(self, old_at: str, new_at: str) -> Pair:
        return _followed(self.old, old_at), _followed(self.new, new_at)

    def _compare(self, pair: Pair) -> None:
        if pair in self._own:
            return
        self._own[pair], self._children[pair] = [], []
        old, new = at(self.old, pair[0]), at(self.new, pair[1])
        if not (isinstance(old, dict) and isinstance(new, dict)):
            if old != new:
                relation = changes.WIDER if new is True else changes.NARROWER
                self._add(pair, "schema-changed", f"{show(old)} became {show(new)}", relation)
            return
        self._own[pair] += self._of_types(pair, old, new)
        self._own[pair] += self._of_values(pair, old, new)
        self._own[pair] += self._of_bounds(pair, old, new)
        self._of_properties(pair)
        self._own[pair] += rule_changes(pair, subject_of(pair[1]), old, new)
        self._own[pair] += extension_changes(pair, subject_of(pair[1]), old, new)
        self._of_parts(pair, old, new)

    def _add(
        self,
        pair: Pair,
        kind: str,
        message: str,
        relation: Relation,
        **more: Any,
    ) -> None:
        self._own[pair].append(_change(pair, kind, message, relation, **more))

    def _of_types(self, pair: Pair, old: Any, new: Any) -> Iterator[Change]:
        before, after = types_of(self.old, old), types_of(self.new, new)
        for name in TYPES:
            if name in after - before and not (name == "integer" and "number" in before):
                yield _change(pair, "type-added", f"can also be {name}", changes.WIDER)
            elif name in before - after and not (name == "integer" and "number" in after):
                yield _change(pair, "type-removed", f"can no longer be {name}", changes.NARROWER)

    def _of_values(self, pair: Pair, old: Any, new: Any) -> Iterator[Change]:
        if "enum" not in old or "enum" not in new:
            if "enum" in new:
                message = f"must be one of {listed(new['enum'])}"
                yield _change(pair, "enum-added", message, changes.NARROWER)
            elif "enum" in old:
                message = f"can be any value, not only {listed(old['enum'])}"
                yield _change(pair, "enum-removed", message, changes.WIDER)
            return
        gone = [value for value in old["enum"] if value not in new["enum"]]
        come = [value for value in new["enum"] if value not in old["enum"]]
        texts = [[value for value in each if isinstance(value, str)] for each in (gone, come)]
        words = renamed(texts[0], texts[1], _alike(old, new))
        for word, name in words.items():
            message = f"the value {show(word)} was renamed to {show(name)}"
            rename = word, name
            yield _change(pair, "enum-value-renamed", message, changes.RENAMED, rename=rename)
        for value in (value for value in gone if value not in words):
            message = f"the value {show(value)} was removed"
            yield _change(pair, "enum-value-removed", message, changes.NARROWER)
        for value in (value for value in come if value not in words.values()):
            message = f"the value {show(value)} was added"
            yield _change(pair, "enum-value-added", message, changes.WIDER)

    def _of_bounds(self, pair: Pair, old: Any, new: Any) -> Iterator[Change]:
        for name in (*LOWER, *UPPER, *CONSTRAINTS, *CONDITIONS):
            before, after = old.get(name), new.get(name)
            if before == after:
                continue
            relation = changes.OTHER
            if before in (None, False) or after in (None, False):
                relation = changes.NARROWER if before in (None, False) else changes.WIDER
            elif name in (*LOWER, *UPPER):
                rises = after > before
                relation = changes.NARROWER if rises == (name in LOWER) else changes.WIDER
            message = f"{name}: {shown(before)} became {shown(after)}"
            yield _change(pair, f"{name}-changed", message, relation)

    def _of_properties(self, pair: Pair) -> None:
        both = (self.old, pair[0]), (self.new, pair[1])
        old_at, new_at = (dict(property_pointers(*each)) for each in both)
        required = [declared_properties(data, at(data, where))[1] for data, where in both]
        closed = [at(data, where).get("additionalProperties") is False for data, where in both]
        gone, come = old_at.keys() - new_at.keys(), new_at.keys() - old_at.keys()
        names = renamed(sorted(gone), sorted(come), self._alike_properties(old_at, new_at))
        for name, other in names.items():
            message, rename = f"the property {name} was renamed to {other}", (name, other)
            self._add(pair, "property-renamed", message, changes.RENAMED, rename=rename)
        for name in (name for name in old_at if name in gone and name not in names):
            relation = changes.REMOVED_CLOSED if closed[1] else changes.REMOVED_OPEN
            message = f"the property {name} was removed"
            more = {"pointer": old_at[name], "in_old": True}
            self._add(pair, "property-removed", message, relation, **more)
        for name in (name for name in new_at if name in come and name not in names.values()):
            must = name in required[1]
            relation = changes.ADDED_REQUIRED if must else changes.HARMLESS
            if not must and closed[0]:
                relation = changes.WIDER
            message = f"the {'required' if must else 'optional'} property {name} was added"
            kind = "required-property-added" if must else "property-added"
            self._add(pair, kind, message, relation, pointer=new_at[name])
        for name in (name for name in old_at if name in new_at):
            if (name in required[0]) != (name in required[1]):
                must = name in required[1]
                relation = changes.NARROWER if must else changes.WIDER
                message = f"the property {name} is {'now' if must else 'no longer'} required"
                kind = "property-required" if must else "property-optional"
                self._add(pair, kind, message, relation, pointer=new_at[name])
        kept = [(name, names.get(name, name)) for name in old_at]
        self._children[pair] += [
            self._pair(old_at[name], new_at[other]) for name, other in kept if other in new_at
        ]

    def _alike_properties(self, old_at: Mapping[str, str], new_at: Mapping[str, str]) -> Any:
        """Return a function for the similarity of an old property and a new one."""

        def similarity(name: str, other: str) -> float:
            before = _essence(at(self.old, followed(self.old, old_at[name])))
            after = _essence(at(self.new, followed(self.new, new_at[other])))
            same_place = list(old_at).index(name) == list(new_at).index(other)
            if before == after:
                return max(likeness(name, other) + 0.1, ENOUGH if same_place else 0.0)
            return likeness(name, other) - 0.3

        return similarity

    def _of_parts(self, pair: Pair, old: Any, new: Any) -> None:
        """Compare the items, the other properties, and the alternatives of two schemas."""
        for name in ("items", "additionalProperties"):
            before, after = old.get(name), new.get(name)
            if isinstance(before, dict) and isinstance(after, dict):
                self._children[pair].append(self._pair(f"{pair[0]}/{name}", f"{pair[1]}/{name}"))
            elif before != after and not (name == "additionalProperties" and _open(before, after)):
                wider = after in (None, True)
                relation = changes.WIDER if wider else changes.NARROWER
                message = f"{name}: {shown(before)} became {shown(after)}"
                self._add(pair, f"{name}-changed", message, relation)
        for keyword in (*ALTERNATIVES, "allOf"):
            self._of_alternatives(pair, keyword, old.get(keyword, []), new.get(keyword, []))

    def _of_alternatives(self, pair: Pair, keyword: str, old: list[Any], new: list[Any]) -> None:
        """Compare the alternatives of two schemas: equal ones first, then those in one position."""
        before = {i: e for i, e in enumerate(old) if not _is_null(e) and e not in new}
        after = {i: e for i, e in enumerate(new) if not _is_null(e) and e not in old}
        same = [(i, new.index(each)) for i, each in enumerate(old) if each in new]
        paired = [*same, *zip(before, after, strict=False)]
        where = tuple(f"{each}/{keyword}/" for each in pair)
        self._children[pair] += [self._pair(f"{where[0]}{i}", f"{where[1]}{j}") for i, j in paired]
        is_all = keyword == "allOf"
        for index in [*before][len(after) :] if not is_all or (old and new) else ():
            relation = changes.WIDER if is_all else changes.NARROWER
            message = f"an alternative of {keyword} was removed: {shown(before[index])}"
            more = {"pointer": f"{where[0]}{index}", "in_old": True}
            self._add(pair, "alternative-removed", message, relation, **more)
        for index in [*after][len(before) :] if not is_all or (old and new) else ():
            relation = changes.NARROWER if is_all else changes.WIDER
            message = f"an alternative of {keyword} was added: {shown(after[index])}"
            self._add(pair, "alternative-added", message, relation, pointer=f"{where[1]}{index}")


def _change(
    pair: Pair,
    kind: str,
    message: str,
    relation: Relation,
    *,
    pointer: str = "",
    in_old: bool = False,
    rename: tuple[str, str] | None = None,
) -> Change:
    where = pointer or pair[1]
    return Change(
        kind,
        subject_of(pair[1]),
        message,
        where,
        in_old,
        by_direction=relation,
        rename=rename,
        old_schema=pair[0],
    )


def _followed(data: Any, where: str) -> str:
    """Return the pointer of a schema after its ``$ref``; a schema can also be true or false."""
    return followed(data, where) if isinstance(at(data, where), dict) else where


def _alike(old: Mapping[str, Any], new: Mapping[str, Any]) -> Any:
    """Return a function for the similarity of an old value of an enum and a new one."""
    statuses = old.get("x-statuses", {}), new.get("x-statuses", {})
    positions = old["enum"], new["enum"]

    def similarity(word: str, name: str) -> float:
        phases = [
            statuses[0].get(word, {}).get("phase"),
            statuses[1].get(name, {}).get("phase"),
        ]
        if phases[0] is not None and phases[0] == phases[1]:
            return 1.0
        same_place = len(positions[0]) == len(positions[1])
        same_place = same_place and positions[0].index(word) == positions[1].index(name)
        return max(likeness(word, name), 0.6 if same_place and phases == [None, None] else 0.0)

    return similarity


def _essence(schema: Any) -> str:
    """Return what a schema requires, as text, without annotations."""
    kept = (
        {k: v for k, v in schema.items() if k not in ANNOTATIONS}
        if isinstance(schema, dict)
        else schema
    )
    return json.dumps(kept, sort_keys=True, default=str)


def _open(before: Any, after: Any) -> bool:
    """Return whether both allow any other property."""
    return before in (None, True, {}) and after in (None, True, {})


def _is_null(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "null"
