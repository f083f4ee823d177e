"""Where resources stand in the files of a folder of fixtures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mock_server.contract.judge import Judge
from mock_server.contract.source import yaml_documents
from mock_server.contract.violations import pointer
from mock_server.fixtures.loading import COUNTEREXAMPLES, SCENARIOS, files

RESOURCE, FROM, STEPS, RULE, OF = "resource", "from", "steps", "rule", "of"
SELF = ("self", "oldSelf")


class ResourceLocation(NamedTuple):
    """A value in a file.

    steps: the keys and indexes that lead to it. schema: the JSON pointer of its schema. is_step:
    whether it is a step of a scenario, which has only what changes.
    """

    steps: tuple[str | int, ...]
    schema: str
    is_step: bool = False


def resource_locations(folder: Path, judge: Judge) -> Iterator[tuple[Path, list[ResourceLocation]]]:
    """Yield each file of a folder with the locations of resources in it."""
    types: dict[str, str] = {}
    for each in judge.spec.types.values():
        schema = _component(each.name)
        for path in files(folder / each.folder):
            types[path.stem] = each.name
            yield path, [ResourceLocation((RESOURCE,), schema)]
        listed = folder / f"{each.folder}.yaml"
        if listed.exists():
            items = yaml_documents.read(listed).data.get(each.folder, [])
            locations = [ResourceLocation((each.folder, i), schema) for i in range(len(items))]
            yield listed, locations
    for path in files(folder / SCENARIOS):
        data = yaml_documents.read(path).data
        name = types.get(str(data.get(FROM)))
        steps = range(len(data.get(STEPS, []))) if name else ()
        yield (
            path,
            [ResourceLocation((STEPS, index), _component(str(name)), True) for index in steps],
        )
    for path in files(folder / COUNTEREXAMPLES):
        yield path, list(_of_counterexample(yaml_documents.read(path).data, judge))


def _of_counterexample(data: Mapping[str, Any], judge: Judge) -> Iterator[ResourceLocation]:
    """Yield the locations in a counter-example: resources, or a request with its response."""
    name = data.get(OF) or _subject(str(data.get(RULE)), judge)
    for key in SELF:
        if key in data:
            yield ResourceLocation((key,), _component(name))
    operation = judge.spec.operations.get(name)
    if operation is None or "response" not in data:
        return
    documented = operation.documented(data["response"].get("status", 200))
    if documented and documented.schema and "body" in data["response"]:
        yield ResourceLocation(("response", "body"), documented.schema)
    if operation.body and "body" in data.get("request", {}):
        yield ResourceLocation(("request", "body"), operation.body)


def _subject(rule: str, judge: Judge) -> str:
    """Return the schema or the operation of a rule, or else the first type with a timeline."""
    groups = {**judge.rules.of_schemas, **judge.rules.of_operations}
    named = (name for name, rules in groups.items() if any(each.id == rule for each in rules))
    timed = (each.name for each in judge.spec.with_timelines)
    return next(named, None) or next(timed, "")


def _component(name: str) -> str:
    return pointer(("components", "schemas", name))
