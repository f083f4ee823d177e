"""Generate a valid resource for a combination of statuses that has no fixture.

The resource is built from existing fixtures with the code that compiles a scenario. The judge
decides whether it is valid: this module contains no rule of the contract.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Any

import yaml

from ...contract.document.resources.types import ResourceType
from ...contract.judge import Judge
from ...contract.violations import Violation
from ...fixtures.timeline import compile_steps, resource_of
from ...fixtures.values import Fixture
from ...foundation import timestamps
from ...state.dataset import Dataset
from .identities import new_identity
from .steps import Combination, StepWriter

MAX_OF_OTHERS = 12  # resources that are built from a fixture with unsuitable values


@dataclass(frozen=True)
class Candidate:
    """A generated fixture.

    name: name of its file, without ``.yaml``; at: the time at which the resource is valid (ms since
    1970).
    """

    name: str
    title: str
    at: int
    value: Mapping[str, Any]

    def text(self) -> str:
        """Return the fixture file (YAML)."""
        about = {"title": self.title, "purpose": "TODO: describe what the page should show"}
        data = {"about": about, "at": timestamps.to_text(self.at), "resource": dict(self.value)}
        return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)


@dataclass(frozen=True)
class Naming:
    """The name and the title of a candidate, and a number that no other one has."""

    name: str
    title: str
    number: int


@dataclass(frozen=True)
class Generator:
    """Generates fixtures of a type of resource."""

    judge: Judge
    dataset: Dataset
    writer: StepWriter

    @property
    def resource_type(self) -> ResourceType:
        return self.writer.resource_type

    @property
    def _free(self) -> frozenset[str]:
        """The properties that do not follow from a status."""
        return self.resource_type.identity | frozenset(self.writer.roles.changes)

    def candidate(self, naming: Naming, combination: Combination) -> Candidate | Violation:
        """Return a fixture for a combination, or a violation if none is valid.

        If the values of the first fixture are unsuitable, it is built from those of other statuses.
        """
        made = self._first_valid(self.writer.fixtures[0], naming, combination)
        if isinstance(made, Candidate):
            return made
        of_statuses = {each.status: each for each in reversed(self.writer.fixtures)}
        others = [each for each in self.writer.fixtures if of_statuses[each.status] is each]
        for base in others if self._depends_on_values(made) else ():
            other = self._first_valid(base, naming, combination, MAX_OF_OTHERS)
            if isinstance(other, Candidate):
                return other
        return made[0]

    def _first_valid(
        self, base: Fixture, naming: Naming, combination: Combination, limit: int | None = None
    ) -> Candidate | list[Violation]:
        """Return the first valid resource that is built from a fixture, or the fewest violations.

        limit: of resources that are judged, also with other optional timestamps; None for only
        those that follow from the statuses.
        """
        rejected: list[list[Violation]] = []
        for value, at in islice(self._attempts(base, naming, combination, limit), limit):
            now = timestamps.to_datetime(at)
            violations = self.judge.resource(self.resource_type.name, value, now)
            if not violations:
                return Candidate(naming.name, naming.title, at, value)
            rejected.append(violations)
        return min(rejected, key=len)

    def _depends_on_values(self, violations: Sequence[Violation]) -> bool:
        """Return whether other values of properties that no role names might be valid."""
        rules = self.judge.rules.of_schemas.get(self.resource_type.name, ())
        sources = {rule.id: rule.source for rule in rules}
        names = map(re.escape, self._free - set(self.resource_type.keys))
        mentions = re.compile(rf"\b({'|'.join(names)})\b").search
        return any(mentions(sources.get(each.rule, each.message)) for each in violations)

    def _attempts(
        self, base: Fixture, naming: Naming, combination: Combination, limit: int | None
    ) -> Iterator[tuple[dict[str, Any], int]]:
        """Yield resources that are built from a fixture, each with its time (ms since 1970)."""
        steps, seconds = self.writer.steps(combination)
        started_at, start = base.at or 0, base.timeline.segments[0]
        identity = new_identity(self.judge, self.dataset, base, naming.name, naming.number)
        for status in self.writer.final_statuses(combination):
            whole = [*steps[:-1], {**steps[-1], **status}]
            last = compile_steps(base.type, naming.name, start, whole).segments[-1]
            value = self._declared(resource_of(last, started_at, identity), combination)
            at = started_at + seconds * 1000
            changes = self._removals() if limit is None else self._switches(value, at)
            for change in changes:
                yield self._allowed({**value, **change}), at

    def _removals(self) -> Iterator[Mapping[str, None]]:
        """Yield properties to remove that a timeline changes, and may be of another status.

        First its timestamps, then none, then all.
        """
        changes = self.writer.roles.changes
        times = [name for name in changes if name in self.resource_type.timestamps]
        yield dict.fromkeys(times)
        if times:
            yield {}
        if len(times) < len(changes):
            yield dict.fromkeys(changes)

    def _switches(self, value: Mapping[str, Any], at: int) -> Iterator[Mapping[str, Any]]:
        """Yield groups of optional timestamps that no role names: set or removed."""
        own = self.resource_type
        switched = {
            name: None if value.get(name) is not None else timestamps.written(at, form)
            for name, form in own.timestamps.items()
            if name in self._free and (name not in own.required or own.allows_null(name))
        }
        for count in range(len(switched) + 1):
            for names in combinations(switched, count):
                yield {name: switched[name] for name in names}

    def _declared(self, value: Mapping[str, Any], combination: Combination) -> dict[str, Any]:
        """Return the declared properties, without those of processes that it does not have."""
        own = self.resource_type
        of_absent = {
            name
            for process, wanted in zip(self.writer.roles.processes, combination, strict=True)
            if wanted.status is None
            for name in process.properties.values()
        }
        absent = of_absent - own.required
        return {n: each for n, each in value.items() if n in own.properties and n not in absent}

    def _allowed(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return a resource without optional properties that are null, but cannot be."""
        own = self.resource_type
        return {
            name: each
            for name, each in value.items()
            if each is not None or name in own.required or own.allows_null(name)
        }
