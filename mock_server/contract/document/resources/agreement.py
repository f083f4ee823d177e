"""Checks that resources, actions and pages name only properties and types that exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...source.problems import Problems
from ...source.yaml_documents import walk
from ...violations import nearest, pointer
from ..operation import Action, Operation
from .inference import inferred_keys, readers_of
from .loading import as_tuple, declared_properties
from .timeline_agreement import check_timeline
from .types import PHASES, ResourceType

Schemas = Mapping[str, Any]
TIMED = ("restart", "transition")  # actions that change a timeline


def check_resources(data: Any, schemas: Schemas, problems: Problems) -> None:
    """Add the violations in the extensions of schemas."""
    types = {name: schema for name, schema in schemas.items() if "x-resource" in schema}
    codes = frozenset(_codes(data))
    readers = readers_of(data)
    folders: dict[str, str] = {}
    for name, schema in types.items():
        where = f"/components/schemas{pointer((name,))}/x-resource"
        definition, properties = schema["x-resource"], declared_properties(data, schema)[0]
        for member, names in _named_properties(definition):
            for each in (each for each in names if each not in properties):
                message = "must name a property of its schema"
                at = f"{where}/{member}" if member else where
                problems.add("x-resource", at, message, each, nearest(each, properties))
        if "key" not in definition and not inferred_keys(readers, name, properties):
            fix = "add key: with the name of the property that identifies a resource"
            message = f"must name the key of {name}: no path leads to one by its key"
            problems.add("x-resource", where, message, "", fix)
        _check_parents(data, name, types, problems)
        code = definition.get("not_found")
        if code is not None and code not in codes:
            at, message = f"{where}/not_found", "must be the name of an error example"
            fix = nearest(code, codes)
            if not fix.startswith("did you mean"):
                fix = "add it to the examples of the 404, or remove not_found"
            problems.add("x-resource", at, message, code, fix)
        folder = definition.get("fixtures")
        if folder is not None and folder in folders:
            message = "each type must have its own folder of fixtures"
            fix = f"the same folder: {folders[folder]}"
            problems.add("x-resource", f"{where}/fixtures", message, folder, fix)
        folders.setdefault(str(folder), name)
    for name, schema in schemas.items():
        if "x-timeline" in schema:
            check_timeline(data, name, schema, problems)


def _named_properties(definition: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each member of ``x-resource`` that names properties, and their names."""
    yield "key", as_tuple(definition.get("key"))
    for names in definition.get("parent", {}).values():
        yield "parent", as_tuple(names)
    yield "owner", tuple(definition.get("owner", ()))
    for index, names in enumerate(definition.get("unique", ())):
        yield f"unique/{index}", as_tuple(names)


def _check_parents(data: Any, name: str, types: Schemas, problems: Problems) -> None:
    """Check the parents of a type, up to the callers that own its resources."""
    visited, where = [name], f"/components/schemas{pointer((name,))}/x-resource"
    while parent := next(iter(types[visited[-1]]["x-resource"].get("parent", {})), None):
        if parent not in types:
            if len(visited) == 1:
                message, fix = "must name a schema with x-resource", nearest(parent, types)
                problems.add("x-resource", f"{where}/parent", message, parent, fix)
            return
        if parent in visited:
            cycle = " → ".join([*visited, parent])
            message = "a resource must not be its own ancestor"
            problems.add("x-resource", f"{where}/parent", message, cycle)
            return
        visited.append(parent)
    callers = declared_properties(data, types[visited[-1]])[0]
    for each in types[name]["x-resource"].get("owner", {}).values():
        if name == visited[-1]:
            message, fix = (
                "must belong to a type with a parent",
                "add parent: with their type",
            )
            problems.add("x-resource", f"{where}/owner", message, each, fix)
        elif each not in callers:
            message = f"must name a property of {visited[-1]}, whose resources are the callers"
            problems.add("x-resource", f"{where}/owner", message, each, nearest(each, callers))


def _codes(data: Any) -> Iterator[str]:
    """Yield the names of the examples of errors: the name of an error example is its error code."""
    for where, value in walk(data):
        of_error = "/responses/" in where and "/responses/2" not in where
        if isinstance(value, dict) and of_error and where.endswith("/examples"):
            yield from value


def _check_names_of(
    action: Action, operation: Operation, resource_type: ResourceType, problems: Problems
) -> None:
    """Check the statuses and the error example that an action names."""
    where, timeline = f"{operation.pointer}/x-action", resource_type.timeline
    statuses = [*PHASES, *timeline.phases] if timeline else []
    for each in action.sources if timeline else ():
        if each not in statuses:
            message = f"must be a phase or a status of {resource_type.name}"
            problems.add("x-action", f"{where}/from", message, each, nearest(each, statuses))
    examples = [name for each in operation.responses.values() for name in each.examples]
    if action.otherwise_code and action.otherwise_code not in examples:
        message = "must be the name of an example of a response"
        fix = nearest(action.otherwise_code, examples)
        problems.add("x-action", f"{where}/otherwise", message, action.otherwise_code, fix)


def check_behaviour(
    described: Iterable[Operation],
    inferred: Mapping[str, Operation],
    types: Mapping[str, ResourceType],
    problems: Problems,
) -> None:
    """Add the violations of actions and pages that belong to no resource, or that it cannot do.

    A page also names the headers of its response.

    described: the operations as the document describes them; inferred: the same with what follows
    from the paths, by operationId.
    """
    for operation in described:
        action, where = inferred[operation.id].action, operation.pointer
        if operation.action is not None and operation.does != "none" and action is None:
            message, fix = "must belong to a resource", "name its schema with resource:"
            problems.add("x-action", f"{where}/x-action", message, operation.path, fix)
        timed = action is not None and (action.do in TIMED or action.sources)
        if action is not None and timed and types[action.finds].timeline is None:
            message = f"{action.do} needs a resource whose status changes"
            fix = f"add x-timeline to {action.finds}"
            problems.add("x-action", f"{where}/x-action", message, action.finds, fix)
        if action is not None:
            _check_names_of(action, operation, types[action.finds], problems)
        lookup = inferred[operation.id].lookup
        lists = lookup is not None and operation.success.returns_list
        if operation.page is not None and not lists:
            message = "must belong to an operation that lists resources"
            problems.add("x-page", f"{where}/x-page", message, operation.id)
        documented = [name.lower() for name in operation.success.headers]
        for member, name in operation.page.headers.items() if operation.page else ():
            if name.lower() not in documented:
                at, fix = f"{where}/x-page/headers/{member}", nearest(name, documented)
                problems.add("x-page", at, "must name a header of the response", name, fix)
