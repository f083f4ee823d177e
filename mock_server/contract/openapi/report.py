"""Collects the problems of an OpenAPI document, and reports a repeated mistake once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..violations import Violation, pointer, repeated

# A location in a document: the location of the container, and the key or index in it. None is the
# document itself. It is cheaper than a JSON pointer, which most values never need.
Where = tuple["Where", str | int] | None


def steps(where: Where) -> tuple[str | int, ...]:
    """Return the keys and indexes that lead to a location."""
    keys: list[str | int] = []
    while where is not None:
        where, key = where
        keys.append(key)
    return tuple(reversed(keys))


@dataclass
class _Entry:
    violation: Violation
    count: int = 1


class Report:
    """The problems of one document, without their lines and columns.

    error: the document cannot be served. note: a mistake, which is tolerated in a document that has
    no extension of this project. remark: no mistake, but the reader must know it.
    """

    def __init__(self) -> None:
        self._errors: dict[tuple[str, ...], _Entry] = {}
        self._notes: dict[tuple[str, ...], _Entry] = {}
        self._remarks: dict[tuple[str, ...], _Entry] = {}
        self.each_note: list[Violation] = []

    def error(self, rule: str, where: Where, message: str, found: str = "", fix: str = "") -> None:
        violation = Violation(rule, message, pointer(steps(where)), found, fix)
        _add(self._errors, (rule, message, found), violation)

    def note(self, rule: str, where: Where, message: str, found: str = "", fix: str = "") -> None:
        violation = Violation(rule, message, pointer(steps(where)), found, fix)
        self.each_note.append(violation)
        _add(self._notes, (rule, message), violation)

    def optional(self, rule: str, where: Where, message: str, remark: str) -> None:
        """Add what OpenAPI allows to leave out: a remark, or an error in the user's document."""
        self.each_note.append(Violation(rule, message, pointer(steps(where))))
        self.remark(rule, where, remark)

    def remark(self, rule: str, where: Where, message: str, found: str = "") -> None:
        violation = Violation(rule, message, pointer(steps(where)), found)
        _add(self._remarks, (rule, message), violation)

    def duplicate_id(self, where: Where, name: str, other: Where) -> None:
        """Add a note on an operationId that another operation has."""
        fix = f"the same id is at {pointer(steps(other))}"
        self.note("operationId", (where, "operationId"), "must be unique", name, fix)

    def add_located(self, violation: Violation) -> None:
        """Add a note that already has its location in a file."""
        self.each_note.append(violation)
        _add(self._notes, (violation.rule, violation.message), violation)

    @property
    def errors(self) -> tuple[Violation, ...]:
        return tuple(_counted(self._errors))

    @property
    def notes(self) -> tuple[Violation, ...]:
        """Return the notes and remarks: one per kind, with its count."""
        return (*_counted(self._notes), *_counted(self._remarks))


def _add(entries: dict[tuple[str, ...], _Entry], key: tuple[str, ...], new: Violation) -> None:
    entry = entries.get(key)
    if entry is None:
        entries[key] = _Entry(new)
    else:
        entry.count += 1


def _counted(entries: dict[tuple[str, ...], _Entry]) -> Iterator[Violation]:
    return (repeated(entry.violation, entry.count) for entry in entries.values())
