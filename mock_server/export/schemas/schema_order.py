"""How the component schemas of a document refer to each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .zod_subset import component


@dataclass(frozen=True)
class Order:
    """The schemas, each after those that it refers to, except where they refer to each other."""

    names: tuple[str, ...]
    recursive: frozenset[str]


def order_of(declared: Mapping[str, Any]) -> Order:
    """Return the schemas in an order in which few refer to a later one.

    The search is not recursive, because a document can have long chains of references.
    """
    finished: dict[str, None] = {}
    recursive: set[str] = set()
    for start in declared:
        path = [(start, iter([*_references(declared[start])]))]
        open_names = {start}
        while path and start not in finished:
            name, references = path[-1]
            reference = next((r for r in references if r in declared and r not in finished), None)
            if reference is None:
                path.pop()
                open_names.discard(name)
                finished[name] = None
            elif reference in open_names:
                recursive.add(reference)
            else:
                open_names.add(reference)
                path.append((reference, iter([*_references(declared[reference])])))
    return Order(tuple(finished), frozenset(recursive))


def _references(schema: Any) -> Iterator[str]:
    """Yield the component schemas that a schema refers to."""
    waiting = [schema]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield component(value["$ref"])
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def reachable(declared: Mapping[str, Any], first: Iterable[str]) -> list[str]:
    """Return some component schemas and all that they refer to, in the order of the document."""
    found: set[str] = set()
    waiting = [name for name in first if name in declared]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [each for each in _references(declared[name]) if each in declared]
    return [name for name in declared if name in found]
