"""Compare the extensions of two schemas: statuses, timelines and keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.contract.violations import pointer, show

from . import changes
from .changes import Change

# Members of extensions whose change only servers, and what is made for the document, have to follow
FOLLOWED = {
    "x-timeline": ("status", "duration", "processes", "roles", "changes"),
    "x-resource": ("key", "parent", "owner", "unique", "not_found", "fixtures"),
}


def extension_changes(
    pair: tuple[str, str], subject: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Change]:
    """Yield the changes of the extensions of a schema. pair: its pointers in both documents."""
    yield from _statuses(pair, subject, old, new)
    for extension, members in FOLLOWED.items():
        before, after = old.get(extension), new.get(extension)
        if before == after:
            continue
        if before is None or after is None:
            message = f"{extension} was {'added' if before is None else 'removed'}"
            where = f"{pair[before is None]}/{extension}"
            kind, in_old = f"{extension}-changed", after is None
            yield Change(kind, subject, message, where, in_old, changes.OTHER)
            continue
        for name in members:
            if before.get(name) != after.get(name):
                message = (
                    f"{extension}: {name} {_text(before.get(name))} → {_text(after.get(name))}"
                )
                where = f"{pair[1]}/{extension}"
                relation = (changes.NOTHING, changes.SERVERS)
                yield Change(f"{extension}-changed", subject, message, where, False, relation)


def _statuses(
    pair: tuple[str, str], subject: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Change]:
    """Yield the statuses with another phase. Those that are new or gone are values of an enum."""
    before, after = old.get("x-statuses", {}), new.get("x-statuses", {})
    for word in before.keys() & after.keys():
        phases = before[word].get("phase"), after[word].get("phase")
        if phases[0] != phases[1]:
            where = f"{pair[1]}/x-statuses{pointer((word,))}"
            message = f"the status {word} means {phases[1]}, no longer {phases[0]}"
            yield Change(
                "phase-changed", subject, message, where, False, (changes.BOTH, changes.BOTH)
            )


def _text(value: Any) -> str:
    return "none" if value is None else value if isinstance(value, str) else show(value)
