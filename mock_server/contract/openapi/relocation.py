"""Moves parts of a document after all references are known, and adjusts the references."""

from __future__ import annotations

from typing import Any

from ..violations import pointer
from .references import reference_to
from .report import Where, steps
from .structure import Structure, Visit

Steps = tuple[str | int, ...]

# Members of a schema that stay beside an anyOf with null.
BESIDE_NULL = {"title", "description", "default", "deprecated", "readOnly", "writeOnly", "example"}


class Relocation:
    """moves: location in the file → the steps that replace its last step.

    renamed: the locations whose last step is replaced by one step.
    """

    def __init__(self) -> None:
        self.moves: dict[Steps, Steps] = {}
        self.renamed: list[Steps] = []

    def rename(self, container: Where, old: str | int, new: str | int) -> None:
        """Move a member of a container."""
        self.renamed.append((*steps(container), old))
        self.moves[self.renamed[-1]] = (new,)

    @property
    def origins(self) -> dict[str, str]:
        """Return JSON pointer of the document → JSON pointer in the file."""
        return {pointer(self.relocated(old)): pointer(old) for old in self.renamed}

    def relocated(self, old: Steps) -> Steps:
        """Return where a location of the file is in the document."""
        new: Steps = ()
        for count, step in enumerate(old, 1):
            new += self.moves.get(old[:count], (step,))
        return new


def apply(structure: Structure, relocation: Relocation) -> None:
    """Remove unusable items, combine schemas with null, and write each reference."""
    _mark_dropped(structure, relocation)
    for visit in structure.nullables:
        for key in _moved_keys(visit.value):
            relocation.moves[(*steps(visit.where), key)] = ("anyOf", 0, key)
    for reference in structure.references:
        target = reference.target
        if target is not None and reference.key in reference.holder:
            where: Where = target.where
            if relocation.moves:
                where = _linked(relocation.relocated(steps(where)))
            reference.holder[reference.key] = reference_to(where)
    for visit in structure.nullables:
        _combine_with_null(visit)


def _mark_dropped(structure: Structure, relocation: Relocation) -> None:
    for items, where, dropped in structure.drops.values():
        kept = [index for index in range(len(items)) if index not in dropped]
        for new, old in enumerate(kept):
            if new != old:
                relocation.rename(where, old, new)
        items[:] = [items[index] for index in kept]


def _moved_keys(schema: dict[str, Any]) -> list[str]:
    return [key for key in schema if key not in BESIDE_NULL and not key.startswith("x-")]


def _combine_with_null(visit: Visit) -> None:
    schema = visit.value
    moved = {key: schema.pop(key) for key in _moved_keys(schema)}
    schema["anyOf"] = [moved, {"type": "null"}]


def _linked(keys: Steps) -> Where:
    where: Where = None
    for key in keys:
        where = (where, key)
    return where
