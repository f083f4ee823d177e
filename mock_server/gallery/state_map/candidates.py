"""Fixtures that are not there yet: a valid release for a combination, made of those that are.

What follows from the roles of the build is filled in as it is for a scenario; whether the outcome
is allowed the judge says, so no rule of the contract is known here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from ...contract.document.spec import Process
from ...contract.judge import Judge
from ...contract.violations import Violation
from ...fixtures.timeline import compile_steps, resource_of
from ...fixtures.values import Fixture
from ...foundation import timestamps
from ...state.catalog import FIELD
from ...state.dataset import Dataset
from ..preview import titled

RUNS = 20  # seconds that a process runs
MOST_LOG = 12  # entries that are borrowed


@dataclass(frozen=True)
class Part:
    """What one process shows: its status, whether it is stale, whether it tells an error."""

    status: str
    stale: bool = False
    error: bool = False


Combination = tuple[Part, ...]


@dataclass(frozen=True)
class Candidate:
    """A fixture that could be added: the name of its file, what it shows, and the release, valid at
    an instant (milliseconds)."""

    name: str
    title: str
    status: str
    at: int
    release: Mapping[str, Any]

    def text(self) -> str:
        """The file, in the form of those that are shipped."""
        about = {"title": self.title, "purpose": "What the page should do here is to be written."}
        data = {"about": about, "at": timestamps.to_text(self.at), "release": dict(self.release)}
        return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)


def part_of(process: Process, release: Mapping[str, Any]) -> Part:
    """What a process shows in a release."""
    told = {role: release.get(name) for role, name in process.properties.items()}
    return Part(str(told["status"]), bool(told["stale"]), bool(told.get("error")))


def candidate(
    judge: Judge, dataset: Dataset, name: str, title: str, wanted: Combination
) -> Candidate | Violation:
    """A fixture of a combination, or the first rule that forbids it."""
    spec = dataset.spec
    base = next(iter(dataset.fixtures.releases.values()))
    steps, seconds = _steps(dataset, wanted)
    at = base.at + seconds * 1000
    wrong: list[list[Violation]] = []
    for status in spec.phases:
        steps[-1][spec.build.status] = status
        segment = compile_steps(spec, name, base.timeline.segments[0], steps).segments[-1]
        shown = resource_of(
            segment, base.at, {**base.identity(spec, base.at), **_identity(dataset, name)}
        )
        release = {n: value for n, value in shown.items() if n in spec.properties}
        found = judge.entity(spec.release, release, timestamps.to_datetime(at))
        if not found:
            return Candidate(name, title, status, at, release)
        wrong.append(found)
    return min(wrong, key=len)[0]


def _steps(dataset: Dataset, wanted: Combination) -> tuple[list[dict[str, Any]], int]:
    """The steps of a build that ends in a combination, and how many seconds it takes."""
    spec, processes = dataset.spec, dataset.spec.build.processes
    steps: list[dict[str, Any]] = [{"at": 1}]
    for process in processes:
        steps[0] |= {process["status"]: spec.first_status("waiting"), process["stale"]: False}
    seconds, last = 2, {}
    for process, part in zip(processes, wanted, strict=True):
        phase = spec.phase(part.status)
        if phase != "waiting":
            running = part.status if phase == "running" else spec.first_status("running")
            steps.append({"at": seconds, process["status"]: running})
            log = _borrowed(dataset, process, part.status, "logs") or []
            steps.append({"at": seconds + 1, process["logs"]: log[:MOST_LOG]})
            seconds += RUNS
        if spec.ended(part.status):
            steps.append({"at": seconds, process["status"]: part.status})
            seconds += 1
        if part.error:
            told = _borrowed(dataset, process, part.status, "error")
            last[process["error"]] = told or f"{titled(process.name)} went wrong"
        last[process["stale"]] = part.stale
    return [*steps, {"at": seconds, **last}], seconds


def _borrowed(dataset: Dataset, process: Process, status: str, role: str) -> Any:
    """What plays a role in the first fixture whose process has this status, and has it at all."""
    releases = (fixture.release for fixture in dataset.fixtures.releases.values())
    name = process.properties.get(role, "")
    return next((r[name] for r in releases if r[process["status"]] == status and r.get(name)), None)


def _identity(dataset: Dataset, name: str) -> dict[str, Any]:
    """What makes it another release than those that are there, and found by its key alone."""
    spec = dataset.spec
    entity = spec.entities[spec.release]
    keys = [dataset.key_of(fixture) for fixture in dataset.fixtures.releases.values()]
    begin = os.path.commonprefix(keys) if len(keys) > 1 else ""  # noqa: RUF071 - by characters
    ways = [w for o in spec.operations.values() if o.lookup for w in o.lookup.ways]
    named = dict.fromkeys(_named(spec.release, [text for w in ways for text in w.by.values()]))
    alone = {n: not value for w in ways for n, value in w.where.items() if isinstance(value, bool)}
    fresh = {n: None for n in named if n not in (entity.key, entity.parent_key)} | alone
    known = {n: value for n, value in fresh.items() if n in spec.identity}
    return {**known, entity.key: begin + name.replace("-", "_")}


def _named(entity: str, templates: Sequence[str]) -> Iterator[str]:
    """The properties of an entity that templates name."""
    for template in templates:
        yield from (name for of, name in FIELD.findall(template) if of == entity)


def of_fixture(dataset: Dataset, fixture: Fixture) -> Combination:
    """What the processes of a fixture show."""
    return tuple(part_of(process, fixture.release) for process in dataset.spec.build.processes)
