"""Collects what is wrong with responses, and reports a repeated mistake once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ..contract.source.yaml_documents import Document
from ..contract.violations import Violation, repeated


@dataclass
class Report:
    """The problems of one document, and the notes on it.

    A problem or a note that repeats is one entry: the first, with the number of its repetitions.
    """

    document: Document
    _problems: dict[tuple[str, ...], list[Violation]] = field(default_factory=dict)
    _notes: dict[tuple[str, ...], list[Violation]] = field(default_factory=dict)

    def problem(self, violation: Violation) -> None:
        self._problems.setdefault(_kind(violation), []).append(violation)

    def note(self, violation: Violation) -> None:
        self._notes.setdefault(_kind(violation), []).append(violation)

    @property
    def problems(self) -> tuple[Violation, ...]:
        return tuple(self._entries(self._problems))

    @property
    def notes(self) -> tuple[Violation, ...]:
        return tuple(self._entries(self._notes))

    def _entries(self, groups: dict[tuple[str, ...], list[Violation]]) -> Iterator[Violation]:
        for group in groups.values():
            location = group[0].location or self.document.location(group[0].pointer)
            yield repeated(replace(group[0], location=location), len(group))


def _kind(violation: Violation) -> tuple[str, ...]:
    """Return what repetitions of a mistake have in common."""
    return (violation.rule, violation.message)
