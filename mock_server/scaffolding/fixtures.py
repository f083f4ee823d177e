"""The first fixtures of a document: resources in each status, and a scenario that plays them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..contract.document.operation import Operation
from ..contract.document.resources.status_words import status_values
from ..contract.document.resources.types import WORDS, ResourceType, TimelineRoles
from ..contract.document.spec import Spec
from ..contract.judge import Judge
from ..foundation import timestamps
from .resources import Proposal
from .texts import dumped
from .values import Values, Wanted

LISTED = 3  # resources of a type without statuses
STEPS = {"running": 2, "ended-well": 6}  # phase → seconds after the start of a scenario
PLAYING = ("restart", "create")  # actions that start a scenario


@dataclass
class NewFixtures:
    """Fixture files, by their paths in their folder, and the number of resources by folder."""

    files: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, folder: str, name: str, text: str, prefix: str) -> str:
        """Add a file with a name that no other one has, if necessary with a prefix; return it."""
        taken = {path.rpartition("/")[2].removesuffix(".yaml") for path in self.files}
        names = [name, f"{prefix}-{name}", *(f"{prefix}-{name}-{n}" for n in range(2, 99))]
        free = next(each for each in names if each not in taken)
        self.files[f"{folder}/{free}.yaml"] = text
        return free


def new_fixtures(judge: Judge, proposals: Sequence[Proposal], now: int) -> NewFixtures:
    """Return the fixtures of the types that are proposed. now: ms since 1970."""
    spec, result = judge.spec, NewFixtures()
    values = Values(judge, now)
    for each in sorted(proposals, key=lambda each: len(spec.lineage(each.schema))):
        resource_type = spec.types[each.schema]
        roles = resource_type.timeline
        if roles is None:
            made = list(_listed(values, resource_type, _reader(spec, each)))
            _add_list(result, resource_type, made)
        else:
            statuses = list(each.lifecycle.phases) if each.lifecycle else list(roles.phases)
            made = _add_states(result, values, resource_type, _reader(spec, each), statuses)
        result.counts[resource_type.folder] = len(made)
    return result


def _reader(spec: Spec, proposal: Proposal) -> Operation:
    """Return the operation that returns one resource of a type."""
    operations = spec.operations.values()
    return next(o for o in operations if o.path == proposal.path and o.method == "GET")


def _listed(
    values: Values, resource_type: ResourceType, reader: Operation
) -> Iterator[dict[str, Any]]:
    for number in range(1, LISTED + 1):
        wanted = Wanted(number, str(number))
        value = values.resource(resource_type, _parameter(reader), wanted)
        if value is not None:
            yield value


def _parameter(reader: Operation) -> Any:
    """Return the parameter at the end of the path of an operation."""
    name = reader.path.rpartition("{")[2].rstrip("}")
    return next(each for each in reader.path_parameters if each.name == name)


def _add_list(
    result: NewFixtures, resource_type: ResourceType, made: Sequence[dict[str, Any]]
) -> None:
    """Add the file that lists resources; one for each if they have undeclared properties."""
    folder, declared = resource_type.folder, resource_type.properties
    if made and all(name in declared for value in made for name in value):
        result.files[f"{folder}.yaml"] = dumped({folder: list(made)})
        return
    for number, value in enumerate(made, 1):
        title = f"{resource_type.label.capitalize()} {number}"
        text = _fixture(resource_type, title, value, None)
        result.add(folder, slug(title), text, slug(resource_type.name))


def _add_states(
    result: NewFixtures,
    values: Values,
    resource_type: ResourceType,
    reader: Operation,
    statuses: Sequence[str],
) -> list[dict[str, Any]]:
    """Add a file for each status, and the default scenario if an operation starts one."""
    roles, folder = resource_type.timeline, resource_type.folder
    made: dict[str, dict[str, Any]] = {}
    names, prefix = dict[str, str](), slug(resource_type.label)
    for number, status in enumerate(statuses, 1):
        wanted = Wanted(number, slug(status), status)
        value = values.resource(resource_type, _parameter(reader), wanted)
        if value is not None:
            text = _fixture(resource_type, as_title(status), value, values.now)
            made[status], names[status] = value, result.add(folder, slug(status), text, prefix)
    if roles and any(_plays(o, resource_type) for o in values.judge.spec.operations.values()):
        scenario = _scenario(resource_type, roles, statuses, names)
        if scenario is not None:
            result.add("scenarios", "succeeds", dumped(scenario), prefix)
    return list(made.values())


def _plays(operation: Operation, resource_type: ResourceType) -> bool:
    action = operation.action
    return action is not None and action.do in PLAYING and action.finds == resource_type.name


def _scenario(
    resource_type: ResourceType,
    roles: TimelineRoles,
    statuses: Sequence[str],
    names: Mapping[str, str],
) -> dict[str, Any] | None:
    """Return the scenario with the phases in their order; None without a status that it ends in."""
    first = {roles.phase(status): status for status in reversed(statuses)}
    start = next((p for p in ("waiting", "running") if first.get(p) in names), None)
    if start is None or "ended-well" not in first:
        return None
    steps = [
        {"at": seconds, **_without_nulls(next(status_values(resource_type, roles, first[phase])))}
        for phase, seconds in STEPS.items()
        if phase in first and phase != start
    ]
    title = f"{resource_type.label.capitalize()} that succeeds"
    return {
        "about": {"title": title},
        "from": names[first[start]],
        "default": True,
        "steps": steps,
    }


def _without_nulls(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _fixture(resource_type: ResourceType, title: str, value: dict[str, Any], at: int | None) -> str:
    declared = {n: v for n, v in value.items() if n in resource_type.properties}
    others = {n: v for n, v in value.items() if n not in resource_type.properties}
    fixture: dict[str, Any] = {"about": {"title": title}}
    fixture |= {} if at is None else {"at": timestamps.to_text(at)}
    fixture["resource"] = declared
    return dumped(fixture | ({"extra": others} if others else {}))


def as_title(status: str) -> str:
    """Return a status as words: ``In progress``."""
    return " ".join(each.lower() for each in WORDS.findall(status)).capitalize() or status


def slug(text: str) -> str:
    """Return a text as the name of a file."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "other"
