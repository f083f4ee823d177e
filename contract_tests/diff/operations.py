"""Compare the operations of two documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mock_server.contract.document.operation import (
    PARAMETER,
    Operation,
    SecurityScheme,
)
from mock_server.contract.document.references import at
from mock_server.contract.document.spec import Spec

from . import changes
from .changes import REQUEST, RESPONSE, Change, of_operation
from .messages import body_changes, parameter_changes, response_changes
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
    yield from parameter_changes(old, new, comparison)
    yield from body_changes(old, new, comparison)
    yield from response_changes(old, new, comparison)


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
