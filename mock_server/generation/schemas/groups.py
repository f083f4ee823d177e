"""Alternatives of which one is chosen: the schemas of ``oneOf``, the types of a ``type`` list, …"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Group:
    """Alternatives of which one is merged.

    exclusive: the schemas of ``oneOf``, of which only one may hold; empty if several may hold.
    """

    alternatives: Sequence[Any]
    exclusive: Sequence[Any] = ()

    def others(self, chosen: Any) -> list[Any]:
        """Return the schemas that must not hold if an alternative is chosen."""
        if self.exclusive and not any(schema is chosen for schema in self.exclusive):
            chosen = chosen["allOf"][-1]  # the schema with the name that a discriminator maps to it
        return [schema for schema in self.exclusive if schema is not chosen]


def reference_to(name: str) -> str:
    return name if name.startswith("#") else f"#/components/schemas/{name}"


def with_discriminator(schema: Mapping[str, Any], branches: Sequence[Any]) -> Sequence[Any]:
    """Return each branch with the name that the discriminator maps to it, and without the name."""
    discriminator = schema.get("discriminator")
    if not isinstance(discriminator, dict) or "propertyName" not in discriminator:
        return branches
    name = discriminator["propertyName"]
    mapping = discriminator.get("mapping") or {}
    names = {reference_to(value): key for key, value in reversed(mapping.items())}

    def named(branch: Any) -> Any:
        reference = branch.get("$ref") if isinstance(branch, dict) else None
        if not isinstance(reference, str):
            return branch
        word = names.get(reference, reference.rpartition("/")[2])
        chosen = {"properties": {name: {"const": word}}, "required": [name]}
        return {"allOf": [chosen, branch]}

    # The schema may forbid the name: some documents have other names in an enum.
    return [each for branch in branches for each in _distinct(named(branch), branch)]


def _distinct(first: Any, second: Any) -> list[Any]:
    return [first] if first is second else [first, second]
