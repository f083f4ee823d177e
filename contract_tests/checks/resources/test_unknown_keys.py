"""Checks that a key or a parent that does not exist is refused, also by lists and by writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.resources.types import FIELD, ResourceType, key_text
from mock_server.contract.violations import show

from ...judging.protocol import excerpt, in_words
from ...resources.calls import Call, send, send_values
from ...resources.findings import article, report
from ...resources.world import World
from ...target.paths import parameter_names
from ...target.roles import Chain, is_success
from ...target.type_operations import child_chain, finds, parent_values, path_templates, values_of

MISSING_PARENT = (404, 422, 400)
FARTHEST = 10**6  # from the largest known key


def test_an_unknown_key_is_not_found(world: World, keyed_operation: Operation) -> None:
    """A path with the key of a resource that does not exist returns 404."""
    spec, parameter = world.run.spec, parameter_names(keyed_operation.path)[-1]
    template = path_templates(spec, keyed_operation).get(parameter, "")
    matched, chain = FIELD.fullmatch(template), example(world, keyed_operation)
    values = values_of(spec, keyed_operation, chain) if chain else None
    if matched is None or chain is None or values is None:
        pytest.skip("no resource is known")
    holder = holder_of(world, matched[1], matched[2])
    for key in unknown_keys(world, holder, keyed_operation, parameter, values[parameter]):
        body = valid_body(world, keyed_operation, chain)
        exchange = send_values(world.run, keyed_operation, {**values, parameter: key}, Call(body))
        if is_success(exchange.response.status):
            message = f"must return 404 for {article(holder.label)} that does not exist"
            found = f"{excerpt(exchange)} for {show(key)}"
            cause = f"{holder.label}: {kind_of(world, keyed_operation, holder)}"
            report(world, keyed_operation, "unknown-key", message, found, exchange, cause=cause)
            return


def kind_of(world: World, operation: Operation, holder: ResourceType) -> str:
    """Return what a request with an unknown key does: it reads, lists or changes."""
    if world.run.spec.types[finds(operation) or ""] is not holder:
        return f"{finds(operation)} {operation.does or 'list'}"
    return operation.does or "read"


def example(world: World, operation: Operation) -> Chain | None:
    """Return a resource that an operation finds, or the parents of a new one."""
    name = finds(operation) or ""
    if name not in world.operations:
        return None
    parents = world.parents_of(name)
    if operation.does == "create":
        return None if parents is None else child_chain(world.run.spec, name, parents)
    known = world.owned(name) or world.known(name)
    made = world.create(name) if not known else None
    chain = known[0] if known else made.chain if made else None
    return chain or (None if parents is None else child_chain(world.run.spec, name, parents))


def holder_of(world: World, name: str, property_name: str) -> ResourceType:
    """Return the type whose key a property contains: its own one, or that of its parent."""
    resource_type = world.run.spec.types[name]
    of_parent = property_name in resource_type.parent_keys and resource_type.parent
    return world.run.spec.types[resource_type.parent or ""] if of_parent else resource_type


def valid_body(world: World, operation: Operation, chain: Chain) -> Any:
    """Return a valid body of an operation; None if it has none."""
    name = finds(operation) or ""
    if operation.does == "create":
        above = {each: value for each, value in chain.items() if each != name}
        fixed = {**world.owned_values(name), **parent_values(world.run.spec, name, above)}
        bodies = world.bodies.new(operation, world.run.spec.types[name], fixed)
        return next(bodies, None) if operation.bodies else None
    return world.body_for(operation, chain)


def unknown_keys(
    world: World, holder: ResourceType, operation: Operation, parameter: str, known: Any
) -> Iterator[Any]:
    """Yield a valid key like a known one that no resource has."""
    schemas = {each.name: each.schema_pointer for each in operation.path_parameters}
    taken = {holder.key_of(chain[holder.name]) for chain in world.known(holder.name)}
    for key in variants(known, taken):
        violations = world.run.judge.schemas.violations(schemas[parameter], key)
        if key_text(key) not in taken and not violations:
            yield key
            return


def variants(known: Any, taken: set[str | None]) -> Iterator[Any]:
    """Yield keys that differ from a known one."""
    if isinstance(known, int):
        numbers = [int(each) for each in taken if each and each.isdecimal()]
        yield from (max([known, *numbers]) + FARTHEST, 2**31 - 2)
    text = key_text(known)
    swapped = text.translate(str.maketrans("abcdef0123456789", "bcdefa1234567890"))
    yield from (f"{text}zz", f"{text}99", swapped, swapped[::-1], f"x{text[1:]}")


def test_a_parent_that_does_not_exist_is_refused(
    world: World, creating_operation: Operation
) -> None:
    """A new resource cannot belong to a parent that does not exist."""
    spec, name = world.run.spec, finds(creating_operation) or ""
    resource_type, parents = spec.types[name], world.parents_of(name)
    written = world.bodies.declared(creating_operation, resource_type)
    statuses = frozenset(each for each in MISSING_PARENT if each in creating_operation.responses)
    names = [each for each in resource_type.parent_keys if each in written]
    if not parents or not names or not statuses or not resource_type.parent:
        pytest.skip("a body names no parent")
    holder = spec.types[resource_type.parent]
    known = parents[holder.name].get(holder.key)
    taken = {holder.key_of(chain[holder.name]) for chain in world.known(holder.name)}
    for key in [each for each in variants(known, taken) if key_text(each) not in taken][:1]:
        fixed = {**parent_values(spec, name, parents), names[0]: key}
        for body in [*world.bodies.new(creating_operation, resource_type, fixed)][:1]:
            chain = {**child_chain(spec, name, parents), name: fixed}
            exchange = send(world.run, creating_operation, chain, Call(body))
            if exchange is not None and is_success(exchange.response.status):
                label, other = resource_type.label, article(holder.label)
                message = f"must refuse {article(label)} of {other} that does not exist"
                message += f" with {in_words(statuses)}"
                found = f"{excerpt(exchange)} for {show(key)}"
                steps = (exchange,)
                report(world, creating_operation, "parent", message, found, *steps, cause=label)
