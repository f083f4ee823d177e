"""Checks that a timeline names only properties, roles and statuses that exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...source.problems import Problems
from ...violations import nearest, pointer, show
from ..references import at, followed, resolve
from .loading import (
    as_tuple,
    declared_properties,
    options_of,
    property_pointers,
    timestamps_in,
)
from .types import PHASES, ROLES

STATUS = "status"
PARTS = ("allOf", "anyOf", "oneOf")
TIMESTAMP = "a timestamp (format: date-time, unixtime or unixtime-ms)"
# The mock sets the property of such a role: the types that can have its value, and their name
ROLE_TYPES = {
    "started_at": ((), TIMESTAMP),
    "completed_at": ((), TIMESTAMP),
    "error_at": ((), TIMESTAMP),
    "in_progress": (("boolean",), "a boolean"),
    "logs": (("array",), "an array"),
    "duration": (("integer", "number"), "a number"),
}


def check_timeline(data: Any, name: str, schema: Any, problems: Problems) -> None:
    """Add the violations in the ``x-timeline`` of a schema, and in the statuses that it names."""
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
    _check_role_types(data, timeline, where, properties, problems)
    pointers = dict(property_pointers(data, f"/components/schemas{pointer((name,))}"))
    locations: dict[str, str] = {}  # several properties can have the same schema
    for each in (*as_tuple(timeline[STATUS]), *own_statuses):
        if each in properties:
            locations.setdefault(_statuses_of(data, pointers[each]) or f"{where}/{STATUS}", each)
    for at_statuses, each in locations.items():
        _check_statuses(each, properties[each], at_statuses, problems)


def _statuses_of(data: Any, where: str) -> str | None:
    """Return the pointer to the ``x-statuses`` of the property at a pointer, or of its parts."""
    where = followed(data, where)
    schema = at(data, where)
    if "x-statuses" in schema:
        return where + "/x-statuses"
    parts = (f"{where}/{k}/{i}" for k in PARTS for i in range(len(schema.get(k, ()))))
    return next((found for part in parts if (found := _statuses_of(data, part))), None)


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


def _check_role_types(
    data: Any,
    timeline: Mapping[str, Any],
    where: str,
    properties: Mapping[str, Any],
    problems: Problems,
) -> None:
    """Check that the property of each role that the mock sets can have its value."""
    roles, prefixes = timeline.get("roles", {}), timeline.get("processes", ("",))
    named = [(f"roles/{role}", prefix + roles[role]) for role in roles for prefix in prefixes]
    named += [("duration", timeline["duration"])] if "duration" in timeline else []
    for member, name in named:
        types, phrase = ROLE_TYPES.get(member.removeprefix("roles/"), ((), ""))
        if phrase and name in properties and not _has_type(data, properties[name], types):
            message = f"the property {name} must be {phrase}"
            found = ", ".join(f"{k}: {show(properties[name].get(k))}" for k in ("type", "format"))
            fix = "change its schema, in the document or an overlay, or name another property"
            problems.add("x-timeline", f"{where}/{member}", message, found, fix)


def _has_type(data: Any, schema: Mapping[str, Any], types: Iterable[str]) -> bool:
    """Return whether a schema allows one of some types, or a timestamp if there are none.

    A schema without a type allows all types.
    """
    if not types:
        return () in dict(timestamps_in(data, schema))
    options = [resolve(data, each) for each in options_of(schema)]
    declared = {name for each in options for name in as_tuple(each.get("type"))}
    return not declared or not declared.isdisjoint(types)


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
        at, phase = where + pointer((status,)), definition.get("phase")
        message = "must have a phase: " + ", ".join(PHASES)
        if phase is None:
            problems.add("x-statuses", at, message, "none", "add phase")
        elif phase not in PHASES:
            problems.add("x-statuses", f"{at}/phase", message, phase, nearest(phase, PHASES))
