"""The values that give a resource a status, which can be in several properties."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from .types import ResourceType, TimelineRoles


def status_values(
    resource_type: ResourceType, roles: TimelineRoles, word: str
) -> Iterator[dict[str, Any]]:
    """Yield values of the properties with the status, so that a word is the status.

    The last one that is not null has the word. Those before it have a similar phase, if any.
    """
    names = roles.status
    for number in reversed(range(len(names))):
        if word not in words_of(resource_type, names[number]):
            continue
        before = [
            sorted(words_of(resource_type, name), key=lambda other: _distance(roles, other, word))
            for name in names[:number]
        ]
        for earlier in product(*before):
            values = dict.fromkeys(names)
            yield {**values, **dict(zip(names, earlier, strict=False)), names[number]: word}


def words_of(resource_type: ResourceType, name: str) -> list[str]:
    """Return the statuses that a property can have."""
    return list(resource_type.properties.get(name, {}).get("x-statuses", ()))


def _distance(roles: TimelineRoles, word: str, other: str) -> int:
    """Return 0 for statuses of the same phase, 1 if both have ended, else 2."""
    if roles.phase(word) == roles.phase(other):
        return 0
    return 1 if roles.ended(word) and roles.ended(other) else 2
