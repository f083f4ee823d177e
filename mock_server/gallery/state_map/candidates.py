"""Generate a valid release for a combination of statuses that has no fixture.

The release is built from existing fixtures with the code that compiles a scenario. The judge
decides whether it is valid: this module contains no rule of the contract.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from ...contract.document.spec import Process, Spec
from ...contract.judge import Judge
from ...contract.violations import Violation
from ...fixtures.timeline import compile_steps, resource_of
from ...fixtures.values import Fixture
from ...foundation import timestamps
from ...state.catalog import FIELD
from ...state.dataset import Dataset
from ..preview import as_title

RUN_SECONDS = 20  # duration of a process
MAX_LOG_ENTRIES = 12  # copied from an existing fixture


@dataclass(frozen=True)
class ProcessState:
    """The status of a process, whether it is stale, and whether it has an error.

    status: None if the release does not have the process.
    """

    status: str | None
    stale: bool = False
    error: bool = False


Combination = tuple[ProcessState, ...]  # one state per process


@dataclass(frozen=True)
class Candidate:
    """A generated fixture.

    name: name of its file, without ``.yaml``; status: the overall status; at: the time at which
    the release is valid (ms since 1970).
    """

    name: str
    title: str
    status: str
    at: int
    release: Mapping[str, Any]

    def text(self) -> str:
        """Return the fixture file (YAML)."""
        about = {"title": self.title, "purpose": "TODO: describe what the page should show"}
        data = {"about": about, "at": timestamps.to_text(self.at), "release": dict(self.release)}
        return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)


def process_state(process: Process, release: Mapping[str, Any]) -> ProcessState:
    """Return the state of a process in a release."""
    values = {role: release.get(name) for role, name in process.properties.items()}
    stale, error = bool(values.get("stale")), bool(values.get("error"))
    return ProcessState(values.get("status"), stale, error)


def candidate(
    judge: Judge, dataset: Dataset, name: str, title: str, combination: Combination
) -> Candidate | Violation:
    """Return a fixture for a combination, or the first violation if no overall status is valid."""
    spec = dataset.spec
    base = next(iter(dataset.fixtures.releases.values()))
    steps, seconds = _steps(dataset, combination)
    at = base.at + seconds * 1000
    absent = _absent(spec, combination)
    attempts: list[list[Violation]] = []
    for status in spec.phases:
        steps[-1][spec.build.status] = status
        segment = compile_steps(spec, name, base.timeline.segments[0], steps).segments[-1]
        identity = {**base.identity(spec, base.at), **_identity(dataset, name)}
        values = resource_of(segment, base.at, identity)
        release = {n: v for n, v in values.items() if n in spec.properties and n not in absent}
        violations = judge.resource(spec.release, release, timestamps.to_datetime(at))
        if not violations:
            return Candidate(name, title, status, at, release)
        attempts.append(violations)
    return min(attempts, key=len)[0]


def _absent(spec: Spec, combination: Combination) -> set[str]:
    """Return the properties that a release can lack, of the processes that it does not have."""
    names = {
        name
        for process, wanted in zip(spec.build.processes, combination, strict=True)
        if wanted.status is None
        for name in process.properties.values()
    }
    return names - set(spec.schema(spec.release).get("required", ()))


def _steps(dataset: Dataset, combination: Combination) -> tuple[list[dict[str, Any]], int]:
    """Return the steps of a build that ends in a combination, and its duration in seconds."""
    spec, processes = dataset.spec, dataset.spec.build.processes
    steps: list[dict[str, Any]] = [{"at": 1}]
    for process, wanted in zip(processes, combination, strict=True):
        if wanted.status is None:
            continue
        steps[0] |= {process["status"]: spec.first_status("waiting"), process["stale"]: False}
    seconds, last = 2, {}
    for process, wanted in zip(processes, combination, strict=True):
        phase = spec.phase(wanted.status)
        if wanted.status is None:
            continue
        if phase != "waiting":
            running = wanted.status if phase == "running" else spec.first_status("running")
            steps.append({"at": seconds, process["status"]: running})
            log = _existing_value(dataset, process, wanted.status, "logs") or []
            steps.append({"at": seconds + 1, process["logs"]: log[:MAX_LOG_ENTRIES]})
            seconds += RUN_SECONDS
        if spec.ended(wanted.status):
            steps.append({"at": seconds, process["status"]: wanted.status})
            seconds += 1
        if wanted.error:
            error = _existing_value(dataset, process, wanted.status, "error")
            last[process["error"]] = error or f"{as_title(process.name)} failed"
        last[process["stale"]] = wanted.stale
    return [*steps, {"at": seconds, **last}], seconds


def _existing_value(dataset: Dataset, process: Process, status: str, role: str) -> Any:
    """Return the value of a role in the first fixture whose process has a status; None if absent.

    An empty value counts as absent.
    """
    releases = (fixture.release for fixture in dataset.fixtures.releases.values())
    name = process.properties.get(role, "")
    return next(
        (r[name] for r in releases if r.get(process["status"]) == status and r.get(name)), None
    )


def _identity(dataset: Dataset, name: str) -> dict[str, Any]:
    """Return identifying properties for a new release, which lookups find only by its key."""
    spec = dataset.spec
    entity = spec.types[spec.release]
    keys = [dataset.key_of(fixture) for fixture in dataset.fixtures.releases.values()]
    prefix = os.path.commonprefix(keys) if len(keys) > 1 else ""  # noqa: RUF071 - by characters
    ways = [w for o in spec.operations.values() if o.lookup for w in o.lookup.ways]
    templates = [text for way in ways for text in way.by.values()]
    # The properties by which a release can be found are null, and its flags are inverted.
    nulls = dict.fromkeys(_template_properties(spec.release, templates))
    flags = {n: not value for w in ways for n, value in w.where.items() if isinstance(value, bool)}
    values = {n: None for n in nulls if n not in (entity.key, entity.parent_key)} | flags
    identity = {n: value for n, value in values.items() if n in spec.identity}
    return {**identity, entity.key: prefix + name.replace("-", "_")}


def _template_properties(entity: str, templates: Sequence[str]) -> Iterator[str]:
    """Yield the properties of an entity that occur in templates."""
    for template in templates:
        yield from (name for owner, name in FIELD.findall(template) if owner == entity)


def combination_of(dataset: Dataset, fixture: Fixture) -> Combination:
    """Return the states of the processes in a fixture."""
    return tuple(
        process_state(process, fixture.release) for process in dataset.spec.build.processes
    )
