"""Checks the versions of resources: `ETag`, `If-Match`, `If-None-Match` (RFC 9110, section 13)."""

from __future__ import annotations

import pytest

from mock_server.contract.document.operation import Operation
from mock_server.contract.exchange import Exchange
from mock_server.contract.violations import show

from ...judging.protocol import excerpt
from ...resources.calls import Call, send
from ...resources.findings import check_unchanged, one, report
from ...resources.statuses import ready_for
from ...resources.world import World
from ...target.roles import Chain, is_success
from ...target.type_operations import finds, has_entity_tag

UNKNOWN_TAG = '"no-such-version"'
PRECONDITION_FAILED, NOT_MODIFIED = 412, 304
DELETE = "delete"


def read_tag(world: World, chain: Chain, name: str) -> tuple[str, Exchange] | None:
    """Return the version of a resource, and the exchange that shows it."""
    reader = world.operations[name].reader
    exchange = world.fetch(chain, name) if reader and has_entity_tag(reader) else None
    tag = exchange.response.header("etag") if exchange else None
    return (tag, exchange) if exchange and tag else None


def test_a_change_of_another_version_is_refused(
    world: World, versioned_operation: Operation
) -> None:
    """`If-Match` with another version is refused with 412; with the current one, it is not."""
    name = finds(versioned_operation) or ""
    chain = ready_for(world, versioned_operation)
    if chain is None:
        pytest.skip("no resource can be changed")
    first = read_tag(world, chain, name)
    body = world.body_for(versioned_operation, chain)

    def act(tag: str) -> Exchange | None:
        return send(world.run, versioned_operation, chain, Call(body, headers={"if-match": tag}))

    refused = act(UNKNOWN_TAG)
    if refused is None or not check_refused(world, versioned_operation, name, chain, refused):
        return
    if first is None or first[0].startswith("W/"):
        return  # If-Match compares strong tags only (RFC 9110, section 13.1.1)
    current = act(first[0])
    again = read_tag(world, chain, name)
    if current is None or (again is None and versioned_operation.does != DELETE):
        return
    if current.response.status == PRECONDITION_FAILED:
        if again is not None and again[0] == first[0]:
            message = f"must accept the current version of {one(world.run.spec.types[name])}"
            add(world, versioned_operation, message, first[1], current, cause="current version")
        return
    if again is not None and is_success(current.response.status):
        check_new_tag(world, versioned_operation, name, first, again, current)


def check_refused(
    world: World, operation: Operation, name: str, chain: Chain, refused: Exchange
) -> bool:
    """Report a change of another version that is not refused; return whether it is refused."""
    label = one(world.run.spec.types[name])
    if is_success(refused.response.status):
        message = f"must refuse with 412 if {label} has another version than If-Match"
        add(world, operation, message, refused, cause="if-match")
        return False
    return check_unchanged(world, operation, name, chain, refused)


def check_new_tag(
    world: World,
    operation: Operation,
    name: str,
    first: tuple[str, Exchange],
    again: tuple[str, Exchange],
    current: Exchange,
) -> None:
    """Report a version that stays although the resource has changed."""
    if first[0] == again[0] and first[1].response.body != again[1].response.body:
        message = f"the ETag must change with {one(world.run.spec.types[name])}"
        steps, found = (first[1], current, again[1]), f"{show(again[0])} before and after a change"
        report(world, operation, "version", message, found, *steps, cause="etag")


def test_a_known_version_is_not_sent_again(world: World, tagged_operation: Operation) -> None:
    """`If-None-Match` with the current version returns 304 without a body; with another one, it
    returns the resource."""
    name = finds(tagged_operation) or ""
    made = world.create(name)
    chains = [made.chain] if made else world.known(name)
    tagged = [(c, found) for c in chains[:1] if (found := read_tag(world, c, name))]
    if not tagged:
        pytest.skip("no resource with an ETag is known")
    chain, (tag, read) = tagged[0]
    for text, wanted in ((tag, True), (UNKNOWN_TAG, False), (f"{UNKNOWN_TAG}, {tag}", True)):
        call = Call(headers={"if-none-match": text})
        exchange = send(world.run, tagged_operation, chain, call)
        latest = read_tag(world, chain, name)
        if exchange is None or latest is None or latest[0] != tag:
            return  # the resource has changed
        if (exchange.response.status == NOT_MODIFIED) != wanted:
            words = "return 304 if the client has the current version"
            words = words if wanted else "return the resource if the client has another version"
            add(world, tagged_operation, f"must {words}", read, exchange, cause="if-none-match")
            return


def add(world: World, operation: Operation, message: str, *steps: Exchange, cause: str) -> None:
    report(world, operation, "version", message, excerpt(steps[-1]), *steps, cause=cause)
