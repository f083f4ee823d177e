"""What the changes of a document break beside it: fixtures, exports and accepted findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mock_server.contract.judge import Judge
from mock_server.contract.violations import ContractError, Violation, parts
from mock_server.fixtures.loading import load

from ..config.options import BaselineEntry
from .changes import Change


@dataclass(frozen=True)
class Effects:
    """What breaks.

    fixtures: the violations of the fixtures and scenarios by the new document. fixture_files: how
    many files of how many have one. types: the schemas whose exported types change. accepted: the
    entries of the baseline that name what no longer exists.
    """

    fixtures: tuple[Violation, ...] = ()
    types: tuple[str, ...] = ()
    accepted: tuple[BaselineEntry, ...] = ()

    @property
    def fixture_files(self) -> list[str]:
        """The files with violations."""
        return list(dict.fromkeys(_file(each) for each in self.fixtures))


def effects_of(
    changes: Sequence[Change],
    old: Judge,
    new: Judge,
    folder: Path | None,
    entries: Iterable[BaselineEntry],
) -> Effects:
    """Return what the changes break. folder: of the fixtures; None if there are none."""
    violations = fixture_violations(folder, new) if folder else ()
    return Effects(
        violations,
        tuple(_types(changes, new)),
        tuple(entry for entry in entries if _is_outdated(entry, changes, old, new)),
    )


def fixture_violations(folder: Path, judge: Judge) -> tuple[Violation, ...]:
    """Return the violations of the files in a folder of fixtures."""
    try:
        load(folder, judge)
    except ContractError as error:
        return error.violations
    return ()


def _file(violation: Violation) -> str:
    return violation.location.rsplit(":", 2)[0]


def _types(changes: Iterable[Change], new: Judge) -> Iterator[str]:
    """Yield the component schemas with a change that generated types show, each once."""
    schemas = new.spec.data.get("components", {}).get("schemas", {})
    shown = (change for change in changes if not change.kind.startswith(("rule-", "phase-", "x-")))
    names = (change.subject.partition(".")[0].removesuffix("[]") for change in shown)
    yield from (name for name in dict.fromkeys(names) if name in schemas)


def _is_outdated(entry: BaselineEntry, changes: Iterable[Change], old: Judge, new: Judge) -> bool:
    """Return whether an entry names a rule or a property that the new document no longer has."""
    rules = [{each.id for each in judge.rules.all()} for judge in (old, new)]
    if entry.rule in rules[0] - rules[1]:
        return True
    gone = {
        f"{change.subject}.{name}"
        for change in changes
        if change.kind in ("property-removed", "property-renamed")
        for name in parts(change.pointer)[-1:] + ([change.rename[0]] if change.rename else [])
    }
    return any(entry.about == each or str(entry.about).startswith(f"{each}:") for each in gone)
