"""The properties that move with a status: those that only transitions set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..operation import Operation
from .types import ResourceType

TRANSITION = "transition"


def with_moving(
    types: Mapping[str, ResourceType], operations: Iterable[Operation]
) -> dict[str, ResourceType]:
    """Return the types with what moves with their status.

    If ``shipped_at`` is set when an order is shipped, and by no other action, an order that shows
    the status of another one also shows its ``shipped_at``.
    """
    moved: dict[str, dict[str, None]] = {name: {} for name in types}
    others: dict[str, set[str]] = {name: set() for name in types}
    for operation in operations:
        action = operation.action
        if action is None or action.finds not in types:
            continue
        names = (*action.values, *action.computed)
        if action.do == TRANSITION:
            moved[action.finds] |= dict.fromkeys(names)
        else:
            others[action.finds].update(names)
    return {
        name: _with_changes(each, [n for n in moved[name] if n not in others[name]])
        for name, each in types.items()
    }


def _with_changes(resource_type: ResourceType, names: Iterable[str]) -> ResourceType:
    roles = resource_type.timeline
    if roles is None:
        return resource_type
    fixed = {*roles.properties, *resource_type.keys, *resource_type.parent_keys}
    more = [name for name in names if name not in fixed and name in resource_type.properties]
    timeline = replace(roles, changes=(*roles.changes, *more))
    return replace(resource_type, timeline=timeline) if more else resource_type
