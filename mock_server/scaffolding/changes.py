"""The changes to a document that make its resources known: extensions of schemas and operations."""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..contract.document.loading import spec_of
from ..contract.document.operation import Operation
from ..contract.document.references import at
from ..contract.document.resources.inference import ITEM_ACTIONS, Reader, inferred_folder
from ..contract.document.spec import Spec
from ..contract.source.documents import Document
from .lifecycles import Lifecycle, Statuses, plain
from .pages import page_of
from .resources import Plan, Proposal

RESTARTS = frozenset(
    ("restart", "rerun", "rebuild", "redeploy", "retry", "relaunch", "replay", "rerequest")
)
MIN_STEM = 3  # letters that a verb and the status after it share


@dataclass(frozen=True)
class Change:
    """An update of the object at a JSON pointer, and what it is for."""

    where: str
    update: Mapping[str, Any]
    purpose: str


def resource_changes(proposals: Iterable[Proposal]) -> Iterator[Change]:
    """Yield the changes that mark schemas as resources, and name the phases of their statuses."""
    statuses: set[str] = set()
    for each in proposals:
        lifecycle, resource = each.lifecycle, {"key": each.key}
        parent = {"parent": {each.parent[0]: each.parent[1]}} if each.parent else {}
        inferred = inferred_folder((Reader(each.path, each.schema),), each.schema)
        fixtures = {"fixtures": each.folder} if each.folder != inferred else {}
        update: dict[str, Any] = {"x-resource": {**resource, **parent, **fixtures}}
        if lifecycle:
            roles = {"roles": dict(lifecycle.roles)} if lifecycle.roles else {}
            duration = {"duration": lifecycle.duration} if lifecycle.duration else {}
            names = [each.name for each in lifecycle.parts]
            status = names[0] if len(names) == 1 else names
            update["x-timeline"] = {"status": status, **roles, **duration}
        yield Change(each.where, update, f"{each.schema}: GET {each.path} finds it by its key")
        for where, form in each.timestamps.items():
            unit = "milliseconds" if form.endswith("ms") else "seconds"
            yield Change(where, {"format": form}, f"A number of {unit} since 1970")
        for part in lifecycle.parts if lifecycle else ():
            if part.where not in statuses:
                statuses.add(part.where)
                phases = {word: {"phase": phase} for word, phase in part.phases.items()}
                yield Change(part.where, {"x-statuses": phases}, _statuses_purpose(part))


def _statuses_purpose(statuses: Statuses) -> str:
    text = "The phase of each status: waiting, running, ended-well or ended-badly"
    guesses = ", ".join(word for word in statuses.phases if word in statuses.guessed)
    return f"{text}. A guess: {guesses}" if guesses else text


def operation_changes(spec: Spec, plan: Plan) -> Iterator[Change]:
    """Yield the changes that say what operations do where the paths do not.

    spec: the document with the changes of its resources.
    """
    by_path: dict[str, list[Operation]] = {}
    for operation in spec.operations.values():
        by_path.setdefault(operation.path, []).append(operation)
    found = {each.pointer for each in spec.operations.values() if each.lookup}
    for each in plan.proposals:
        reader = next(o for o in by_path[each.path] if o.method == "GET")
        properties = spec.types[each.schema].properties
        changes = list(_explicit(by_path, each, properties)) if reader.lookup is None else []
        for path, operations in by_path.items():
            if path.rpartition("/")[0] == each.path and each.lifecycle:
                changes += _moving(operations, each, reader.lookup is None)
        unfit = {spec.operations[name].pointer for name in plan.unfit}
        kept = [change for change in changes if change.where not in unfit]
        found |= {change.where for change in kept if "x-lookup" in change.update}
        yield from kept
    for operation in spec.operations.values():
        lists = operation.success.returns_list and operation.pointer in found
        paged = lists and operation.id not in plan.unpaged
        page = page_of(spec.data, operation) if paged else None
        if page is not None:
            purpose = f"{operation.method} {operation.path}"
            yield Change(operation.pointer, {"x-page": page}, purpose)
    for operation in (spec.operations[name] for name in sorted(plan.unfit)):
        purpose = f"{operation.method} {operation.path}: what it accepts or returns does not fit"
        yield Change(operation.pointer, {"x-action": "none"}, purpose)


