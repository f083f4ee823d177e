"""A change from one document to the next, and whom it breaks.

A schema that allows more than before is *wider*, one that allows less is *narrower*. Whom that
breaks depends on the direction in which the value travels: a client must read every response that
the new document allows, and a server must accept every request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

REQUEST, RESPONSE = "request", "response"  # the directions of a value
BREAKS, MAY_BREAK, SAFE = "breaks", "may break", ""
RANK = {SAFE: 0, MAY_BREAK: 1, BREAKS: 2}


class Impact(NamedTuple):
    """What a change does to clients and to servers that followed the old document."""

    clients: str = SAFE
    servers: str = SAFE

    def worst(self, other: Impact) -> Impact:
        """Return the worse of both for each side."""
        return Impact(
            max(self.clients, other.clients, key=RANK.__getitem__),
            max(self.servers, other.servers, key=RANK.__getitem__),
        )


Rule = Mapping[str, Any]  # an entry of ``x-invariants``
Relation = tuple[Impact, Impact]  # the impact of a value in a request, and in a response

NOTHING = Impact()
BOTH = Impact(BREAKS, BREAKS)
UNCLEAR = Impact(MAY_BREAK, MAY_BREAK)
CLIENTS, SERVERS = Impact(BREAKS, SAFE), Impact(SAFE, BREAKS)
SOME_CLIENTS, SOME_SERVERS = Impact(MAY_BREAK, SAFE), Impact(SAFE, MAY_BREAK)

WIDER, NARROWER = (SOME_SERVERS, CLIENTS), (CLIENTS, SERVERS)
RENAMED, OTHER, HARMLESS = (BOTH, BOTH), (UNCLEAR, UNCLEAR), (NOTHING, NOTHING)
ADDED_REQUIRED = (CLIENTS, SERVERS)
REMOVED_OPEN, REMOVED_CLOSED = (SOME_CLIENTS, CLIENTS), (CLIENTS, BOTH)


@dataclass(frozen=True)
class Change:
    """One change.

    kind: what has changed, such as ``enum-value-added``. subject: a property, schema or operation.
    pointer: where it is in the new document, or in the old one if ``in_old``.
    by_direction: the impact of a value in a request, and in a response.
    operations, directions: where it is used; empty for a change that is of no operation.
    impact: the worst of all directions. rename: the old and the new name of what was renamed;
    old_schema: the pointer of its schema in the old document. rules: the old and the new form of a
    rule that has changed.
    """

    kind: str
    subject: str
    message: str
    pointer: str
    in_old: bool = False
    by_direction: Relation = HARMLESS
    operations: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    impact: Impact = NOTHING
    rename: tuple[str, str] | None = None
    old_schema: str = ""
    rules: tuple[Rule | None, Rule | None] = (None, None)

    def used(self, operation: str, direction: str) -> Change:
        """Return the change with another place where it is used."""
        return replace(
            self,
            operations=tuple(dict.fromkeys((*self.operations, operation))),
            directions=tuple(dict.fromkeys((*self.directions, direction))),
            impact=self.impact.worst(self.by_direction[direction == RESPONSE]),
        )


def of_operation(
    kind: str, subject: str, message: str, pointer: str, impact: Impact, in_old: bool = False
) -> Change:
    """Return a change of an operation, which has the same impact in each direction."""
    return Change(kind, subject, message, pointer, in_old, (impact, impact), (subject,), (), impact)


def breaking(changes: Iterable[Change], side: str) -> list[Change]:
    """Return the changes that break a side: `clients`, `servers`, `any` of both or `none`."""
    sides = {"any": ("clients", "servers"), "none": ()}.get(side, (side,))
    return [c for c in changes if any(getattr(c.impact, each) == BREAKS for each in sides)]
