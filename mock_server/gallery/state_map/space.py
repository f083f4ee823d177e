"""The state space: the combinations of statuses, with their fixtures.

A combination of the overall table is the statuses of all processes. A combination of the table of
a process is its status, whether it is stale, and whether it has an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

from ...contract.document.spec import Process
from ...contract.judge import Judge
from ...contract.violations import Violation
from ...state.dataset import Dataset
from ..preview import NO_STATUS, StatusLabel, as_title, status_label
from ..timeline_strip import OVERALL
from .candidates import Candidate, Combination, ProcessState, candidate, combination_of


@dataclass(frozen=True)
class Row:
    """A combination: a table row.

    labels: the status of each process; flags: ``stale`` and ``error``; fixtures: the names of the
    fixtures that have it; candidate: a generated fixture, if none has it; violation: why the
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
    """All combinations of the processes together, or of one process."""

    name: str
    title: str
    rows: tuple[Row, ...]

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


@dataclass
class StateSpace:
    """The state space of a dataset. Each part is computed once, when it is read."""

    judge: Judge
    dataset: Dataset
    _overall_candidates: dict[tuple[str | None, ...], Candidate | Violation] = field(
        default_factory=dict
    )

    @cached_property
    def combinations(self) -> tuple[tuple[str, Combination], ...]:
        """The name and the combination of each fixture."""
        releases = self.dataset.fixtures.releases.values()
        return tuple((fixture.name, combination_of(self.dataset, fixture)) for fixture in releases)

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """The overall table, then the table of each process."""
        processes = self.dataset.spec.build.processes
        return (self._overall(), *(self._table_of(n, p) for n, p in enumerate(processes)))

    @cached_property
    def candidates(self) -> Mapping[str, Candidate]:
        """All generated fixtures by name."""
        rows = (row for table in self.tables for row in table.rows)
        return {row.candidate.name: row.candidate for row in rows if row.candidate}

    def _overall(self) -> Table:
        spec, rows = self.dataset.spec, []
        for statuses in product(*map(self._statuses, spec.build.processes)):
            labels = tuple(status_label(spec, status) for status in statuses)
            names = [
                name
                for name, combination in self.combinations
                if tuple(state.status for state in combination) == statuses
            ]
            rows.append(_row(labels, (), names, self._overall_candidate(statuses)))
        return Table("overall", OVERALL, tuple(rows))

    def _statuses(self, process: Process) -> tuple[str | None, ...]:
        """Return the statuses that a process can have; None if a release can lack it."""
        return (*self.dataset.spec.phases, *([None] if process.optional else []))

    def _overall_candidate(self, statuses: tuple[str | None, ...]) -> Candidate | Violation:
        if statuses not in self._overall_candidates:
            spec = self.dataset.spec
            processes = spec.build.processes
            title = ", ".join(
                f"{as_title(p.name)} {s or NO_STATUS}"
                for p, s in zip(processes, statuses, strict=True)
            )
            plain = tuple(ProcessState(status) for status in statuses)
            with_errors = tuple(
                ProcessState(
                    status, error=spec.phase(status) == "ended-badly" and "error" in p.properties
                )
                for status, p in zip(statuses, processes, strict=True)
            )
            name = f"build-{'-'.join(status or NO_STATUS for status in statuses)}"
            self._overall_candidates[statuses] = self._first(name, title, (with_errors, plain))
        return self._overall_candidates[statuses]

    def _table_of(self, number: int, process: Process) -> Table:
        spec, rows = self.dataset.spec, []
        errors = (False, True) if "error" in process.properties else (False,)
        for status, stale, error in product(spec.phases, (False, True), errors):
            state = ProcessState(status, stale, error)
            flags = [*(["stale"] if stale else []), *(["error"] if error else [])]
            names = [name for name, c in self.combinations if c[number] == state]
            file_name = "-".join([process.name.replace("_", "-"), status, *flags])
            title = f"{as_title(process.name)} {' and '.join([status, *flags])}"
            made = self._first(file_name, title, self._builds_with(number, state))
            rows.append(_row((status_label(spec, status),), tuple(flags), names, made))
        return Table(process.name, as_title(process.name), tuple(rows))

    def _builds_with(self, number: int, state: ProcessState) -> Iterable[Combination]:
        """Yield the combinations of all allowed builds with a state of one process."""
        spec = self.dataset.spec
        for statuses in product(*map(self._statuses, spec.build.processes)):
            allowed = isinstance(self._overall_candidate(statuses), Candidate)
            if statuses[number] == state.status and allowed:
                states = [ProcessState(status) for status in statuses]
                yield (*states[:number], state, *states[number + 1 :])

    def _first(
        self, name: str, title: str, combinations: Iterable[Combination]
    ) -> Candidate | Violation:
        """Return the first valid candidate of alternatives; else the violation of the last one."""
        violation = Violation("status", "no valid build has it")
        for combination in combinations:
            made = candidate(self.judge, self.dataset, name, title, combination)
            if isinstance(made, Candidate):
                return made
            violation = made
        return violation


def _row(
    labels: tuple[StatusLabel, ...],
    flags: tuple[str, ...],
    names: Sequence[str],
    made: Candidate | Violation,
) -> Row:
    if names:
        return Row(labels, flags, tuple(names))
    if isinstance(made, Candidate):
        return Row(labels, flags, (), made)
    return Row(labels, flags, (), None, made)
