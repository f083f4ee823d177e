"""Checks that ``x-resource`` and ``x-timeline`` name only properties and types that exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...source.problems import Problems
from ...source.yaml_documents import walk
from ...violations import nearest, pointer
from ..operation import Operation
from ..references import followed
from .inference import inferred_keys, readers_of
from .loading import as_tuple, declared_properties
from .types import PHASES, ROLES, ResourceType

Schemas = Mapping[str, Any]
STATUS = "status"
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
            at, message = f"{where}/not_found", "must name a documented error code"
            problems.add("x-resource", at, message, code, nearest(code, codes))
        folder = definition.get("fixtures")
        if folder is not None and folder in folders:
            message = "each type must have its own folder of fixtures"
            fix = f"the same folder: {folders[folder]}"
            problems.add("x-resource", f"{where}/fixtures", message, folder, fix)
        folders.setdefault(str(folder), name)
    for name, schema in schemas.items():
        if "x-timeline" in schema:
            _check_timeline(data, name, schema, problems)


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
        if each not in callers:
            message = f"must name a property of {visited[-1]}, whose resources are the callers"
            problems.add("x-resource", f"{where}/owner", message, each, nearest(each, callers))


def _codes(data: Any) -> Iterator[str]:
    """Yield the names of all response examples: the name of an error example is its error code."""
    for where, value in walk(data):
        if isinstance(value, dict) and where.endswith("/examples") and "/responses/" in where:
            yield from value


def _check_timeline(data: Any, name: str, schema: Any, problems: Problems) -> None:
    timeline = schema["x-timeline"]
    where = f"/components/schemas{pointer((name,))}/x-timeline"
    properties = declared_properties(data, schema)[0]
    if "x-resource" not in schema:
        message, fix = "only a schema with x-resource can have a timeline", "add x-resource"
        problems.add("x-timeline", where, message, "", fix)
    named = [(STATUS, each) for each in as_tuple(timeline[STATUS])]
    named += [("duration", timeline["duration"])] if "duration" in timeline else []
    named += [(f"changes/{index}", each) for index, each in enumerate(timeline.get("changes", ()))]
    if "processes" not in timeline:
        named += [(f"roles/{role}", each) for role, each in timeline.get("roles", {}).items()]
    for member, each in named:
        if each not in properties:
            fix = nearest(each, properties)
            if member == "duration" and not fix.startswith("did you mean"):
                fix = "name another property, or remove duration"
            problems.add("x-timeline", f"{where}/{member}", "must name a property", each, fix)
    for role in timeline.get("roles", {}).keys() - set(ROLES):
        at, fix = f"{where}/roles/{role}", nearest(role, ROLES)
        problems.add("x-timeline", at, "must be a role", role, fix)
    own_statuses = _check_processes(timeline, where, properties, problems)
    locations: dict[str, str] = {}  # several properties can have the same schema
    for each in (*as_tuple(timeline[STATUS]), *own_statuses):
        at_property = f"/components/schemas{pointer((name, 'properties', each))}"
        try:
            at_statuses = followed(data, at_property) + "/x-statuses"
        except LookupError:  # a property of a part of allOf
            at_statuses = f"{where}/{STATUS}"
        if each in properties:
            locations.setdefault(at_statuses, each)
    for at_statuses, each in locations.items():
        _check_statuses(each, properties[each], at_statuses, problems)


def _check_processes(
    timeline: Mapping[str, Any], where: str, properties: Mapping[str, Any], problems: Problems
) -> list[str]:
    """Check that each process has a status, and each role a property of some process.

    Return the properties with the statuses of the processes.
    """
    prefixes, roles = timeline.get("processes", ()), timeline.get("roles", {})
    statuses = [prefix + roles.get(STATUS, f"_{STATUS}") for prefix in prefixes]
    for index, (prefix, own) in enumerate(zip(prefixes, statuses, strict=True)):
        if own not in properties:
            at = f"{where}/processes/{index}"
            message = f"the process {prefix} must have a property for the role {STATUS}"
            fix = f"declare {own} under properties"
            problems.add("x-timeline", at, message, "no " + own, fix)
    suffixes = {
        name.removeprefix(prefix)
        for name in properties
        for prefix in prefixes
        if name.startswith(prefix)
    }
    for role, suffix in roles.items() if prefixes else ():
        if role != STATUS and suffix not in suffixes:
            at, message = f"{where}/roles/{role}", "must be the end of a property of a process"
            problems.add("x-timeline", at, message, suffix, nearest(suffix, suffixes))
    return statuses


def _check_statuses(name: str, schema: Any, where: str, problems: Problems) -> None:
    """Check the phase of each status of a property."""
    statuses, enum = schema.get("x-statuses"), schema.get("enum", [])
    if not isinstance(statuses, dict):
        message = f"the property {name} must say the phase of each status"
        problems.add("x-statuses", where, message, "", "add x-statuses to its schema")
        return
    for status in statuses:
        if status not in enum:
            fix = nearest(status, [value for value in enum if value not in statuses])
            at = where + pointer((status,))
            problems.add("x-statuses", at, "must be a value of the enum", status, fix)
    for status in enum:
        if status is not None and status not in statuses:
            message, fix = "must contain each value of the enum", f"add {status}"
            problems.add("x-statuses", where, message, f"no {status}", fix)
    for status, definition in statuses.items():
        if definition.get("phase") not in PHASES:
            found = str(definition.get("phase"))
            message, at = "must have a phase: " + ", ".join(PHASES), where + pointer((status,))
            problems.add("x-statuses", at, message, found, nearest(found, PHASES))


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
