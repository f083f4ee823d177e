"""Checks that only the owner can change a resource (`who: owner`)."""

from __future__ import annotations

import pytest

from mock_server.contract.document.operation import Operation
from mock_server.contract.exchange import Exchange

from ...judging.protocol import excerpt
from ...resources.calls import Call, send
from ...resources.findings import check_unchanged, report
from ...resources.statuses import ready_for
from ...resources.world import World
from ...target.roles import is_success
from ...target.type_operations import child_chain, finds, parent_values

FORBIDDEN = 403
# Statuses about the credentials or the number of requests, which other checks judge
OTHERS = (401, 429)


def test_another_caller_is_refused(world: World, owned_operation: Operation) -> None:
    """A request of the other caller (`--other-token`) gets 403, and changes nothing."""
    if not is_known(world):
        pytest.skip("the owners of both callers are not known")
    name = finds(owned_operation) or ""
    if owned_operation.does == "create":
        check_creation(world, owned_operation, name)
        return
    chain = ready_for(world, owned_operation)
    if chain is None or not world.is_owned(chain, name):
        pytest.skip("no resource of the caller is known")
    body = world.body_for(owned_operation, chain)
    exchange = send(world.run, owned_operation, chain, Call(body, other=True))
    if exchange is not None and is_refused(world, owned_operation, name, exchange):
        check_unchanged(world, owned_operation, name, chain, exchange)


def is_known(world: World) -> bool:
    """Return whether both callers have different owners; note why not."""
    callers = world.run.callers
    if len(callers) == 2 and callers[False] != callers[True]:
        return True
    reason = "pass --other-token of another owner" if world.run.target.other_token is None else ""
    reason = reason or "the owners of --token and --other-token are unknown, or the same"
    world.run.skipped.setdefault("ownership", reason)
    return False


def check_creation(world: World, operation: Operation, name: str) -> None:
    """Check that the other caller cannot create a resource that belongs to the first one."""
    spec, parents = world.run.spec, world.parents_of(name)
    if parents is None:
        pytest.skip("no resource of the caller is known")
    fixed = {**world.owned_values(name), **parent_values(spec, name, parents)}
    chain = child_chain(spec, name, parents)
    for body in world.bodies.new(operation, spec.types[name], fixed):
        exchange = send(world.run, operation, chain, Call(body, other=True))
        if exchange is not None:
            is_refused(world, operation, name, exchange)
        return


def is_refused(world: World, operation: Operation, name: str, exchange: Exchange) -> bool:
    """Report a request of another caller that is not refused with 403; return whether it is
    refused."""
    status, resource_type = exchange.response.status, world.run.spec.types[name]
    wrong = operation.documented(FORBIDDEN) is not None and status not in (FORBIDDEN, *OTHERS)
    if is_success(status) or wrong:
        message = f"must refuse a caller that does not own the {resource_type.label} with 403"
        cause = f"{resource_type.label}" if is_success(status) else "status"
        report(world, operation, "ownership", message, excerpt(exchange), exchange, cause=cause)
    return not is_success(status)
