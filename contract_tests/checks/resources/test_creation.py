"""Checks that a created resource exists, with the values of the request."""

from __future__ import annotations

import pytest

from mock_server.contract.document.operation import Operation
from mock_server.contract.exchange import Exchange
from mock_server.contract.violations import show

from ...judging.protocol import excerpt
from ...resources.comparing import first_difference, given_by_requests, includes, settled
from ...resources.findings import one, report
from ...resources.world import Made, World, location_key
from ...target.roles import Resource, is_success
from ...target.type_operations import parent_values


def created(world: World, operation: Operation, rich: bool = False) -> Made:
    """Return a new resource, and skip the check if the target accepts no request."""
    name = operation.action.finds if operation.action else ""
    made = world.create(name, by=operation, rich=rich)
    if made is None:
        pytest.skip("no resource could be created")
    return made


def test_a_created_resource_is_read_as_it_was_requested(
    world: World, creating_operation: Operation
) -> None:
    """A read shows what the response to the creation shows, and what the request contained."""
    for rich in (False, True):
        made = created(world, creating_operation, rich)
        found = read_created(world, made)
        if found is None:
            return
        value, exchange = found
        names = settled(made.type, made.value) & made.value.keys()
        difference = first_difference(made.type, names, made.value, value)
        if difference is not None:
            message = f"{one(made.type)} that was created must be read as the response shows it"
            text = f"{difference[0]} is {difference[1]}"
            report_created(world, made, message, text, exchange)
            return
        check_values(world, made, value, exchange)


def read_created(world: World, made: Made) -> tuple[Resource, Exchange] | None:
    """Return a new resource as a read shows it; report it if no read finds it."""
    name = made.type.name
    if world.operations[name].reader is None:
        pytest.skip("no operation reads the resource")
    if world.settled(lambda: world.read(made.chain, name) is not None):
        return world.read(made.chain, name)
    exchange = world.fetch(made.chain, name)
    if exchange is not None and not is_success(exchange.response.status):
        message = f"{one(made.type)} that was created must be found by its {made.type.key}"
        report_created(world, made, message, excerpt(exchange), exchange)
    return None


def report_created(world: World, made: Made, message: str, found: str, exchange: Exchange) -> None:
    steps, cause = (made.exchange, exchange), made.type.label
    report(world, made.operation, "created", message, found, *steps, cause=cause)


def check_values(world: World, made: Made, value: Resource, exchange: Exchange) -> None:
    """Report a value of the request that the new resource does not have."""
    action = made.operation.action
    given = given_by_requests(made.type, action) & made.body.keys()
    sent = {name: made.body[name] for name in sorted(given)}
    sent |= parent_values(world.run.spec, made.type.name, made.chain)
    for name, wanted in sent.items():
        shown = value.get(name)
        if not includes(made.type, name, shown, wanted):
            message = f"{one(made.type)} must have the values of the request that created it"
            text = f"{name} is {show(shown)} instead of {show(wanted)}"
            report_created(world, made, message, text, exchange)
            return


def test_the_location_of_a_created_resource_is_its_path(
    world: World, creating_operation: Operation
) -> None:
    """The header `Location` leads to the new resource (RFC 9110, section 10.2.2)."""
    made = created(world, creating_operation)
    location = location_key(world.run, world.operations[made.type.name], made.exchange)
    shown = {name: str(made.value.get(name)) for name in location or {}}
    if location is not None and location != shown:
        message = f"the header Location must lead to the new {made.type.label}"
        text = f"{made.exchange.response.header('location')} for {show(shown)}"
        report(world, made.operation, "location", message, text, made.exchange, cause="location")
