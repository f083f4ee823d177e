"""Generate a valid resource for a combination of statuses that has no fixture.

The resource is built from existing fixtures with the code that compiles a scenario. The judge
decides whether it is valid: this module contains no rule of the contract.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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


def candidate(
    judge: Judge, dataset: Dataset, writer: StepWriter, naming: Naming, combination: Combination
) -> Candidate | Violation:
    """Return a fixture for a combination, or the first violation if no status is valid."""
    base = writer.fixtures[0]
    started_at = base.at or 0
    steps, seconds = writer.steps(combination)
    at = started_at + seconds * 1000
    identity = new_identity(judge, dataset, base, naming.name, naming.number)
    attempts: list[list[Violation]] = []
    for status in writer.final_statuses(combination):
        last = {**steps[-1], **status}
        timeline = compile_steps(
            base.type, naming.name, base.timeline.segments[0], [*steps[:-1], last]
        )
        values = resource_of(timeline.segments[-1], started_at, identity)
        for value in _variants(writer, combination, values):
            violations = judge.resource(base.type.name, value, timestamps.to_datetime(at))
            if not violations:
                return Candidate(naming.name, naming.title, at, value)
            attempts.append(violations)
    return min(attempts, key=len)[0]


def _variants(
    writer: StepWriter, combination: Combination, values: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield a resource without what belongs to another status, then as it is."""
    resource_type, absent = writer.resource_type, _absent(writer, combination)
    value = {n: v for n, v in values.items() if n in resource_type.properties and n not in absent}
    changes = set(writer.roles.changes)
    if any(value.get(name) is not None for name in changes):
        yield _allowed(resource_type, {n: None if n in changes else v for n, v in value.items()})
    yield _allowed(resource_type, value)


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
