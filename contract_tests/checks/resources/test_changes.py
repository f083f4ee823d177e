"""Checks that an update and a replacement change what the request says, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.resources.types import ResourceType
from mock_server.contract.exchange import Exchange
from mock_server.contract.merge_patch import merged
from mock_server.contract.violations import show

from ...resources.bodies import Body, resource_in
from ...resources.calls import Call, resource_of, send
from ...resources.comparing import given_by_requests, includes, same, set_by_creation_alone
from ...resources.findings import one, report
from ...resources.statuses import ready_for
from ...resources.world import World
from ...target.roles import Resource, is_success

CHANGES = 6  # of each operation


def test_an_update_changes_what_it_names(world: World, updating_operation: Operation) -> None:
    """A JSON merge patch (RFC 7396) changes its members and nothing else, also for later reads."""
    check_changes(world, updating_operation, patches(world, updating_operation), after_patch)


def test_a_replacement_leaves_nothing(world: World, replacing_operation: Operation) -> None:
    """A replaced resource has the values of the request, and no earlier value beside them."""
    bodies = sorted(world.bodies.of(replacing_operation), key=len, reverse=True)
    fullest, sparsest = bodies[:1], bodies[1:][::-1]
    check_changes(world, replacing_operation, [*fullest, *sparsest], after_replacement)


def patches(world: World, operation: Operation) -> Iterator[Body]:
    """Yield the bodies of an update: those with one member, then the others."""
    bodies = world.bodies.of(operation)
    name = operation.action.finds if operation.action else ""
    resource_type = world.run.spec.types[name]
    singles = {
        member: {member: value}
        for body in bodies
        if resource_in(resource_type, body) is body
        for member, value in body.items()
        if value is not None
    }
    yield from bodies[:2]
    yield from singles.values()
    yield from bodies[2:]


def check_changes(
    world: World,
    operation: Operation,
    bodies: list[Body] | Iterator[Body],
    expected_after: Any,
) -> None:
    """Send changes to one resource, each after a read, and compare the next read."""
    name = operation.action.finds if operation.action else ""
    resource_type = world.run.spec.types[name]
    chain = ready_for(world, operation, rich=True)
    if chain is None or world.operations[name].reader is None:
        pytest.skip("no resource can be changed and read")
    creations = world.operations[name].actions.get("create", ())
    unchanged = set_by_creation_alone(resource_type, creations, operation.action)
    changed = 0
    for body in bodies:
        if changed == CHANGES:
            break
        value = resource_in(resource_type, world.with_keys(operation, chain, body))
        exchange = send(world.run, operation, chain, Call(body))
        if exchange is None or not is_success(exchange.response.status):
            continue
        current = world.refreshed(chain, name)
        read = world.run.client.session.last
        if current is None:
            return
        before = chain[name]
        expected = {each: before.get(each) for each in unchanged}
        expected |= expected_after(resource_type, operation, before, value)
        shown = resource_of(operation, exchange)
        if shown is not None and report_difference(
            world, operation, resource_type, expected, shown, (exchange,)
        ):
            return
        if report_difference(
            world, operation, resource_type, expected, current[name], (exchange, read)
        ):
            return
        chain, changed = current, changed + 1
    if not changed:
        pytest.skip("no change was accepted")


def after_patch(
    resource_type: ResourceType, operation: Operation, before: Resource, patch: Body
) -> dict[str, Any]:
    """Return the values that a resource must have after a merge patch."""
    given = given_by_requests(resource_type, operation.action)
    return {
        name: merged(before.get(name), patch[name]) if name in patch else before.get(name)
        for name in given
    }


def after_replacement(
    resource_type: ResourceType, operation: Operation, before: Resource, body: Body
) -> dict[str, Any]:
    """Return the values that a resource must have after a replacement.

    What the body lacks is absent, null or its default; a required property may keep its value.
    """
    given = given_by_requests(resource_type, operation.action)
    kept = resource_type.required - body.keys()
    defaults = {name: schema.get("default") for name, schema in resource_type.properties.items()}
    return {
        name: body.get(name, defaults.get(name))
        for name in given - kept
        if name in body or name in before
    }


def report_difference(
    world: World,
    operation: Operation,
    resource_type: ResourceType,
    expected: Mapping[str, Any],
    shown: Resource,
    steps: tuple[Exchange, ...],
) -> bool:
    """Report the first property that has another value than expected; return if there is one."""
    for name, wanted in expected.items():
        value = shown.get(name)
        equal = same(resource_type, name, value, wanted)
        if equal or (wanted is not None and includes(resource_type, name, value, wanted)):
            continue
        rule = "updated" if operation.does == "update" else "replaced"
        words = "read as it was changed" if len(steps) > 1 else "shown as the request changes it"
        message = f"{one(resource_type)} must be {words}"
        found = f"{name} is {show(value)} instead of {show(wanted)}"
        report(world, operation, rule, message, found, *steps, cause=resource_type.label)
        return True
    return False
