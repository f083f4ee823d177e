"""Compare the operations of two documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mock_server.contract.document.operation import (
    PARAMETER,
    Content,
    DocumentedResponse,
    Operation,
    Parameter,
    SecurityScheme,
)
from mock_server.contract.document.references import at
from mock_server.contract.document.spec import Spec
from mock_server.contract.violations import show

from . import changes
from .changes import REQUEST, RESPONSE, Change, Impact, of_operation
from .rules import rule_changes
from .schemas import SchemaComparison

Key = tuple[str, str]  # the method, and the path without the names of its parameters


def operation_changes(old: Spec, new: Spec) -> list[Change]:
    """Return the changes of all operations, with those of the schemas that they use.

    Changes of one schema that several operations use are one change.
    """
    comparison = SchemaComparison(old.data, new.data)
    merged: dict[tuple[object, ...], Change] = {}
    for change in _all(old, new, comparison):
        key = change.kind, change.pointer, change.in_old, change.message
        known = merged.get(key)
        if known is None:
            merged[key] = change
            continue
        for operation in change.operations:
            for direction in change.directions or (REQUEST,):
                merged[key] = merged[key].used(operation, direction)
    return list(merged.values())


def _all(old: Spec, new: Spec, comparison: SchemaComparison) -> Iterator[Change]:
    before, after = ({_key(o): o for o in spec.operations.values()} for spec in (old, new))
    for key, operation in before.items():
        if key not in after:
            name = f"{operation.method} {operation.path}"
            impact = changes.SOME_CLIENTS if operation.optional else changes.CLIENTS
            where = operation.pointer
            yield of_operation(
                "operation-removed", operation.id, f"{name} was removed", where, impact, True
            )
    for key, operation in after.items():
        if key not in before:
            name = f"{operation.method} {operation.path}"
            impact = changes.NOTHING if operation.optional else changes.SERVERS
            yield of_operation(
                "operation-added", operation.id, f"{name} was added", operation.pointer, impact
            )
        else:
            yield from _of_pair(before[key], operation, comparison)


def _key(operation: Operation) -> Key:
    return operation.method, PARAMETER.sub("{}", operation.path)


def _of_pair(old: Operation, new: Operation, comparison: SchemaComparison) -> Iterator[Change]:
    if old.id != new.id:
        message = f"the operationId {old.id} became {new.id}: generated code has another name"
        yield of_operation(
            "operation-id-changed", new.id, message, new.pointer, changes.SOME_CLIENTS
        )
    if old.optional != new.optional:
        impact = changes.CLIENTS if new.optional else changes.SERVERS
        message = f"a server may {'lack' if new.optional else 'no longer lack'} the operation"
        yield of_operation("optional-changed", new.id, message, new.pointer, impact)
    yield from _of_security(old, new)
    yield from _of_behaviour(old, new)
    pair = old.pointer, new.pointer
    for change in rule_changes(pair, new.id, *_raw(comparison, old, new)):
        yield change.used(new.id, RESPONSE)
    yield from _of_parameters(old, new, comparison)
    yield from _of_body(old, new, comparison)
    yield from _of_responses(old, new, comparison)


def _raw(comparison: SchemaComparison, old: Operation, new: Operation) -> tuple[Any, Any]:
    return at(comparison.old, old.pointer), at(comparison.new, new.pointer)


def _of_security(old: Operation, new: Operation) -> Iterator[Change]:
    before, after = ({_scheme_names(one) for one in each.security} for each in (old, new))
    if old.needs_token != new.needs_token:
        impact = changes.CLIENTS if new.needs_token else changes.SERVERS
        message = f"a request {'now needs' if new.needs_token else 'no longer needs'} credentials"
        yield of_operation("credentials-changed", new.id, message, new.pointer, impact)
        return
    for one in sorted(before - after):
        message = f"the credentials {' and '.join(one) or 'none'} are no longer accepted"
        yield of_operation("credentials-removed", new.id, message, new.pointer, changes.CLIENTS)
    for one in sorted(after - before):
        message = f"the credentials {' and '.join(one) or 'none'} are accepted too"
        yield of_operation("credentials-added", new.id, message, new.pointer, changes.SERVERS)


def _scheme_names(one: tuple[SecurityScheme, ...]) -> tuple[str, ...]:
    return tuple(f"{each.kind} in {each.location} {each.parameter}" for each in one)


def _of_behaviour(old: Operation, new: Operation) -> Iterator[Change]:
    """Yield the changes of what an operation does: ``x-action``, ``x-lookup`` and ``x-page``."""
    before, after = old.action, new.action
    if before and after and before != after:
        impact = changes.SERVERS
        message = f"x-action: {before.do} became {after.do}"
        if before.do == after.do:
            message = "x-action: what it changes was changed"
        if before.who != after.who:
            impact = changes.BOTH if after.who else changes.SERVERS
            message = f"x-action: who may do it: {_who(before.who)} became {_who(after.who)}"
        yield of_operation("action-changed", new.id, message, f"{new.pointer}/x-action", impact)
    elif bool(before) != bool(after):
        message = f"x-action was {'added' if after else 'removed'}"
        yield of_operation("action-changed", new.id, message, new.pointer, changes.SERVERS)
    if old.lookup and new.lookup:
        ways = [[tuple(sorted(way.by)) for way in each.ways] for each in (old.lookup, new.lookup)]
        for way in (way for way in ways[0] if way not in ways[1]):
            message = f"the lookup by {' and '.join(way)} was removed"
            yield of_operation("lookup-removed", new.id, message, new.pointer, changes.CLIENTS)
        for way in (way for way in ways[1] if way not in ways[0]):
            message = f"the lookup by {' and '.join(way)} was added"
            yield of_operation("lookup-added", new.id, message, new.pointer, changes.SERVERS)
    if old.page and new.page and old.page != new.page:
        impact = changes.BOTH if old.page.style != new.page.style else changes.UNCLEAR
        message = "x-page: how the list is divided was changed"
        yield of_operation("page-changed", new.id, message, f"{new.pointer}/x-page", impact)


def _who(who: object) -> str:
    return str(who) if who else "anybody"


def _of_parameters(
    old: Operation, new: Operation, comparison: SchemaComparison
) -> Iterator[Change]:
    for location, list_of in PARAMETERS.items():
        before, after = ({_name(p, location): p for p in list_of(each)} for each in (old, new))
        if location == "path":  # their names do not matter: a request contains only the values
            before, after = (
                {str(index): each for index, each in enumerate(named.values())}
                for named in (before, after)
            )
        for name, parameter in before.items():
            if name not in after:
                message = f"the {location} parameter {parameter.name} was removed"
                impact = changes.SOME_CLIENTS
                yield of_operation("parameter-removed", new.id, message, new.pointer, impact)
        for name, parameter in after.items():
            yield from _of_parameter(before.get(name), parameter, location, new, comparison)


PARAMETERS: Mapping[str, Callable[[Operation], tuple[Parameter, ...]]] = {
    "query": lambda operation: operation.parameters,
    "path": lambda operation: operation.path_parameters,
    "header": lambda operation: operation.header_parameters,
    "cookie": lambda operation: operation.cookie_parameters,
}


def _name(parameter: Parameter, location: str) -> str:
    return parameter.name.lower() if location == "header" else parameter.name


def _of_parameter(
    old: Parameter | None,
    new: Parameter,
    location: str,
    operation: Operation,
    comparison: SchemaComparison,
) -> Iterator[Change]:
    where, named = operation.pointer, f"the {location} parameter {new.name}"
    if old is None:
        impact = changes.CLIENTS if new.required else changes.NOTHING
        kind = "required-parameter-added" if new.required else "parameter-added"
        must = "required" if new.required else "optional"
        yield of_operation(kind, operation.id, f"{named} was added, {must}", where, impact)
        return
    if old.required != new.required:
        impact = changes.CLIENTS if new.required else changes.SOME_SERVERS
        message = f"{named} is {'now' if new.required else 'no longer'} required"
        yield of_operation("parameter-required-changed", operation.id, message, where, impact)
    if (old.style, old.explode) != (new.style, new.explode):
        message = f"{named} is written in another style"
        yield of_operation("parameter-style-changed", operation.id, message, where, changes.BOTH)
    for change in comparison.changes(old.schema_pointer, new.schema_pointer):
        yield change.used(operation.id, REQUEST)


def _of_body(old: Operation, new: Operation, comparison: SchemaComparison) -> Iterator[Change]:
    where = new.pointer
    if new.bodies and not old.bodies:
        impact = changes.CLIENTS if new.body_required else changes.NOTHING
        yield of_operation("body-added", new.id, "a request body was added", where, impact)
        return
    if old.bodies and not new.bodies:
        message = "the request body was removed"
        yield of_operation("body-removed", new.id, message, where, changes.SOME_CLIENTS)
        return
    if old.body_required != new.body_required and new.bodies:
        impact = changes.CLIENTS if new.body_required else changes.SOME_SERVERS
        message = f"the request body is {'now' if new.body_required else 'no longer'} required"
        yield of_operation("body-required-changed", new.id, message, where, impact)
    yield from _of_contents(old.bodies, new.bodies, new, REQUEST, comparison)


# What it does that a media type is gone, and that one has come, by direction
MEDIA_TYPES: Mapping[str, tuple[Impact, Impact]] = {
    REQUEST: (changes.CLIENTS, changes.SERVERS),
    RESPONSE: (changes.CLIENTS, changes.SOME_CLIENTS),
}


def _of_contents(
    old: tuple[Content, ...],
    new: tuple[Content, ...],
    operation: Operation,
    direction: str,
    comparison: SchemaComparison,
    what: str = "",
) -> Iterator[Change]:
    before, after = ({each.media_type: each for each in contents} for contents in (old, new))
    gone, come = MEDIA_TYPES[direction]
    noun = what or "the request"
    for name in (name for name in before if name not in after):
        message = f"{noun} can no longer be {name}"
        yield of_operation("media-type-removed", operation.id, message, operation.pointer, gone)
    for name in (name for name in after if name not in before):
        message = f"{noun} can also be {name}"
        yield of_operation("media-type-added", operation.id, message, operation.pointer, come)
    for name in (name for name in before if name in after):
        schemas = before[name].schema, after[name].schema
        if schemas[0] and schemas[1]:
            for change in comparison.changes(schemas[0], schemas[1]):
                yield change.used(operation.id, direction)


def _of_responses(old: Operation, new: Operation, comparison: SchemaComparison) -> Iterator[Change]:
    before, after = _responses(old), _responses(new)
    for name, response in before.items():
        if name not in after:
            success = 200 <= response.status < 300
            impact = Impact(changes.BREAKS if success else changes.SAFE, changes.BREAKS)
            message = f"the response {name} was removed"
            yield of_operation("response-removed", new.id, message, response.pointer, impact, True)
    for name, response in after.items():
        if name not in before:
            success = 200 <= response.status < 300
            impact = changes.CLIENTS if success else changes.SOME_CLIENTS
            message = f"the response {name} was added"
            yield of_operation("response-added", new.id, message, response.pointer, impact)
            continue
        earlier = before[name]
        yield from _of_headers(earlier, response, new)
        what = f"the response {name}"
        yield from _of_contents(
            earlier.contents, response.contents, new, RESPONSE, comparison, what
        )


def _responses(operation: Operation) -> dict[str, DocumentedResponse]:
    return {**{str(s): each for s, each in operation.responses.items()}, **operation.ranges}


def _of_headers(
    old: DocumentedResponse, new: DocumentedResponse, operation: Operation
) -> Iterator[Change]:
    before, after = ({name.lower(): h for name, h in each.headers.items()} for each in (old, new))
    for name in before.keys() | after.keys():
        must = [bool(each.get(name, {}).get("required")) for each in (before, after)]
        if must[0] == must[1] and (name in before) == (name in after):
            continue
        impact = changes.SERVERS if must[1] else changes.CLIENTS if must[0] else changes.NOTHING
        if name not in after and not must[0]:
            impact = changes.SOME_CLIENTS
        state = "required" if must[1] else "optional" if name in after else "gone"
        message = f"the header {show(name)} of the response {new.status} is now {state}"
        yield of_operation("header-changed", operation.id, message, new.pointer, impact)
