"""Checks that extensions name only existing properties, roles, entities and error codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..source.problems import Problems
from ..source.yaml_documents import Document, walk
from ..violations import nearest, pointer
from .references import resolve
from .spec import EVENTS, METHODS, PHASES, REQUIRED_ROLES, ROLES, event_roles

EVENT_STREAM = "text/event-stream"
FIELD = re.compile(r"\{(\w+)\.(\w+)\}")


def check_extensions(document: Document, problems: Problems) -> None:
    """Add the violations of the extensions that this project reads."""
    listed = document.data.get("components", {}).get("schemas", {})
    schemas = {name: schema for name, schema in listed.items() if isinstance(schema, dict)}
    releases = [name for name, schema in schemas.items() if "x-build" in schema]
    if len(releases) > 1:
        message, fix = "only one schema can have x-build", "remove the others"
        problems.add("x-build", "/components/schemas", message, ", ".join(releases), fix)
        return
    if releases:
        _check_build(document.data, releases[0], problems)
        _check_statuses(schemas, problems)
        _check_events(document.data, problems)
    for name, schema in schemas.items():
        if "x-entity" in schema:
            _check_entity(document.data, name, schema, problems)
    for path, item in document.data.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                where = pointer(("paths", path, method))
                _check_operation(document.data, item[method], where, schemas, problems)


def _check_entity(data: Any, name: str, schema: Any, problems: Problems) -> None:
    entity, where = schema["x-entity"], f"/components/schemas/{name}/x-entity"
    declared = schema.get("properties", {})
    owner = entity.get("owner", {})
    for key in [entity["key"], *entity.get("parent", {}).values(), *owner]:
        if key not in declared:
            fix = nearest(key, declared)
            problems.add("x-entity", where, "must name a property of its schema", key, fix)
    accounts = _check_parents(data, name, problems).get("properties", {})
    for key in [key for key in owner.values() if key not in accounts]:
        message = "must name a property of the accounts"
        problems.add("x-entity", f"{where}/owner", message, key, nearest(key, accounts))
    codes = set(_codes(data))
    if entity["unknown"] not in codes:
        found, fix = entity["unknown"], nearest(entity["unknown"], codes)
        problems.add(
            "x-entity", f"{where}/unknown", "must name a documented error code", found, fix
        )


def _check_parents(data: Any, name: str, problems: Problems) -> Any:
    """Check the parents of an entity. Return the schema of the last one, the accounts."""
    schemas, visited = data["components"]["schemas"], [name]
    entities = [each for each, schema in schemas.items() if "x-entity" in schema]
    at = f"/components/schemas/{name}/x-entity/parent"
    while parent := next(iter(schemas[visited[-1]]["x-entity"].get("parent", {})), None):
        if parent not in entities:
            if len(visited) == 1:
                fix = nearest(parent, entities)
                problems.add("x-entity", at, "must name a schema with x-entity", parent, fix)
            break
        if parent in visited:
            cycle = " → ".join([*visited, parent])
            problems.add("x-entity", at, "an entity must not be its own ancestor", cycle)
            break
        visited.append(parent)
    return schemas[visited[-1]]


def _codes(data: Any) -> Iterator[str]:
    """Yield the names of all response examples: the name of an error example is its error code."""
    for where, value in walk(data):
        if isinstance(value, dict) and where.endswith("/examples") and "/responses/" in where:
            yield from value


def _check_operation(
    data: Any, operation: Any, where: str, schemas: dict[str, Any], problems: Problems
) -> None:
    for index, listed in enumerate(operation.get("parameters", ())):
        role = resolve(data, listed).get("x-omits")
        if role is not None and role not in ROLES:
            at = f"{where}/parameters/{index}/x-omits"
            problems.add("x-omits", at, "must name a role of x-build", role, nearest(role, ROLES))
    lookup = operation.get("x-lookup", {})
    entities = {name: schema for name, schema in schemas.items() if "x-entity" in schema}
    finds = lookup.get("finds")
    if finds is None:
        return
    if finds not in entities:
        fix = nearest(str(finds), entities)
        problems.add("x-lookup", where + "/x-lookup/finds", "must name an entity", finds, fix)
        return
    declared = entities[finds].get("properties", {})
    for index, name in enumerate(lookup.get("filters", ())):
        if name not in declared:
            at, fix = f"{where}/x-lookup/filters/{index}", nearest(name, declared)
            problems.add("x-lookup", at, f"must name a property of {finds}", name, fix)
    for index, way in enumerate(lookup["ways"]):
        at = f"{where}/x-lookup/ways/{index}"
        for name in way.get("where", {}):
            if name not in declared:
                fix = nearest(name, declared)
                problems.add("x-lookup", at, f"must name a property of {finds}", name, fix)
        for key, template in way["by"].items():
            for entity, name in FIELD.findall(template):
                properties = entities.get(entity, {}).get("properties", {})
                if name not in properties:
                    found, fix = f"{{{entity}.{name}}}", nearest(name, properties or entities)
                    at_key = f"{at}/by{pointer((key,))}"
                    problems.add("x-lookup", at_key, "must name a declared property", found, fix)


def _check_build(data: Any, name: str, problems: Problems) -> None:
    schema = data["components"]["schemas"][name]
    build, where = schema["x-build"], f"/components/schemas/{name}/x-build"
    declared = schema.get("properties", {})
    for role in ("status", "duration"):
        if role == "duration" and role not in build:
            continue
        if build.get(role) not in declared:
            found = str(build.get(role))
            fix = nearest(found, declared)
            if role == "duration" and not fix.startswith("did you mean"):
                fix = "name another property, or remove duration"
            problems.add("x-build", f"{where}/{role}", "must name a property", found, fix)
    for role in set(build.get("roles", {})) - set(ROLES):
        problems.add(
            "x-build", f"{where}/roles/{role}", "must be a role", role, nearest(role, ROLES)
        )
    for index, prefix in enumerate(build.get("processes", [])):
        for role in REQUIRED_ROLES:
            name = prefix + build.get("roles", {}).get(role, f"_{role}")
            if name not in declared:
                problems.add(
                    "x-build",
                    f"{where}/processes/{index}",
                    f"the process {prefix} must have a property for the role {role}",
                    "no " + name,
                    f"declare {name} under properties",
                )


def _check_statuses(schemas: Any, problems: Problems) -> None:
    tables = [(name, schema) for name, schema in schemas.items() if "x-statuses" in schema]
    if len(tables) != 1:
        fix = "add x-statuses to the enum of statuses"
        problems.add(
            "x-statuses", "/components/schemas", "exactly one schema must have x-statuses", "", fix
        )
        return
    name, schema = tables[0]
    where = f"/components/schemas/{name}/x-statuses"
    statuses = schema["x-statuses"]
    enum = schema.get("enum", [])
    for status in statuses:
        if status not in enum:
            fix = nearest(status, [value for value in enum if value not in statuses])
            at = f"{where}/{status}"
            problems.add("x-statuses", at, "must be a value of the enum", status, fix)
    for status in enum:
        if status is not None and status not in statuses:
            message, fix = "must contain each value of the enum", f"add {status}"
            problems.add("x-statuses", where, message, f"no {status}", fix)
    for status, definition in statuses.items():
        if definition.get("phase") not in PHASES:
            found, at = str(definition.get("phase")), f"{where}/{status}"
            message = "must have a phase: " + ", ".join(PHASES)
            problems.add("x-statuses", at, message, found, nearest(found, PHASES))
    for phase in set(PHASES) - {definition.get("phase") for definition in statuses.values()}:
        problems.add("x-statuses", where, f"must have a status of the phase {phase}", "none")


def _check_events(data: Any, problems: Problems) -> None:
    """Check that a stream has one event of each kind, with a property for each role."""
    for where, value in walk(data):
        if not isinstance(value, dict) or value.get("contentMediaType") != EVENT_STREAM:
            continue
        missing = set(EVENTS)
        items = value.get("contentSchema", {}).get("items", {}).get("oneOf", ())
        for index, item in enumerate(items):
            declared = item.get("properties", {}) if isinstance(item, dict) else {}
            if "const" not in declared.get("event", {}) or "data" not in declared:
                at_item = f"{where}/contentSchema/items/oneOf/{index}"
                message = "an event must have the properties event, with a const, and data"
                problems.add("x-event", at_item, message, ", ".join(declared) or "none")
                continue
            schema = resolve(data, declared["data"])
            kind, roles = event_roles(schema)
            at_data = f"{where}/contentSchema/items/oneOf/{index}/properties/data"
            if kind not in missing:
                message = "must be one event of each kind: " + ", ".join(EVENTS)
                problems.add("x-event", at_data, message, kind, nearest(kind, EVENTS))
            missing.discard(kind)
            for role in EVENTS.get(kind, ()):
                if roles.get(role) not in schema.get("properties", {}):
                    found = str(roles.get(role))
                    fix = nearest(found, schema.get("properties", {}))
                    message = f"must have a property for the role {role}"
                    problems.add("x-event", at_data, message, found, fix)
        for kind in sorted(missing):
            problems.add(
                "x-event", where, f"a stream must have an event of the kind {kind}", "none"
            )
