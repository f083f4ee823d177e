"""Checks that a refused write changes nothing: neither a resource nor a list."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.references import combined
from mock_server.contract.exchange import Exchange
from mock_server.contract.violations import show

from ...resources.bodies import Body, resource_in
from ...resources.calls import Call, send
from ...resources.comparing import same
from ...resources.findings import check_unchanged, one, report
from ...resources.pages import Listing, read_list
from ...resources.statuses import ready_for
from ...resources.world import World
from ...target.roles import Chain, Resource, is_success
from ...target.type_operations import child_chain, finds

INVALID_VALUES: tuple[Any, ...] = ([[]], {"not": "valid"}, "", -1, True, None)
MOST = 4  # invalid bodies of an operation


def test_a_refused_write_changes_nothing(world: World, writing_operation: Operation) -> None:
    """A request with a valid change and an invalid one is refused, and changes nothing."""
    if writing_operation.does == "create":
        check_creation(world, writing_operation)
        return
    name = finds(writing_operation) or ""
    chain = ready_for(world, writing_operation)
    if chain is None:
        pytest.skip("no resource can be changed")
    for body in invalid_bodies(world, writing_operation):
        world.with_keys(writing_operation, chain, body)
        exchange = send(world.run, writing_operation, chain, Call(body))
        if exchange is None or is_success(exchange.response.status):
            return  # the recorder judges the status
        if not check_unchanged(world, writing_operation, name, chain, exchange):
            return


def invalid_bodies(world: World, operation: Operation) -> Iterator[Body]:
    """Yield bodies of which one property breaks the schema."""
    resource_type = world.run.spec.types[finds(operation) or ""]
    bodies = sorted(world.bodies.of(operation), key=len, reverse=True)
    count = 0
    for body in bodies[:2]:
        for name in reversed(resource_in(resource_type, body)):  # the valid ones come first
            invalid = invalid_body(world, operation, body, name)
            if invalid is not None and count < MOST:
                count += 1
                yield invalid


def invalid_body(world: World, operation: Operation, body: Body, name: str) -> Body | None:
    """Return a body with an invalid value of a property; None if every value is valid."""
    resource_type = world.run.spec.types[finds(operation) or ""]
    for value in INVALID_VALUES:
        changed = copy.deepcopy(body)
        resource_in(resource_type, changed)[name] = value
        if operation.body and world.run.judge.schemas.violations(operation.body, changed):
            return changed
    return None


def check_creation(world: World, operation: Operation) -> None:
    """Check that a refused creation adds nothing to the lists."""
    name = finds(operation) or ""
    parents = world.parents_of(name)
    if parents is None:
        pytest.skip("no parent is known")
    chain = child_chain(world.run.spec, name, parents)
    lists = [each for each in world.operations[name].lists if read_list(world.run, each, chain)]
    for body in invalid_bodies(world, operation):
        before = {each.id: read_list(world.run, each, chain) for each in lists}
        exchange = send(world.run, operation, chain, Call(body))
        if exchange is None or is_success(exchange.response.status):
            return
        for each in lists:
            listing = before[each.id]
            if listing and not check_list(world, operation, each, chain, listing, body, exchange):
                return


def check_list(
    world: World,
    operation: Operation,
    listing_operation: Operation,
    chain: Chain,
    before: Listing,
    body: Body,
    exchange: Exchange,
) -> bool:
    """Report a new resource with the values of a refused request; return whether there is none."""
    after = read_list(world.run, listing_operation, chain)
    if after is None or not before.ended:
        return True
    values = resource_in(after.type, body)
    for key in after.by_key.keys() - before.by_key.keys():
        if is_from(world, operation, after.by_key[key], values):
            message = f"must not create {one(after.type)} when the request is refused"
            found = f"{exchange.response.status}, but the list has the new {show(key)}"
            cause = f"{after.type.label}: create"
            report(world, operation, "refused", message, found, exchange, after.last, cause=cause)
            return False
    return True


def is_from(world: World, operation: Operation, resource: Resource, values: Body) -> bool:
    """Return whether a resource has most of the values of a request."""
    resource_type = world.run.spec.types[finds(operation) or ""]
    schema = combined(world.run.spec.data, {"$ref": f"#{operation.body}"})
    names = [each for each in values if each in schema.get("properties", {})]
    equal = [n for n in names if same(resource_type, n, resource.get(n), values[n])]
    return len(equal) >= max(1, len(names) - 1)
