"""Generate a valid resource for a combination of statuses that has no fixture.

The resource is built from existing fixtures with the code that compiles a scenario. The judge
decides whether it is valid: this module contains no rule of the contract.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Any

import yaml

from ...contract.document.resources.types import ResourceType
from ...contract.judge import Judge
from ...contract.violations import Violation
from ...fixtures.timeline import compile_steps, resource_of
from ...foundation import timestamps
from ...state.dataset import Dataset
from .identities import new_identity
from .steps import Combination, StepWriter

MAX_JUDGED = 60  # resources that are built for one combination


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
class Attempt:
    """A resource that may be valid at a time (ms since 1970).

    is_first: whether it is built from the first fixture.
    """

    value: Mapping[str, Any]
    at: int
    is_first: bool


def candidate(
    judge: Judge, dataset: Dataset, writer: StepWriter, naming: Naming, combination: Combination
) -> Candidate | Violation:
    """Return a fixture for a combination, or a violation if no status is valid."""
    rejected: list[list[Violation]] = []
    attempts = _attempts(judge, dataset, writer, naming, combination)
    for attempt in islice(attempts, MAX_JUDGED):
        now = timestamps.to_datetime(attempt.at)
        violations = judge.resource(writer.resource_type.name, attempt.value, now)
        if not violations:
            return Candidate(naming.name, naming.title, attempt.at, attempt.value)
        rejected += [violations] if attempt.is_first else []
    return min(rejected, key=len)[0]


def _attempts(
    judge: Judge, dataset: Dataset, writer: StepWriter, naming: Naming, combination: Combination
) -> Iterator[Attempt]:
    """Yield resources that are built from the first fixture, then from those of other statuses."""
    steps, seconds = writer.steps(combination)
    bases = {each.status: each for each in reversed(writer.fixtures)}
    first = writer.fixtures[0]
    for base in (first, *(each for each in writer.fixtures if bases[each.status] is each)):
        started_at = base.at or 0
        identity = new_identity(judge, dataset, base, naming.name, naming.number)
        for status in writer.final_statuses(combination):
            whole = [*steps[:-1], {**steps[-1], **status}]
            start = base.timeline.segments[0]
            last = compile_steps(base.type, naming.name, start, whole).segments[-1]
            value = _without_absent(writer, combination, resource_of(last, started_at, identity))
            for removed in _removed(writer, value):
                kept = {name: None if name in removed else v for name, v in value.items()}
                at = started_at + seconds * 1000
                yield Attempt(_allowed(writer.resource_type, kept), at, base is first)


def _removed(writer: StepWriter, value: Mapping[str, Any]) -> Iterator[Collection[str]]:
    """Yield the properties to remove, because they may belong to another status.

    Those that a timeline changes: the timestamps, none, and all. Then groups of other timestamps.
    """
    resource_type, changes = writer.resource_type, set(writer.roles.changes)
    times = resource_type.timestamps.keys()
    yield from (changes & times, (), *([changes] if changes else []))
    optional = [
        name
        for name in value
        if name in times & resource_type.identity and value[name] is not None
        if name not in resource_type.required or resource_type.allows_null(name)
    ]
    for count in range(1, len(optional) + 1):
        yield from combinations(optional, count)


def _without_absent(
    writer: StepWriter, combination: Combination, value: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the declared properties, without those of the processes that it does not have."""
    absent = _absent(writer, combination)
    declared = writer.resource_type.properties
    return {name: v for name, v in value.items() if name in declared and name not in absent}


def _allowed(resource_type: ResourceType, value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resource without optional properties that are null, but cannot be."""
    return {
        name: member
        for name, member in value.items()
        if member is not None or name in resource_type.required or resource_type.allows_null(name)
    }


def _absent(writer: StepWriter, combination: Combination) -> set[str]:
    """Return the properties that a resource can lack, of the processes that it does not have."""
    names = {
        name
        for process, wanted in zip(writer.roles.processes, combination, strict=True)
        if wanted.status is None
        for name in process.properties.values()
    }
    return names - writer.resource_type.required
