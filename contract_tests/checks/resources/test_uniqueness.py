"""Checks that no two resources get the same key, or the same values where these are unique."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.resources.types import ResourceType
from mock_server.contract.exchange import Exchange
from mock_server.contract.violations import show

from ...resources.bodies import resource_in
from ...resources.calls import Call, send
from ...resources.findings import check_unchanged, report
from ...resources.world import Made, World
from ...target.roles import Chain, is_success
from ...target.type_operations import child_chain, parent_values
from .test_creation import created

CONFLICT = (409, 422, 400)  # the first one that is documented is right
ATTEMPTS = 3  # bodies; one can be refused for another reason


def unique_groups(
    world: World, operation: Operation, resource_type: ResourceType
) -> Iterator[tuple[str, ...]]:
    """Yield the groups of properties whose values are unique and that a request can set."""
    written = world.bodies.declared(operation, resource_type)
    given = {*written, *resource_type.parent_keys}
    for group in (resource_type.keys, *resource_type.unique):
        if set(group) <= given and set(group) & written.keys():
            yield group


def test_unique_values_belong_to_one_resource(world: World, unique_operation: Operation) -> None:
    """A second resource with the values of another one is refused with the documented status."""
    made = created(world, unique_operation)
    chain = world.refreshed(made.chain, made.type.name) or made.chain
    for group in unique_groups(world, unique_operation, made.type):
        values = {name: chain[made.type.name].get(name) for name in group}
        if None in values.values():
            continue
        attempts = create_second(world, unique_operation, made, values)
        statuses = [each.response.status for each in attempts]
        best = next((each for each in CONFLICT if each in unique_operation.responses), None)
        if any(map(is_success, statuses)) or (best and statuses and best not in statuses):
            report_second(world, unique_operation, made, values, attempts[-1])
        elif attempts:
            cause = f"{made.type.label}: create"
            check_unchanged(world, unique_operation, made.type.name, chain, attempts[-1], cause)
            check_update(world, made, chain, values)


def create_second(
    world: World, operation: Operation, made: Made, values: dict[str, Any]
) -> list[Exchange]:
    """Create another resource with these values, until that succeeds; return the exchanges."""
    spec, name, exchanges = world.run.spec, made.type.name, list[Exchange]()
    fixed = {**world.owned_values(name), **parent_values(spec, name, made.chain), **values}
    above = {each: value for each, value in made.chain.items() if each != name}
    for number, body in enumerate(world.bodies.new(operation, made.type, fixed)):
        if number == ATTEMPTS:
            break
        exchange = send(world.run, operation, child_chain(spec, name, above), Call(body))
        exchanges += [exchange] if exchange else []
        if exchange is None or is_success(exchange.response.status):
            break
    return exchanges


def report_second(
    world: World, operation: Operation, made: Made, values: dict[str, Any], second: Exchange
) -> None:
    best = next((each for each in CONFLICT if each in operation.responses), None)
    words = f" with {best}" if best else ""
    message = f"must refuse a second {made.type.label} with the same {' and '.join(values)}{words}"
    found = f"{second.response.status} for {show(values)}"
    cause = f"{made.type.label}: {' and '.join(values)}"
    report(world, operation, "unique", message, found, made.exchange, second, cause=cause)


def check_update(world: World, made: Made, chain: Chain, values: dict[str, Any]) -> None:
    """Report an update that gives a resource the values of another one."""
    name, operation = made.type.name, world.operations[made.type.name].first("update")
    writable = world.bodies.declared(operation, made.type) if operation else {}
    patch = {each: value for each, value in values.items() if each in writable}
    above = {each: value for each, value in chain.items() if each != name}
    is_key = set(values) <= set(made.type.keys)  # a request cannot change a key
    other = world.create(name, parents=above) if operation and patch and not is_key else None
    current = world.refreshed(other.chain, name) if other else None
    if operation is None or current is None or current[name] == chain[name]:
        return
    body = next(iter(world.bodies.of(operation)), {})
    part = resource_in(made.type, body)
    part.clear()
    part |= patch
    exchange = send(world.run, operation, current, Call(body))
    if exchange is not None and is_success(exchange.response.status):
        report_second(world, operation, made, values, exchange)
    elif exchange is not None:
        check_unchanged(world, operation, name, current, exchange)
