"""Checks that actions, lookups and pages fit the resources and the operations they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...source.problems import Problems
from ...violations import nearest, pointer
from ..operation import Action, Lookup, Operation, Page
from ..references import resolve
from ..schemas import Schemas
from .loading import declared_properties
from .types import PHASES, ResourceType

Types = Mapping[str, ResourceType]
TIMED = ("restart", "transition")  # actions that change a timeline
NOW = "now"  # in `set`: the time of the session


def check_behaviour(
    data: Any,
    described: Iterable[Operation],
    inferred: Mapping[str, Operation],
    types: Types,
    problems: Problems,
) -> None:
    """Add the violations of actions, lookups and pages that their resources cannot have.

    data: the document. described: the operations as it describes them; inferred: the same with what
    follows from the paths, by operationId.
    """
    for operation in described:
        full = inferred[operation.id]
        _check_action(operation, full.action, types, problems)
        _check_values(data, operation, full.action, types, problems)
        if operation.lookup is not None:
            _check_ways(data, operation, operation.lookup, problems)
        if operation.page is not None:
            _check_page(data, operation, operation.page, full.lookup, types, problems)


def _check_action(
    operation: Operation, action: Action | None, types: Types, problems: Problems
) -> None:
    where = f"{operation.pointer}/x-action"
    if action is None:
        if operation.action is not None and operation.does != "none":
            message, fix = "must belong to a resource", "name its schema with resource:"
            problems.add("x-action", where, message, operation.path, fix)
        return
    resource_type = types[action.finds]
    if (action.do in TIMED or action.sources) and resource_type.timeline is None:
        message = f"{action.do} needs a resource whose status changes"
        fix = f"add x-timeline to {action.finds}"
        problems.add("x-action", where, message, action.finds, fix)
    _check_names(action, operation, resource_type, problems)
    if action.otherwise != Action.otherwise and operation.documented(action.otherwise) is None:
        statuses = [str(each) for each in operation.responses if each >= 400]
        fix = f"valid: {', '.join(statuses)}" if statuses else "document this response"
        message = "must be a documented status"
        problems.add("x-action", f"{where}/otherwise", message, str(action.otherwise), fix)


def _check_values(
    data: Any, operation: Operation, action: Action | None, types: Types, problems: Problems
) -> None:
    """Check the values that an action sets, with the schemas of their properties."""
    if action is None or not action.values:
        return
    resource_type, schemas = types[action.finds], Schemas(data)
    for name, value in action.values.items():
        at, declared = f"{operation.pointer}/x-action/set{pointer((name,))}", resource_type.pointers
        if name not in declared:
            message, fix = f"must name a property of {action.finds}", nearest(name, declared)
            problems.add("x-action", at, message, name, fix)
        elif value != NOW or name not in resource_type.timestamps:
            for each in schemas.violations(declared[name], value, at):
                problems.add("x-action", each.pointer, each.message, each.found, each.fix)


def _check_names(
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


def _check_ways(data: Any, operation: Operation, lookup: Lookup, problems: Problems) -> None:
    """Check that a request can have the parameters of each way."""
    names = list(_parameters(data, operation))
    for index, way in enumerate(lookup.ways):
        at = f"{operation.pointer}/x-lookup/ways/{index}"
        for member, each in (("by", way.by), ("where", way.where)):
            for name in each.keys() - set(names):
                message = "must name a parameter, or a property of the request body"
                found_at, fix = f"{at}/{member}{pointer((name,))}", nearest(name, names)
                problems.add("x-lookup", found_at, message, name, fix)


def _parameters(data: Any, operation: Operation) -> Iterator[str]:
    """Yield the names of the parameters of a request, and of the properties of its body."""
    yield from (each.name for each in (*operation.parameters, *operation.path_parameters))
    for body in operation.bodies:
        yield from declared_properties(data, {"$ref": f"#{body.schema}"} if body.schema else {})[0]


def _check_page(
    data: Any,
    operation: Operation,
    page: Page,
    lookup: Lookup | None,
    types: Types,
    problems: Problems,
) -> None:
    where = f"{operation.pointer}/x-page"
    if lookup is None or not operation.success.returns_list:
        message = "must belong to an operation that lists resources"
        problems.add("x-page", where, message, operation.id)
        return
    declared = types[lookup.finds].properties
    for index, name in enumerate(page.order):
        plain = name.removeprefix("-")
        if plain not in declared:
            at = where + (f"/order/{index}" if len(page.order) > 1 else "/order")
            message, fix = f"must name a property of {lookup.finds}", nearest(plain, declared)
            problems.add("x-page", at, message, name, fix)
    if page.default > page.maximum:
        message, found = f"must be at most the maximum, {page.maximum}", str(page.default)
        problems.add("x-page", f"{where}/default", message, found, "write a smaller number")
    for member, path in page.fields.items():
        valid = _undeclared_at(data, operation.success.schema, path)
        if valid is not None:
            message, fix = "must lead to a property of the response", nearest(path[-1], valid)
            problems.add("x-page", f"{where}/body/{member}", message, pointer(path), fix)
    documented = [name.lower() for name in operation.success.headers]
    for member, name in page.headers.items():
        if name.lower() not in documented:
            at, fix = f"{where}/headers/{member}", nearest(name, documented)
            problems.add("x-page", at, "must name a header of the response", name, fix)


def _undeclared_at(data: Any, schema: str | None, path: tuple[str, ...]) -> list[str] | None:
    """Return the declared properties where a path leads to none of them; None if it leads to one.

    A schema without properties declares all of them.
    """
    current: Any = {"$ref": f"#{schema}"} if schema else {}
    for name in path:
        declared = declared_properties(data, resolve(data, current))[0]
        if not declared:
            return None
        if name not in declared:
            return list(declared)
        current = declared[name]
    return None
