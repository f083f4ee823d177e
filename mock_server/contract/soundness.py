"""Whether a spec can be worked with: its references, OpenAPI's own rules, this project's roles."""

from __future__ import annotations

from typing import Any

import jsonschema_rs

from .documents import Document, walk
from .extensions import misshapen
from .spec import EVENTS, METHODS, PHASES, REQUIRED_ROLES, ROLES, at, resolve, told_by
from .violations import ContractError, Violation, nearest, pointer

EVENT_STREAM = "text/event-stream"
META_SCHEMA = "https://json-schema.org/draft/2020-12/schema"  # a name; nothing is fetched


def check(document: Document) -> None:
    """Raises ContractError with every problem of a document as OpenAPI: its references, and when
    they are sound, OpenAPI's own rules."""
    problems = Problems(document)
    if not isinstance(document.data, dict):
        problems.add("openapi", "", "a spec is a mapping")
    for ask in (_references, _openapi, _operation_ids):
        problems.stop_if_any()
        ask(document, problems)
    problems.stop_if_any()


def check_contract(document: Document) -> None:
    """Raises ContractError with every problem of a document as the contract: as OpenAPI, and when
    that is sound, what this project reads beyond it."""
    check(document)
    problems = Problems(document)
    problems.found += misshapen(document)
    problems.stop_if_any()
    _extensions(document, problems)
    problems.stop_if_any()


class Problems:
    """Collects what is wrong with a spec; each problem knows its place in the file."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.found: list[Violation] = []

    def add(self, rule: str, at: str, message: str, found: str = "", cure: str = "") -> None:
        place = self.document.place(at)
        self.found.append(Violation(rule, message, at, found, cure, place))

    def stop_if_any(self) -> None:
        if self.found:
            raise ContractError(self.found)


def _references(document: Document, problems: Problems) -> None:
    """Every ``$ref`` stays in the file: nothing is fetched, no other file is read."""
    for where, value in walk(document.data):
        target = value.get("$ref") if isinstance(value, dict) else None
        if target is None or where.endswith("/properties"):
            continue
        if not isinstance(target, str) or not target.startswith("#/"):
            cure = "write what it means under components and point there with #/…"
            problems.add("ref", where + "/$ref", "a $ref stays in this file", str(target), cure)
            continue
        try:
            at(document.data, target.removeprefix("#"))
        except (LookupError, ValueError, TypeError):
            problems.add("ref", where + "/$ref", "a $ref points to something", target)
    if not problems.found:
        for where, value in walk(document.data):
            if isinstance(value, dict) and isinstance(value.get("$ref"), str):
                _circle(document.data, where, value["$ref"], problems)


def _circle(data: Any, where: str, target: str, problems: Problems) -> None:
    seen = {target}
    value = at(data, target.removeprefix("#"))
    while isinstance(value, dict) and isinstance(value.get("$ref"), str):
        if value["$ref"] in seen:
            problems.add(
                "ref", where + "/$ref", "a $ref ends somewhere", target, "break the circle"
            )
            return
        seen.add(value["$ref"])
        value = at(data, value["$ref"].removeprefix("#"))


def _openapi(document: Document, problems: Problems) -> None:
    from openapi_spec_validator import OpenAPIV31SpecValidator

    version = str(document.data.get("openapi", ""))
    if not version.startswith("3.1."):
        problems.add("openapi", "/openapi", "the spec is OpenAPI 3.1", version, "write 3.1.0")
        return
    _schemas(document, problems)
    problems.stop_if_any()
    for error in OpenAPIV31SpecValidator(document.data).iter_errors():
        where = pointer(list(getattr(error, "absolute_path", ())))
        problems.add("openapi", where, str(getattr(error, "message", error)))


def _schemas(document: Document, problems: Problems) -> None:
    """Every schema is one of JSON Schema 2020-12; OpenAPI's own validator would not say where."""
    meta = jsonschema_rs.Draft202012Validator({"$ref": META_SCHEMA}, offline=True)
    named = pointer(("components", "schemas"))
    for where, value in walk(document.data):
        above, _, last = where.rpartition("/")
        if above == named or (last == "schema" and not above.endswith("/properties")):
            for error in meta.iter_errors(value):
                place = where + pointer(error.instance_path)
                problems.add("openapi", place, error.message)


def _operation_ids(document: Document, problems: Problems) -> None:
    for path, item in document.data.get("paths", {}).items():
        for method in METHODS:
            if method in item and "operationId" not in item[method]:
                where = pointer(("paths", path, method))
                problems.add("operationId", where, "an operation has an operationId")


def _extensions(document: Document, problems: Problems) -> None:
    """What this project reads beyond OpenAPI is there, and points to what exists."""
    listed = document.data.get("components", {}).get("schemas", {})
    schemas = {name: schema for name, schema in listed.items() if isinstance(schema, dict)}
    releases = [name for name, schema in schemas.items() if "x-build" in schema]
    if len(releases) != 1:
        cure = "put x-build beside the schema of a release"
        problems.add(
            "x-build", "/components/schemas", "one schema has x-build", str(releases), cure
        )
        return
    _check_build(document.data, releases[0], problems)
    _check_statuses(schemas, problems)
    _check_events(document.data, problems)
    for name, schema in schemas.items():
        entity = schema.get("x-entity")
        for key in [entity["key"], *entity.get("parent", {}).values()] if entity else []:
            if key not in schema.get("properties", {}):
                where = f"/components/schemas/{name}/x-entity"
                cure = nearest(key, schema.get("properties", {}))
                problems.add("x-entity", where, "names a property of its schema", key, cure)
    for path, item in document.data.get("paths", {}).items():
        for method in METHODS:
            operation = item.get(method, {})
            where = pointer(("paths", path, method))
            finds = operation.get("x-lookup", {}).get("finds")
            if finds is not None and "x-entity" not in schemas.get(finds, {}):
                known = [name for name, schema in schemas.items() if "x-entity" in schema]
                cure = nearest(str(finds), known)
                problems.add("x-lookup", where + "/x-lookup/finds", "names an entity", finds, cure)


def _check_build(data: Any, name: str, problems: Problems) -> None:
    schema = data["components"]["schemas"][name]
    build, where = schema["x-build"], f"/components/schemas/{name}/x-build"
    declared = schema.get("properties", {})
    for role in ("status", "duration"):
        if build.get(role) not in declared:
            found = str(build.get(role))
            cure = nearest(found, declared)
            problems.add("x-build", f"{where}/{role}", "names a property", found, cure)
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
        cure = "put x-statuses beside the enum of status words"
        problems.add("x-statuses", "/components/schemas", "one schema has x-statuses", "", cure)
        return
    name, schema = tables[0]
    where = f"/components/schemas/{name}/x-statuses"
    words = schema["x-statuses"]
    for word in set(words) ^ set(schema.get("enum", [])):
        problems.add("x-statuses", where, "speaks of the words of the enum, and of all", word)
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
            tells, roles = told_by(schema)
            at_data = f"{where}/contentSchema/items/oneOf/{index}/properties/data"
            if tells not in missing:
                cure = nearest(tells, EVENTS)
                problems.add("x-event", at_data, "tells what no other event tells", tells, cure)
            missing.discard(tells)
            for role in EVENTS.get(tells, ()):
                if roles.get(role) not in schema.get("properties", {}):
                    found = str(roles.get(role))
                    cure = nearest(found, schema.get("properties", {}))
                    problems.add("x-event", at_data, f"has a property for its {role}", found, cure)
        for tells in sorted(missing):
            problems.add("x-event", where, f"a stream has an event that tells {tells}", "none")
