"""The state space of a type of resource: its combinations of statuses, with their fixtures.

A combination of the overall table is the statuses of all processes. A combination of the table of
a process is its status, whether it is stale, and whether it has an error. A resource without
processes has one table, that of the only process: the resource itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import islice, product
from math import prod

from ...contract.document.resources.types import Process, ResourceType, TimelineRoles
from ...contract.judge import Judge
from ...contract.violations import Violation
from ...state.dataset import Dataset
from ..preview import NO_STATUS, as_title, status_label
from ..timeline_strip import OVERALL, STATUS
from .candidates import Candidate, Generator, Naming
from .steps import Combination, ProcessState, StepWriter, process_state
from .tables import FLAGS, Table, row_of

MAX_COMBINATIONS = 400  # of all processes; of more, only those with a fixture are listed
MAX_ATTEMPTS = 40  # resources that are built for the state of one process
NOT_IN_FILE_NAMES = re.compile(r"[^A-Za-z0-9.]+")
Statuses = tuple[str | None, ...]  # of all processes


@dataclass
class StateSpace:
    """The state space of a type with a timeline. Each part is computed once, when it is read.

    alone: whether no other type has a timeline; then ids and titles do not contain the type.
    """

    judge: Judge
    dataset: Dataset
    resource_type: ResourceType
    alone: bool = True
    _of_all: dict[Statuses, Candidate | Violation] = field(default_factory=dict)
    _count: int = 0

    @property
    def roles(self) -> TimelineRoles:
        return self.dataset.spec.timeline(self.resource_type.name)

    @cached_property
    def writer(self) -> StepWriter:
        """The writer of steps, with the fixtures of the type."""
        fixtures = self.dataset.fixtures.of_type(self.resource_type.name)
        return StepWriter(self.resource_type, self.roles, tuple(fixtures.values()))

    @cached_property
    def combinations(self) -> tuple[tuple[str, Combination], ...]:
        """The name and the combination of each fixture."""
        processes = self.roles.processes
        return tuple(
            (each.name, tuple(process_state(self.roles, p, each.value) for p in processes))
            for each in self.writer.fixtures
        )

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """The overall table, then the table of each process; none without a fixture."""
        if not self.combinations:
            return ()
        processes = list(enumerate(self.roles.processes))
        overall = [self._overall()] if self._in_parts else []
        return (*overall, *(self._table_of(number, process) for number, process in processes))

    @cached_property
    def candidates(self) -> dict[str, Candidate]:
        """All generated fixtures by name."""
        rows = (row for table in self.tables for row in table.rows)
        return {row.candidate.name: row.candidate for row in rows if row.candidate}

    @property
    def _in_parts(self) -> bool:
        return any(process.name for process in self.roles.processes)

    @property
    def complete(self) -> bool:
        """Whether the overall table has every combination, because there are not too many."""
        statuses = (len(self._statuses(process)) for process in self.roles.processes)
        return prod(statuses) <= MAX_COMBINATIONS

    def _overall(self) -> Table:
        rows = []
        for statuses in self._all_statuses():
            labels = tuple(status_label(self.roles, status) for status in statuses)
            names = self._with_statuses(statuses)
            rows.append(row_of(labels, (), names, partial(self._candidate_of_all, statuses)))
        columns = tuple(as_title(process.name) for process in self.roles.processes)
        return Table(self._id("overall"), self._title(OVERALL), columns, tuple(rows))

    def _all_statuses(self) -> Iterable[Statuses]:
        if self.complete:
            return product(*map(self._statuses, self.roles.processes))
        return dict.fromkeys(tuple(s.status for s in states) for _, states in self.combinations)

    def _statuses(self, process: Process) -> Statuses:
        """Return the statuses that a process can have; None if a resource can lack it."""
        return (*self.roles.phases, *([None] if process.optional else []))

    def _with_statuses(self, statuses: Statuses) -> list[str]:
        """Return the names of the fixtures whose processes have these statuses."""
        return [
            name
            for name, combination in self.combinations
            if tuple(state.status for state in combination) == statuses
        ]

    def _candidate_of_all(self, statuses: Statuses) -> Candidate | Violation:
        if statuses not in self._of_all:
            roles, processes = self.roles, self.roles.processes
            words = [status or NO_STATUS for status in statuses]
            title = ", ".join(
                f"{as_title(p.name)} {word}" for p, word in zip(processes, words, strict=True)
            )
            with_errors = tuple(
                ProcessState(
                    status, error=roles.phase(status) == "ended-badly" and "error" in p.properties
                )
                for status, p in zip(statuses, processes, strict=True)
            )
            plain = tuple(ProcessState(status) for status in statuses)
            name = [self.resource_type.label, *words]
            self._of_all[statuses] = self._first(name, title, (with_errors, plain))
        return self._of_all[statuses]

    def _table_of(self, number: int, process: Process) -> Table:
        rows, label = [], self.resource_type.label
        names = [label] if not process.name else [process.name]
        names = names if self.alone or not process.name else [label, process.name]
        flags = [each for each in FLAGS if each in process.properties]
        for state in _states(self.roles, flags):
            status, shown = str(state.status), tuple(n for n in flags if getattr(state, n))
            fixtures = [name for name, states in self.combinations if states[number] == state]
            title = f"{as_title(names[-1])} {' and '.join([status, *shown])}"
            labels, words = (status_label(self.roles, status),), [*names, status, *shown]
            make = partial(self._candidate_of_one, words, title, number, state)
            rows.append(row_of(labels, shown, fixtures, make))
        columns = (STATUS, "Flags") if flags else (STATUS,)
        title = self._title(as_title(process.name) or STATUS)
        return Table(self._id(process.name or "overall"), title, columns, tuple(rows), bool(flags))

    def _candidate_of_one(
        self, words: list[str], title: str, number: int, state: ProcessState
    ) -> Candidate | Violation:
        return self._first(words, title, islice(self._resources_with(number, state), MAX_ATTEMPTS))

    def _resources_with(self, number: int, state: ProcessState) -> Iterator[Combination]:
        """Yield the combinations that are allowed and have a state of one process."""
        for statuses in self._all_statuses() if self._in_parts else [(state.status,)]:
            if statuses[number] != state.status or not self._is_allowed(statuses):
                continue
            states = [ProcessState(status) for status in statuses]
            yield (*states[:number], state, *states[number + 1 :])

    def _is_allowed(self, statuses: Statuses) -> bool:
        if not self._in_parts or self._with_statuses(statuses):
            return True
        return isinstance(self._candidate_of_all(statuses), Candidate)

    def _first(
        self, words: list[str], title: str, combinations: Iterable[Combination]
    ) -> Candidate | Violation:
        """Return the first valid candidate of alternatives; else the violation of the last one."""
        self._count += 1
        parts = [NOT_IN_FILE_NAMES.sub("-", word).strip("-") for word in words]
        name = "-".join(part or str(self._count) for part in parts)
        if name in self.dataset.fixtures.fixtures:
            name = f"{name}-{self._count}"
        generator = Generator(self.judge, self.dataset, self.writer)
        violation = Violation("status", f"no valid {self.resource_type.label} has it")
        for combination in combinations:
            naming = Naming(name, title, self._count)
            made = generator.candidate(naming, combination)
            if isinstance(made, Candidate):
                return made
            violation = made
        return violation

    def _id(self, name: str) -> str:
        return name if self.alone else f"{self.resource_type.name}-{name}"

    def _title(self, title: str) -> str:
        if self.alone:
            return title
        label = as_title(self.resource_type.label)
        return f"{label}: {title.lower()}" if self._in_parts else label


def _states(roles: TimelineRoles, flags: list[str]) -> Iterator[ProcessState]:
    """Yield the states that a process can have. flags: those that the document describes."""
    for status in roles.phases:
        for values in product((False, True), repeat=len(flags)):
            yield ProcessState(status, **dict(zip(flags, values, strict=True)))


@dataclass
class StateMap:
    """The state spaces of all types with a timeline."""

    judge: Judge
    dataset: Dataset

    @cached_property
    def spaces(self) -> tuple[StateSpace, ...]:
        """The state space of each type."""
        types = self.dataset.spec.with_timelines
        alone = len(types) == 1
        return tuple(StateSpace(self.judge, self.dataset, each, alone) for each in types)

    @cached_property
    def candidates(self) -> dict[str, Candidate]:
        """All generated fixtures by name."""
        return {name: each for space in self.spaces for name, each in space.candidates.items()}
