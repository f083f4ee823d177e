"""Report what a check of resources has found, and check that a refusal changes nothing."""

from __future__ import annotations

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.resources.types import ResourceType
from mock_server.contract.exchange import Exchange
from mock_server.contract.violations import Violation

from ..target.roles import Chain, is_success
from .comparing import first_difference, settled
from .world import World


def article(label: str) -> str:
    """Return the words for one resource of a type: ``an order``."""
    return f"{'an' if label[:1] in 'aeiou' else 'a'} {label}"


def one(resource_type: ResourceType) -> str:
    """Return the words for one resource of a type."""
    return article(resource_type.label)


def report(
    world: World,
    operation: Operation,
    rule: str,
    message: str,
    found: str,
    *steps: Exchange,
    cause: str,
) -> None:
    """Report a violation. steps: the last one has the wrong response. cause: see `Defect`."""
    violation = Violation(rule, message, found=found)
    world.run.recorder.report(operation, violation, *steps, cause=cause)


def check_unchanged(
    world: World,
    operation: Operation,
    name: str,
    chain: Chain,
    exchange: Exchange,
    cause: str = "",
) -> bool:
    """Report a resource that has changed although the request was refused; return whether it is
    unchanged.

    chain: the resource as it was before, and its parents.
    """
    resource_type, after = world.run.spec.types[name], world.read(chain, name)
    if after is None or is_success(exchange.response.status):
        return True
    before = chain[name]
    names = settled(resource_type, before)
    difference = first_difference(resource_type, names, before, after[0])
    if difference is None:
        return True
    message = f"{one(resource_type)} must not change when a request is refused"
    found = f"{exchange.response.status}, but {difference[0]} is {difference[1]}"
    label = cause or f"{resource_type.label}: {operation.does}"
    report(world, operation, "refused", message, found, exchange, after[1], cause=label)
    return False
