"""What rules are shown of a value: what they read of it and no more, as each value that the engine
takes over costs time; and what is absent as null."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ..document.spec import Spec, resolve
from .members import Names

Wanted = Mapping[str, Any] | None  # by the name of a member, "*" for each; None: all of the value


CONTAINERS = (list, dict)


def wanted_of(paths: Iterable[Names]) -> Wanted:
    """What rules want of a value, by the paths that they read."""
    following: dict[str, list[Names]] = {}
    for path in paths:
        if not path:
            return None
        following.setdefault(path[0], []).append(path[1:])
    of_each = following.pop("*", [])
    wanted = {name: wanted_of([*rest, *of_each]) for name, rest in following.items()}
    return {**wanted, "*": wanted_of(of_each)} if of_each else wanted


def part(wanted: Wanted, name: str) -> Wanted:
    """What is wanted of a member: nothing when nobody reads it."""
    return None if wanted is None else wanted.get(name, wanted.get("*", {}))


def view(spec: Spec, schema: Mapping[str, Any], value: Any, wanted: Wanted = None) -> Any:
    """Return what is wanted of a value. An absent declared property is null.

    Of an object whose schema declares properties only those are kept: a rule can name no others.
    """
    if isinstance(value, list):
        items, each = resolve(spec.data, schema).get("items", {}), part(wanted, "*")
        return [view(spec, items, item, each) for item in value]
    if isinstance(value, dict):
        declared = resolve(spec.data, schema).get("properties", {})
        return {
            name: item
            if not isinstance(item := value.get(name), CONTAINERS)
            else view(spec, declared.get(name, {}), item, part(wanted, name))
            for name in declared or value
            if wanted is None or name in wanted or "*" in wanted
        }
    return value


def without(value: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Return an object without some of its properties."""
    return {name: item for name, item in value.items() if name not in names}
