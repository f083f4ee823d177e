"""The differences of two documents as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mock_server.contract.judge import Judge
from mock_server.contract.violations import grouped

from .changes import BREAKS, MAY_BREAK, Change
from .effects import Effects

LISTED = 3  # operations of a change, files of a violation
SIDES = ("clients", "servers")


@dataclass(frozen=True)
class Difference:
    """The changes from one document to the next, and what they break.

    names: of the two documents, as the user has given them.
    """

    old: Judge
    new: Judge
    names: tuple[str, str]
    changes: Sequence[Change]
    effects: Effects

    def location(self, change: Change) -> str:
        """Return ``file:line:column`` of a change."""
        judge, name = (self.old if change.in_old else self.new), self.names[not change.in_old]
        document = judge.spec.document
        return document.location(change.pointer).replace(str(document.path), name, 1)


def lines(difference: Difference) -> Iterator[str]:
    """Yield the lines of the text."""
    yield headline(difference)
    for title, changes in _sections(difference.changes):
        yield ""
        yield title
        for change in changes:
            yield f"  {change.subject}: {change.message}{_where_used(change)}"
            yield f"      {difference.location(change)}  [{change.kind}]"
    yield from _effect_lines(difference.effects)


def headline(difference: Difference) -> str:
    """Return the numbers of changes in one line."""
    names = " → ".join(difference.names)
    if not difference.changes:
        return f"no changes: {names}"
    counts = []
    for side in SIDES:
        broken = [c for c in difference.changes if getattr(c.impact, side) == BREAKS]
        if broken:
            counts.append(f"{len(broken)} break {side}")
    number = len(difference.changes)
    noun = "1 change" if number == 1 else f"{number} changes"
    return f"{noun}, {', '.join(counts) or 'none breaks clients or servers'}: {names}"


def _sections(changes: Sequence[Change]) -> Iterator[tuple[str, list[Change]]]:
    """Yield a title and its changes, for each combination of impacts that occurs."""
    titles: dict[str, list[Change]] = {}
    for change in changes:
        texts = []
        for impact in (BREAKS, MAY_BREAK):
            sides = [side for side in SIDES if getattr(change.impact, side) == impact]
            texts += [f"{impact} {' and '.join(sides)}"] if sides else []
        titles.setdefault("; ".join(texts) or "compatible", []).append(change)
    yield from titles.items()


def _where_used(change: Change) -> str:
    """Return the directions and operations of a change, in parentheses."""
    operations = [name for name in change.operations if name != change.subject]
    if not operations:
        return ""
    more = f" and {len(operations) - LISTED} more" if len(operations) > LISTED else ""
    directions = " and ".join(f"{each}s" for each in change.directions)
    return f" ({directions} of {', '.join(operations[:LISTED])}{more})"


def _effect_lines(effects: Effects) -> Iterator[str]:
    if effects.fixtures:
        files = effects.fixture_files
        yield ""
        noun = "1 file" if len(files) == 1 else f"{len(files)} files"
        yield f"fixtures and scenarios: {noun} with {len(effects.fixtures)} violations"
        for group in grouped(effects.fixtures):
            times = f" ({len(group)} times)" if len(group) > 1 else ""
            yield f"  {group[0]}{times}"
    if effects.types:
        yield ""
        yield f"exports: types that change: {', '.join(effects.types)}"
    if effects.accepted:
        yield ""
        yield "accepted findings that name what no longer exists"
        for entry in effects.accepted:
            yield f"  {entry.location}: {entry}"


def as_json(difference: Difference) -> str:
    """Return the differences as JSON text."""
    data = {
        "headline": headline(difference),
        "old": difference.names[0],
        "new": difference.names[1],
        "changes": [_change(difference, change) for change in difference.changes],
        "fixtures": [_violation(each) for each in difference.effects.fixtures],
        "types": list(difference.effects.types),
        "accepted": [
            {"location": entry.location, "rule": entry.rule, "about": entry.about}
            for entry in difference.effects.accepted
        ],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _change(difference: Difference, change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "subject": change.subject,
        "message": change.message,
        "clients": change.impact.clients or "compatible",
        "servers": change.impact.servers or "compatible",
        "operations": list(change.operations),
        "directions": list(change.directions),
        "location": difference.location(change),
        "renamed": list(change.rename) if change.rename else None,
    }


def _violation(violation: Any) -> dict[str, str]:
    names = ("rule", "message", "location", "pointer", "found", "fix")
    return {name: getattr(violation, name) for name in names}
