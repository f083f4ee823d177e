"""JSON merge patches (RFC 7396): what an update with a partial body does to a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merged(value: Any, patch: Any) -> Any:
    """Return a value with a merge patch applied (RFC 7396, section 2)."""
    if not isinstance(patch, Mapping):
        return patch
    members = dict(value) if isinstance(value, Mapping) else {}
    for name, change in patch.items():
        if change is None:
            members.pop(name, None)
        else:
            members[name] = merged(members.get(name), change)
    return members
