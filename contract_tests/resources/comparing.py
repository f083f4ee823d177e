"""Which properties of a resource differ between two observations, and may not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from mock_server.contract.document.operation import Action, Operation
from mock_server.contract.document.resources.types import ResourceType
from mock_server.contract.violations import show

from ..judging.comparison import equal_values
from ..target.roles import Resource


def first_difference(
    resource_type: ResourceType, names: Collection[str], first: Resource, second: Resource
) -> tuple[str, str] | None:
    """Return the first of these properties that differs, and its two values as text."""
    for name in (each for each in resource_type.properties if each in names):
        if not same(resource_type, name, first.get(name), second.get(name)):
            return name, f"{show(first.get(name))}, then {show(second.get(name))}"
    return None


def same(resource_type: ResourceType, name: str, first: Any, second: Any) -> bool:
    """Return whether two values of a property are equal. Absent and null are."""
    format_ = resource_type.timestamps.get(name)
    return equal_values(first, second, format_)


def includes(resource_type: ResourceType, name: str, value: Any, wanted: Any) -> bool:
    """Return whether a property has a value; objects in it can have more members, such as those
    with a default."""
    if isinstance(value, Mapping) and isinstance(wanted, Mapping):
        members = ((value.get(each), wanted[each]) for each in wanted)
        return all(includes(resource_type, "", own, other) for own, other in members)
    if isinstance(value, list) and isinstance(wanted, list):
        pairs = zip(value, wanted, strict=False)
        return len(value) == len(wanted) and all(
            includes(resource_type, "", own, other) for own, other in pairs
        )
    return same(resource_type, name, value, wanted)


def settled(resource_type: ResourceType, value: Resource) -> frozenset[str]:
    """Return the properties that do not change unless a request changes them.

    Those of a timeline can change at any time until it has ended.
    """
    roles = resource_type.timeline
    names = resource_type.identity - resource_type.embedded.keys()
    if roles is None or not is_ended(resource_type, value):
        return names
    return names | (roles.properties - {*roles.role_properties("stale")})


def is_ended(resource_type: ResourceType, value: Resource) -> bool:
    """Return whether the timeline of a resource has ended; True without a timeline."""
    return phase_of(resource_type, value) in ("", "ended-well", "ended-badly")


def phase_of(resource_type: ResourceType, value: Resource) -> str:
    """Return the phase of a resource; "" without a timeline, or for an undocumented status."""
    roles = resource_type.timeline
    status = roles.status_of(value) if roles else None
    if roles is None or (status is not None and status not in roles.phases):
        return ""
    return roles.phase(status)


def status_of(resource_type: ResourceType, value: Resource) -> str | None:
    """Return the status of a resource; None without a timeline."""
    return resource_type.timeline.status_of(value) if resource_type.timeline else None


def given_by_requests(resource_type: ResourceType, action: Action | None) -> frozenset[str]:
    """Return the properties that clients write: not the key, those of a timeline, nor those that
    the document marks as read-only or that the action computes."""
    roles, of_action = resource_type.timeline, set[str]()
    if action is not None:
        of_action = {*action.values, *action.computed}
    return frozenset(
        name
        for name, schema in resource_type.properties.items()
        if not schema.get("readOnly")
        and name not in {*resource_type.keys, *resource_type.embedded, *of_action}
        and name not in (roles.properties if roles else ())
    )


def set_by_creation_alone(
    resource_type: ResourceType, creations: Iterable[Operation], action: Action | None
) -> frozenset[str]:
    """Return the properties that a creation sets, and that no request and not this action changes:
    such as the time of the creation."""
    created = {name for each in creations if each.action for name in each.action.values}
    of_action = {*action.values, *action.computed} if action else set()
    roles = resource_type.timeline
    moving = roles.properties if roles else frozenset()
    writable = {n for n, schema in resource_type.properties.items() if not schema.get("readOnly")}
    return frozenset(created - of_action - moving - writable - resource_type.embedded.keys())
