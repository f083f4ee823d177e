"""New fixture and scenario files for the states of a recording."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from ...contract.judge import Judge
from ...contract.violations import ContractError, Violation
from ...fixtures.loading import SCENARIOS, load
from ...fixtures.values import Fixtures
from ...foundation import timestamps, whole_files
from ...state.dataset import dataset_of
from ..texts import dumped
from .identities import new_identity, not_found_by_others
from .shrinking import shrunk
from .states import MOST, Observed, Recording

TAG = "recorded"


@dataclass
class RecordedFiles:
    """The files of a recording, by their paths in the folder of fixtures.

    left_out: why a state is not among them.
    """

    files: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def recorded_files(judge: Judge, fixtures: Fixtures, recording: Recording) -> RecordedFiles:
    """Return new files for the states of a recording that no earlier one has shown."""
    result, states = RecordedFiles(), set[tuple[object, ...]]()
    for (name, _), course in recording.courses.items():
        names: list[str | None] = []
        for observed in course:
            state = (name, *observed.state)
            if observed.violations:
                result.left_out.append(_reason(observed))
                names.append(None)
                continue
            names.append(_add_fixture(judge, fixtures, result, observed))
            if state in states and names[-1]:
                del result.files[f"{observed.type.folder}/{names[-1]}.yaml"]
                names[-1] = None
            states.add(state)
        if len(course) > 1 and names[0] is not None and not any(c.violations for c in course):
            _add_scenario(result, fixtures, names[0], course)
    if recording.dropped:
        most = MOST // (1024 * 1024)
        reason = f"{recording.dropped} states after those in {most} MiB of responses: record less"
        result.left_out.append(reason)
    return result


def _reason(observed: Observed) -> str:
    first = observed.violations[0]
    return f"{observed.type.label} of {observed.source}: it breaks the contract: {first}"


def _add_fixture(
    judge: Judge,
    fixtures: Fixtures,
    result: RecordedFiles,
    observed: Observed,
) -> str:
    """Add the fixture of a state; return its name."""
    resource_type = observed.type
    taken = {*fixtures.fixtures, *(Path(path).stem for path in result.files)}
    name = _free(_name(observed), taken)

    def is_valid(value: Mapping[str, Any]) -> bool:
        return not judge.resource(resource_type.name, value, observed.at)

    value = dict(shrunk(resource_type, observed.value, is_valid))
    value |= new_identity(judge, fixtures, resource_type, value, name)
    value |= not_found_by_others(judge, resource_type, value, name, is_valid)
    moment = timestamps.to_text(round(observed.at.timestamp() * 1000))
    about = {
        "title": _title(observed),
        "purpose": f"Recorded from {observed.source} at {moment}.",
        "tags": [TAG],
    }
    text = dumped({"about": about, "at": moment, "resource": value})
    result.files[f"{resource_type.folder}/{name}.yaml"] = text
    return name


def _name(observed: Observed) -> str:
    """Return the name of a state: its status, or that of the process which decides it."""
    roles = observed.type.timeline
    status = str(roles.status_of(observed.value)) if roles else observed.type.label
    deciding = [
        process.name
        for process in (roles.processes if roles else ())
        if process.name and observed.value.get(process["status"]) == status
    ]
    is_part = len(deciding) < len(roles.processes if roles else ())
    words = [TAG, status, *(deciding[-1:] if is_part else ())]
    return re.sub(r"[^a-z0-9]+", "-", "-".join(words).lower()).strip("-")


def _title(observed: Observed) -> str:
    words = _name(observed).removeprefix(f"{TAG}-").replace("-", " ")
    return f"{words.capitalize()}, as recorded"


def _free(name: str, taken: set[str]) -> str:
    names = [name, *(f"{name}-{number}" for number in range(2, 999))]
    return next(each for each in names if each not in taken)


def _add_scenario(
    result: RecordedFiles, fixtures: Fixtures, start: str, course: Sequence[Observed]
) -> None:
    """Add the course of a resource, with the times at which its states were seen."""
    roles = course[0].type.timeline
    if roles is None:
        return
    statuses = list(dict.fromkeys((*roles.status, *roles.role_properties("status"))))
    names = [*statuses, *roles.role_properties("error"), *roles.changes]
    steps: list[dict[str, Any]] = []
    for before, after in pairwise(course):
        changes = {
            name: after.value.get(name)
            for name in names
            if after.value.get(name) != before.value.get(name) and name in after.value
        }
        seconds = _seconds(course[0].at, after.at)
        if changes and (not steps or seconds > steps[-1]["at"]):
            steps.append({"at": seconds, **changes})
    if not steps:
        return
    words = start.removeprefix(f"{TAG}-"), _name(course[-1]).removeprefix(f"{TAG}-")
    name = _free(f"{TAG}-{words[0]}-to-{words[1]}", set(fixtures.scenarios))
    about = {
        "title": f"From {words[0]} to {words[1]}, as recorded".replace("-", " "),
        "purpose": f"Recorded from {course[0].source}, with the times between its responses.",
        "tags": [TAG],
    }
    result.files[f"{SCENARIOS}/{name}.yaml"] = dumped(
        {"about": about, "from": start, "steps": steps}
    )


def _seconds(start: datetime, at: datetime) -> float:
    return round((at - start).total_seconds(), 3)


def checked(judge: Judge, folder: Path | None, made: RecordedFiles) -> RecordedFiles:
    """Return the files that are valid beside the fixtures of a folder; the others are left out."""
    files, left_out = dict(made.files), list(made.left_out)
    while files:
        with tempfile.TemporaryDirectory(prefix="recorded-") as copy:
            target = Path(copy) / "fixtures"
            contents = {target / path: text.encode() for path, text in files.items()}
            whole_files.write_all({**_copied(folder, target), **contents})
            wrong = _wrong(judge, target, files)
        if not wrong:
            break
        for path, violation in wrong.items():
            files.pop(path, None)
            left_out.append(f"{path}: {str(violation).replace(violation.location, '').strip()}")
    return RecordedFiles(files, left_out)


def _copied(folder: Path | None, target: Path) -> dict[Path, bytes]:
    """Return the files of a folder, by their paths in another one."""
    paths = sorted(folder.rglob("*")) if folder is not None else []
    return {
        target / path.relative_to(folder): path.read_bytes()
        for path in paths
        if folder is not None and path.is_file()
    }


def _wrong(judge: Judge, target: Path, files: Mapping[str, str]) -> dict[str, Violation]:
    """Return the new files that break the contract, each with its first violation."""
    try:
        dataset_of(judge.spec, load(target, judge))
    except ContractError as error:
        wrong: dict[str, Violation] = {}
        for violation in error.violations:
            text = f"{violation.location} {violation.fix}"
            for path in (each for each in files if f"{target}/{each}" in text):
                wrong.setdefault(path, violation)
        if not wrong:
            raise
        return wrong
    return {}
