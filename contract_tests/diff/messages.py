"""Compare the requests and the responses of an operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from mock_server.contract.document.operation import (
    Content,
    DocumentedResponse,
    Operation,
    Parameter,
)
from mock_server.contract.violations import show

from . import changes
from .changes import REQUEST, RESPONSE, Change, Impact, of_operation
from .schemas import SchemaComparison

PARAMETERS: Mapping[str, Callable[[Operation], tuple[Parameter, ...]]] = {
    "query": lambda operation: operation.parameters,
    "path": lambda operation: operation.path_parameters,
    "header": lambda operation: operation.header_parameters,
    "cookie": lambda operation: operation.cookie_parameters,
}


def parameter_changes(
    old: Operation, new: Operation, comparison: SchemaComparison
) -> Iterator[Change]:
    """Yield the changes of the parameters of an operation."""
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


def body_changes(old: Operation, new: Operation, comparison: SchemaComparison) -> Iterator[Change]:
    """Yield the changes of the request body of an operation."""
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


def response_changes(
    old: Operation, new: Operation, comparison: SchemaComparison
) -> Iterator[Change]:
    """Yield the changes of the responses of an operation."""
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
