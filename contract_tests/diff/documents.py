"""Compare two documents as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from mock_server.contract.document.requirements import ERROR
from mock_server.contract.document.spec import Spec

from . import changes
from .changes import RANK, Change, Impact
from .operations import operation_changes
from .rules import without_renamed_rules

DOCUMENT = "the document"


def document_changes(old: Spec, new: Spec) -> list[Change]:
    """Return all changes from one document to the next, those that break most first."""
    of_operations = without_renamed_rules(operation_changes(old, new))
    found = [*_prefixes(old, new), *of_operations, *_requirements(old, new)]
    return sorted(found, key=_urgency)


def _urgency(change: Change) -> tuple[int, int, str, str]:
    """Return a key to sort changes: those that break most first, and clients before servers."""
    clients, servers = (RANK[each] for each in change.impact)
    return -max(clients, servers), -clients, change.subject, change.kind


def _prefixes(old: Spec, new: Spec) -> Iterator[Change]:
    for prefix in (each for each in old.prefixes if each not in new.prefixes):
        message = f"the API is no longer below {prefix or '/'}"
        yield _of_document("server-removed", message, "/servers", changes.CLIENTS)
    for prefix in (each for each in new.prefixes if each not in old.prefixes):
        message = f"the API is also below {prefix or '/'}"
        yield _of_document("server-added", message, "/servers", changes.SERVERS)


def _requirements(old: Spec, new: Spec) -> Iterator[Change]:
    for name, requirement in new.requirements.items():
        before = old.requirements.get(name)
        is_error = requirement.level == ERROR
        if before is None:
            message = f"the requirement {name} was added, with the level {requirement.level}"
        elif before.level != requirement.level:
            message = (
                f"the requirement {name} has the level {requirement.level}, not {before.level}"
            )
        else:
            continue
        impact = changes.SERVERS if is_error else changes.SOME_SERVERS
        yield _of_document("requirement-changed", message, requirement.pointer, impact)
    for name, requirement in old.requirements.items():
        if name not in new.requirements:
            message, impact = f"the requirement {name} was removed", changes.SOME_CLIENTS
            yield _of_document("requirement-removed", message, requirement.pointer, impact, True)


def _of_document(
    kind: str, message: str, pointer: str, impact: Impact, in_old: bool = False
) -> Change:
    return Change(kind, DOCUMENT, message, pointer, in_old, (impact, impact), impact=impact)
