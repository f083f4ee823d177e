"""Whether what a spec's extensions name is there: properties, roles, entities, errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..source.problems import Problems
from ..source.yaml_documents import Document, walk
from ..violations import nearest, pointer
from .spec import EVENTS, METHODS, PHASES, REQUIRED_ROLES, ROLES, event_roles, resolve

EVENT_STREAM = "text/event-stream"
FIELD = re.compile(r"\{(\w+)\.(\w+)\}")


def agree(document: Document, problems: Problems) -> None:
    """Adds what is wrong with what this project reads beyond OpenAPI."""
    listed = document.data.get("components", {}).get("schemas", {})
    schemas = {name: schema for name, schema in listed.items() if isinstance(schema, dict)}
    releases = [name for name, schema in schemas.items() if "x-build" in schema]
    if len(releases) != 1:
        fix = "put x-build beside the schema of a release"
        problems.add("x-build", "/components/schemas", "one schema has x-build", str(releases), fix)
        return
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
    for key in [entity["key"], *entity.get("parent", {}).values()]:
        if key not in declared:
            fix = nearest(key, declared)
            problems.add("x-entity", where, "names a property of its schema", key, fix)
    codes = set(_codes(data))
    if entity["unknown"] not in codes:
        found, fix = entity["unknown"], nearest(entity["unknown"], codes)
        problems.add("x-entity", f"{where}/unknown", "names a documented error", found, fix)


def _codes(data: Any) -> Iterator[str]:
    """The names of all examples of answers: they are the codes of errors."""
    for where, value in walk(data):
        if isinstance(value, dict) and where.endswith("/examples") and "/responses/" in where:
            yield from value


def _check_operation(
    data: Any, says: Any, where: str, schemas: dict[str, Any], problems: Problems
) -> None:
    for index, listed in enumerate(says.get("parameters", ())):
        role = resolve(data, listed).get("x-omits")
        if role is not None and role not in ROLES:
            place = f"{where}/parameters/{index}/x-omits"
            problems.add("x-omits", place, "names a role of x-build", role, nearest(role, ROLES))
    lookup = says.get("x-lookup", {})
    entities = {name: schema for name, schema in schemas.items() if "x-entity" in schema}
    finds = lookup.get("finds")
    if finds is None:
        return
    if finds not in entities:
        fix = nearest(str(finds), entities)
        problems.add("x-lookup", where + "/x-lookup/finds", "names an entity", finds, fix)
        return
    declared = entities[finds].get("properties", {})
    for index, name in enumerate(lookup.get("filters", ())):
        if name not in declared:
            place, fix = f"{where}/x-lookup/filters/{index}", nearest(name, declared)
            problems.add("x-lookup", place, f"names a property of {finds}", name, fix)
    for index, way in enumerate(lookup["ways"]):
        place = f"{where}/x-lookup/ways/{index}"
        for name in way.get("where", {}):
            if name not in declared:
                fix = nearest(name, declared)
                problems.add("x-lookup", place, f"names a property of {finds}", name, fix)
        for key, template in way["by"].items():
            for entity, name in FIELD.findall(template):
                having = entities.get(entity, {}).get("properties", {})
                if name not in having:
                    found, fix = f"{{{entity}.{name}}}", nearest(name, having or entities)
                    at_key = f"{place}/by{pointer((key,))}"
                    problems.add("x-lookup", at_key, "names a property there is", found, fix)


def _check_build(data: Any, name: str, problems: Problems) -> None:
    schema = data["components"]["schemas"][name]
    build, where = schema["x-build"], f"/components/schemas/{name}/x-build"
    declared = schema.get("properties", {})
    for role in ("status", "duration"):
        if build.get(role) not in declared:
            found = str(build.get(role))
            fix = nearest(found, declared)
            problems.add("x-build", f"{where}/{role}", "names a property", found, fix)
    for role in set(build.get("roles", {})) - set(ROLES):
        problems.add("x-build", f"{where}/roles/{role}", "is a role", role, nearest(role, ROLES))
    for index, prefix in enumerate(build.get("processes", [])):
        for role in REQUIRED_ROLES:
            wanted = prefix + build.get("roles", {}).get(role, f"_{role}")
            if wanted not in declared:
                problems.add(
                    "x-build",
                    f"{where}/processes/{index}",
                    f"the process {prefix} has a property for its {role}",
                    "no " + wanted,
                    f"declare {wanted} under properties",
                )


def _check_statuses(schemas: Any, problems: Problems) -> None:
    tables = [(name, schema) for name, schema in schemas.items() if "x-statuses" in schema]
    if len(tables) != 1:
        fix = "put x-statuses beside the enum of status words"
        problems.add("x-statuses", "/components/schemas", "one schema has x-statuses", "", fix)
        return
    name, schema = tables[0]
    where = f"/components/schemas/{name}/x-statuses"
    words = schema["x-statuses"]
    enum = schema.get("enum", [])
    for word in words:
        if word not in enum:
            fix = nearest(word, [each for each in enum if each not in words])
            problems.add("x-statuses", f"{where}/{word}", "is a word of the enum", word, fix)
    for word in enum:
        if word not in words:
            fix = f"say here what {word} is"
            problems.add("x-statuses", where, "speaks of each word of the enum", f"no {word}", fix)
    for word, says in words.items():
        if says.get("phase") not in PHASES:
            found = str(says.get("phase"))
            problems.add(
                "x-statuses", f"{where}/{word}", "has a phase", found, nearest(found, PHASES)
            )
    for phase in set(PHASES) - {says.get("phase") for says in words.values()}:
        problems.add("x-statuses", where, f"has a word for the phase {phase}", "none")


def _check_events(data: Any, problems: Problems) -> None:
    """A stream has one event for each thing to tell, and each says it by properties it has."""
    for where, value in walk(data):
        if not isinstance(value, dict) or value.get("contentMediaType") != EVENT_STREAM:
            continue
        missing = set(EVENTS)
        items = value.get("contentSchema", {}).get("items", {}).get("oneOf", ())
        for index, item in enumerate(items):
            schema = resolve(data, item["properties"]["data"])
            tells, roles = event_roles(schema)
            at_data = f"{where}/contentSchema/items/oneOf/{index}/properties/data"
            if tells not in missing:
                fix = nearest(tells, EVENTS)
                problems.add("x-event", at_data, "tells what no other event tells", tells, fix)
            missing.discard(tells)
            for role in EVENTS.get(tells, ()):
                if roles.get(role) not in schema.get("properties", {}):
                    found = str(roles.get(role))
                    fix = nearest(found, schema.get("properties", {}))
                    problems.add("x-event", at_data, f"has a property for its {role}", found, fix)
        for tells in sorted(missing):
            problems.add("x-event", where, f"a stream has an event that tells {tells}", "none")
