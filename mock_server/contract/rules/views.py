"""The view of a value for rules: only the parts that they read, with null for absent properties.

The CEL engine copies each value that it gets, so every part that no rule reads would cost time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ..document.references import combined
from ..document.spec import Spec
from .members import Names

# The parts of a value that rules read: member → parts of it, "*" for each; None for all parts.
Wanted = Mapping[str, Any] | None


CONTAINERS = (list, dict)


def wanted_of(paths: Iterable[Names]) -> Wanted:
    """Return the parts of a value that are read through these paths."""
    following: dict[str, list[Names]] = {}
    for path in paths:
        if not path:
            return None
        following.setdefault(path[0], []).append(path[1:])
    of_each = following.pop("*", [])
    wanted = {name: wanted_of([*rest, *of_each]) for name, rest in following.items()}
    return {**wanted, "*": wanted_of(of_each)} if of_each else wanted


def part(wanted: Wanted, name: str) -> Wanted:
    """Return the parts of a member that are read; empty if no rule reads it."""
    return None if wanted is None else wanted.get(name, wanted.get("*", {}))


def view(spec: Spec, schema: Mapping[str, Any], value: Any, wanted: Wanted = None) -> Any:
    """Return the parts of a value that rules read. An absent declared property is null.

    If the schema of an object declares properties, the view has only these: a rule cannot name
    others.
    """
    if isinstance(value, list):
        items, each = combined(spec.data, schema).get("items", {}), part(wanted, "*")
        return [view(spec, items, item, each) for item in value]
    if isinstance(value, dict):
        declared = combined(spec.data, schema).get("properties", {})
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