def _explicit(
    by_path: Mapping[str, list[Operation]], each: Proposal, properties: Collection[str]
) -> Iterator[Change]:
    """Yield a lookup by the key alone, for paths with more parameters than keys are known."""
    for operation in by_path[each.path]:
        action = ITEM_ACTIONS.get(operation.method)
        if operation.method == "GET" or action:
            yield _change(operation, each, {"x-lookup": _lookup(each)}, action)
    for operation in by_path.get(each.path.rpartition("/{")[0], ()):
        if operation.method == "POST":
            yield _change(operation, each, {}, "create")
        elif operation.method == "GET" and ("*" in _path_to(operation, each)):
            lookup: dict[str, Any] = {"finds": each.schema, "ways": []}
            filters = [p.name for p in operation.parameters if p.name in properties]
            lookup |= {"filters": filters} if filters else {}
            yield _change(operation, each, {"x-lookup": lookup}, None)


def _path_to(operation: Operation, each: Proposal) -> tuple[str, ...]:
    """Return the path to the resource in the response of an operation; empty if it has none."""
    return next((path for name, path in operation.success.resources if name == each.schema), ())


def _lookup(each: Proposal) -> dict[str, Any]:
    parameter = each.path.rpartition("{")[2].rstrip("}")
    return {"finds": each.schema, "ways": [{"by": {parameter: f"{{{each.schema}.{each.key}}}"}}]}


def _moving(
    operations: Iterable[Operation], each: Proposal, needs_lookup: bool
) -> Iterator[Change]:
    """Yield the actions below the path of a resource: restarts, and moves to another status."""
    lookup = {"x-lookup": _lookup(each)} if needs_lookup else {}
    for operation in (o for o in operations if o.method in ("POST", "PUT")):
        verb = plain(operation.path.rpartition("/")[2])
        status = _status_after(verb, each.lifecycle) if each.lifecycle else None
        if verb in RESTARTS:
            of_ended = {"do": "restart", "from": ["ended-well", "ended-badly"]}
            action = of_ended if operation.documented(409) else "restart"
            yield _change(operation, each, lookup, action)
        elif status is not None and each.lifecycle:
            ends = each.lifecycle.phases[status].startswith("ended")
            of_open = {"from": ["waiting", "running"]} if ends else {}
            moved = {"do": "transition", **of_open, "set": each.lifecycle.values(status)}
            yield _change(operation, each, lookup, moved)


def _status_after(verb: str, lifecycle: Lifecycle) -> str | None:
    """Return the status to which a verb in a path leads, such as ``canceled`` for ``cancel``."""
    stem = re.sub(r"e$", "", verb)
    statuses = (word for word in lifecycle.phases if plain(word).startswith(stem))
    return next(statuses, None) if len(stem) >= MIN_STEM else None


def _change(operation: Operation, each: Proposal, update: dict[str, Any], action: Any) -> Change:
    """Return the change of an operation. action: what it does, with details or without."""
    if action is not None:
        details = {"do": action} if isinstance(action, str) else action
        named = {**details, "resource": each.schema} if details["do"] == "create" else action
        update = {**update, "x-action": named}
    return Change(operation.pointer, update, f"{operation.method} {operation.path}")


def extended(document: Document, changes: Iterable[Change]) -> Spec:
    """Return the contract of a document with changes. Raises ContractError if they cannot work."""
    data = copy.deepcopy(document.data)
    for each in changes:
        _merge(at(data, each.where), each.update)
    return spec_of(replace(document, data=data, extended=True))


def _merge(target: dict[str, Any], update: Mapping[str, Any]) -> None:
    for name, value in update.items():
        if isinstance(value, Mapping) and isinstance(target.get(name), dict):
            _merge(target[name], value)
        else:
            target[name] = copy.deepcopy(value)
