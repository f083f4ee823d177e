"""The rows and tables of the state map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...contract.violations import Violation
from ..preview import StatusLabel
from .candidates import Candidate

FLAGS = ("stale", "error")  # the roles that a row shows as flags


@dataclass(frozen=True)
class Row:
    """A combination: a table row.

    labels: the status of each process; flags: those of FLAGS that are set; fixtures: the names of
    the fixtures that have it; candidate: a generated fixture, if none has it; violation: why the
    contract does not allow it.
    """

    labels: tuple[StatusLabel, ...]
    flags: tuple[str, ...]
    fixtures: tuple[str, ...] = ()
    candidate: Candidate | None = None
    violation: Violation | None = None

    @property
    def allowed(self) -> bool:
        """Whether the contract allows the combination."""
        return bool(self.fixtures) or self.candidate is not None


@dataclass(frozen=True)
class Table:
    """All combinations of the processes together, or of one process.

    name: its id in the page; columns: the titles of those before the fixtures.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    with_flags: bool = False

    @property
    def allowed(self) -> tuple[Row, ...]:
        """The rows that the contract allows."""
        return tuple(row for row in self.rows if row.allowed)

    @property
    def forbidden(self) -> tuple[Row, ...]:
        """The rows that the contract does not allow."""
        return tuple(row for row in self.rows if not row.allowed)

    @property
    def covered(self) -> int:
        """Number of rows with a fixture."""
        return sum(1 for row in self.rows if row.fixtures)


def row_of(
    labels: tuple[StatusLabel, ...],
    flags: tuple[str, ...],
    names: Sequence[str],
    make: Callable[[], Candidate | Violation],
) -> Row:
    """Return a row. names: of its fixtures; make: returns a candidate, for a row without any."""
    if names:
        return Row(labels, flags, tuple(names))
    made = make()
    if isinstance(made, Candidate):
        return Row(labels, flags, (), made)
    return Row(labels, flags, (), None, made)
