"""The state space: which combinations have a fixture, which allowed ones lack one, which not.

For the whole build a combination is the statuses of all processes; for one process it is its
status, whether it is stale and whether it tells an error.
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
from ..preview import Sign, sign, titled
from .candidates import Candidate, Combination, Part, candidate, of_fixture


@dataclass(frozen=True)
class Cell:
    """A combination. Of fixtures, candidate and refusal at least one is there: the names of the
    fixtures that show it, a fixture to be added, the rule that forbids it."""

    signs: tuple[Sign, ...]
    words: tuple[str, ...]
    fixtures: tuple[str, ...] = ()
    candidate: Candidate | None = None
    refusal: Violation | None = None

    @property
    def allowed(self) -> bool:
        """Whether the contract lets it be."""
        return bool(self.fixtures) or self.candidate is not None


@dataclass(frozen=True)
class Plane:
    """All combinations of the whole build, or of one process."""

    name: str
    title: str
    cells: tuple[Cell, ...]

    @property
    def allowed(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if cell.allowed)

    @property
    def refused(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if not cell.allowed)

    @property
    def shown(self) -> int:
        """How many have a fixture."""
        return sum(1 for cell in self.cells if cell.fixtures)


@dataclass
class Space:
    """The state space of a spec and its fixtures; each part of it is found out once."""

    judge: Judge
    dataset: Dataset
    _wholes: dict[tuple[str, ...], Candidate | Violation] = field(default_factory=dict)

    @cached_property
    def seen(self) -> tuple[tuple[str, Combination], ...]:
        """Each fixture's name, and what its processes show."""
        releases = self.dataset.fixtures.releases.values()
        return tuple((fixture.name, of_fixture(self.dataset, fixture)) for fixture in releases)

    @cached_property
    def planes(self) -> tuple[Plane, ...]:
        """The whole build, then each process."""
        processes = self.dataset.spec.build.processes
        return (self._whole(), *(self._of(number, p) for number, p in enumerate(processes)))

    @cached_property
    def candidates(self) -> Mapping[str, Candidate]:
        """All fixtures that could be added, by name."""
        cells = (cell for plane in self.planes for cell in plane.cells)
        return {cell.candidate.name: cell.candidate for cell in cells if cell.candidate}

    def _whole(self) -> Plane:
        processes = self.dataset.spec.build.processes
        titles = tuple(titled(process.name) for process in processes)
        cells = []
        for statuses in product(self.dataset.spec.phases, repeat=len(processes)):
            signs = tuple(sign(self.dataset.spec, status) for status in statuses)
            names = [n for n, c in self.seen if tuple(part.status for part in c) == statuses]
            cells.append(self._cell(signs, titles, names, self._made(statuses)))
        return Plane("whole", "Whole build", tuple(cells))

    def _made(self, statuses: tuple[str, ...]) -> Candidate | Violation:
        if statuses not in self._wholes:
            spec, words = self.dataset.spec, "-".join(statuses)
            processes = spec.build.processes
            title = ", ".join(
                f"{titled(p.name)} {s}" for p, s in zip(processes, statuses, strict=True)
            )
            plain = tuple(Part(status) for status in statuses)
            telling = tuple(
                Part(status, error=spec.phase(status) == "ended-badly" and "error" in p.properties)
                for status, p in zip(statuses, processes, strict=True)
            )
            self._wholes[statuses] = self._first(f"build-{words}", title, (telling, plain))
        return self._wholes[statuses]

    def _of(self, number: int, process: Process) -> Plane:
        errors = (False, True) if "error" in process.properties else (False,)
        cells = []
        for status, stale, error in product(self.dataset.spec.phases, (False, True), errors):
            part = Part(status, stale, error)
            words = [*(["stale"] if stale else []), *(["error"] if error else [])]
            names = [n for n, c in self.seen if c[number] == part]
            name = "-".join([process.name.replace("_", "-"), status, *words])
            title = f"{titled(process.name)} {' and '.join([status, *words])}"
            made = self._first(name, title, self._around(number, part))
            signs = (sign(self.dataset.spec, status),)
            cells.append(self._cell(signs, tuple(words), names, made))
        return Plane(process.name, titled(process.name), tuple(cells))

    def _around(self, number: int, part: Part) -> Iterable[Combination]:
        """The allowed builds in which a process has the status of a part, with that part."""
        spec = self.dataset.spec
        for statuses in product(spec.phases, repeat=len(spec.build.processes)):
            if statuses[number] == part.status and isinstance(self._made(statuses), Candidate):
                parts = [Part(status) for status in statuses]
                yield (*parts[:number], part, *parts[number + 1 :])

    def _first(self, name: str, title: str, wanted: Iterable[Combination]) -> Candidate | Violation:
        """The first candidate among combinations that are as good; else why there is none."""
        refusal = Violation("status", "no build may have it")
        for combination in wanted:
            made = candidate(self.judge, self.dataset, name, title, combination)
            if isinstance(made, Candidate):
                return made
            refusal = made
        return refusal

    @staticmethod
    def _cell(
        signs: tuple[Sign, ...],
        words: tuple[str, ...],
        names: Sequence[str],
        made: Candidate | Violation,
    ) -> Cell:
        if names:
            return Cell(signs, words, tuple(names))
        if isinstance(made, Candidate):
            return Cell(signs, words, (), made)
        return Cell(signs, words, (), None, made)
