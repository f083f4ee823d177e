"""Checks that extensions name only existing properties, roles, types and error codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..source.problems import Problems
from ..source.yaml_documents import Document, walk
from ..violations import nearest, pointer
from .references import combined, resolve
from .resources.agreement import check_resources
from .resources.loading import declared_properties
from .resources.types import FIELD, ROLES
from .spec import EVENTS, METHODS, event_roles

EVENT_STREAM = "text/event-stream"
NAME = "name"  # the role of an event that names the process
Types = Mapping[str, Mapping[str, Any]]  # type of resource → its declared properties


def check_extensions(document: Document, problems: Problems) -> None:
    """Add the violations of the extensions that this project reads."""
    data = document.data
    listed = data.get("components", {}).get("schemas", {})
    schemas = {name: schema for name, schema in listed.items() if isinstance(schema, dict)}
    check_resources(data, schemas, problems)
    _check_events(data, problems)
    types = {
        name: declared_properties(data, schema)[0]
        for name, schema in schemas.items()
        if "x-resource" in schema
    }
    for path, item in data.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                where = pointer(("paths", path, method))
                _check_operation(data, item[method], where, types, problems)
                _check_action(item[method], where, types, problems)
                _check_page(data, item, item[method], where, problems)


def _check_operation(
    data: Any, operation: Any, where: str, types: Types, problems: Problems
) -> None:
    for index, listed in enumerate(operation.get("parameters", ())):
        role = resolve(data, listed).get("x-omits")
        if role is not None and role not in ROLES:
            at = f"{where}/parameters/{index}/x-omits"
            problems.add(
                "x-omits", at, "must name a role of x-timeline", role, nearest(role, ROLES)
            )
    lookup = operation.get("x-lookup", {})
    finds = lookup.get("finds")
    if finds is None:
        return
    if finds not in types:
        message, fix = "must name a schema with x-resource", nearest(str(finds), types)
        problems.add("x-lookup", where + "/x-lookup/finds", message, finds, fix)
        return
    declared = types[finds]
    for index, name in enumerate(lookup.get("filters", ())):
        if name not in declared:
            at, fix = f"{where}/x-lookup/filters/{index}", nearest(name, declared)
            problems.add("x-lookup", at, f"must name a property of {finds}", name, fix)
    for index, way in enumerate(lookup.get("ways", ())):
        at = f"{where}/x-lookup/ways/{index}"
        for name in way.get("where", {}):
            if name not in declared:
                fix = nearest(name, declared)
                problems.add("x-lookup", at, f"must name a property of {finds}", name, fix)
        for key, template in way["by"].items():
            for owner, name in FIELD.findall(template):
                properties = types.get(owner, {})
                if name not in properties:
                    found = f"{{{owner}.{name}}}"
                    fix = nearest(name, properties) if properties else nearest(owner, types)
                    at_key = f"{at}/by{pointer((key,))}"
                    problems.add("x-lookup", at_key, "must name a declared property", found, fix)


def _check_action(operation: Any, where: str, types: Types, problems: Problems) -> None:
    action = operation.get("x-action")
    if not isinstance(action, dict):
        return
    where += "/x-action"
    name = action.get("resource")
    if name is not None and name not in types:
        message = "must name a schema with x-resource"
        problems.add("x-action", f"{where}/resource", message, name, nearest(name, types))
        return
    known = [types[name]] if name else list(types.values())
    properties = {each for declared in known for each in declared}
    for each in action.get("set", {}):
        if each not in properties:
            fix = nearest(each, properties)
            at = f"{where}/set{pointer((each,))}"
            problems.add("x-action", at, "must name a property of the resource", each, fix)


def _check_page(data: Any, item: Any, operation: Any, where: str, problems: Problems) -> None:
    page = operation.get("x-page")
    if page is None:
        return
    listed = [*item.get("parameters", ()), *operation.get("parameters", ())]
    resolved = [resolve(data, each) for each in listed]
    names = [str(each.get("name")) for each in resolved if each.get("in") == "query"]
    for member in ("position", "limit", "sort"):
        if member in page and page[member] not in names:
            at, fix = f"{where}/x-page/{member}", nearest(page[member], names)
            problems.add("x-page", at, "must name a query parameter", page[member], fix)


def _check_events(data: Any, problems: Problems) -> None:
    """Check that a stream has events of each kind once, with a property for each role.

    The mock sends only the events that x-event describes, so that a stream can have others.
    """
    for where, value in walk(data):
        if not isinstance(value, dict) or value.get("contentMediaType") != EVENT_STREAM:
            continue
        missing = set(EVENTS)
        items = value.get("contentSchema", {}).get("items", {}).get("oneOf", ())
        for index, item in enumerate(items):
            declared = item.get("properties", {}) if isinstance(item, dict) else {}
            schema = combined(data, declared.get("data"))
            if schema.keys().isdisjoint(("x-event", "x-timeline")):
                continue
            if "const" not in declared.get("event", {}):
                at_item = f"{where}/contentSchema/items/oneOf/{index}"
                message = "an event must have the properties event, with a const, and data"
                problems.add("x-event", at_item, message, ", ".join(declared))
                continue
            kind, roles = event_roles(schema)
            at_data = f"{where}/contentSchema/items/oneOf/{index}/properties/data"
            if kind not in missing:
                message = "must be one event of each kind: " + ", ".join(EVENTS)
                problems.add("x-event", at_data, message, kind, nearest(kind, EVENTS))
            missing.discard(kind)
            for role in _roles_of(data, kind, roles, items):
                if roles.get(role) not in schema.get("properties", {}):
                    found = str(roles.get(role))
                    fix = nearest(found, schema.get("properties", {}))
                    message = f"must have a property for the role {role}"
                    problems.add("x-event", at_data, message, found, fix)
        if "resource" in missing and len(missing) < len(EVENTS):
            message = "a stream must have an event whose data is a schema with x-resource"
            problems.add("x-event", where, message, "none")


def _roles_of(data: Any, kind: str, named: Mapping[str, str], items: Any) -> tuple[str, ...]:
    """Return the roles for which an event must have a property.

    A log event needs no name of a process if the resource of the stream has none.
    """
    schemas = (
        resolve(data, each.get("properties", {}).get("data", {}))
        for each in items
        if isinstance(each, dict)
    )
    processes = any("processes" in each.get("x-timeline", {}) for each in schemas)
    roles = EVENTS.get(kind, ())
    return tuple(each for each in roles if each != NAME or processes or each in named)
