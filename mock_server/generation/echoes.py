"""Values of a request that its response repeats: path parameters, and properties of the body."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .scalars.property_names import normalised


class Echoes:
    """The values of a request, by property name without case and separators."""

    def __init__(self, hints: Mapping[str, Any]) -> None:
        self.values = {normalised(name): value for name, value in hints.items()}

    def of(
        self, properties: Iterable[str], owners: Iterable[str], is_resource: bool
    ) -> dict[str, Any]:
        """Return the values of the properties that the response repeats.

        owners: names of the object, such as the name of its schema; ``id`` of a ``Pet`` repeats
        ``petId``.
        is_resource: whether the object is the one that the request is about. In an object inside
        it, only names that contain the owner are repeated: ``name`` could be another name.
        """
        if not self.values:
            return {}
        names = {normalised(owner) for owner in owners}
        result = {}
        for name in properties:
            key = normalised(name)
            if key == "id" and (owned := [o + "id" for o in names if o + "id" in self.values]):
                result[name] = self.values[owned[0]]
            elif key in self.values and (is_resource or (key.endswith("id") and key != "id")):
                result[name] = self.values[key]
        return result


def converted(value: Any, kind: str) -> Any:
    """Return a value of a request as a value of a type: path parameters are text."""
    if isinstance(value, str) and kind in ("integer", "number"):
        try:
            return int(value) if kind == "integer" else float(value)
        except ValueError:
            return value
    if kind == "string" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value
