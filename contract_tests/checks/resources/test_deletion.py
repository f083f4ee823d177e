"""Checks that a deleted resource exists no longer: neither by its key nor in lists."""

from __future__ import annotations

import pytest

from mock_server.contract.document.operation import Operation
from mock_server.contract.exchange import Exchange
from mock_server.contract.violations import show

from ...judging.protocol import excerpt
from ...resources.calls import send
from ...resources.findings import article, one, report
from ...resources.pages import Listing, read_list
from ...resources.statuses import ready_for
from ...resources.world import World
from ...target.roles import Chain, is_success

DELETED = (200, 204)  # after 202, a resource may still exist


def test_a_deleted_resource_is_gone(world: World, deleting_operation: Operation) -> None:
    """A deleted resource is not found, not listed, and cannot be deleted again."""
    name = deleting_operation.action.finds if deleting_operation.action else ""
    resource_type = world.run.spec.types[name]
    chain = ready_for(world, deleting_operation) if world.operations[name].first("create") else None
    if chain is None:
        pytest.skip("the run deletes only what it has created, and it could create nothing")
    children = created_children(world, name, chain)
    listings = [
        operation
        for operation in world.operations[name].lists
        if (listing := read_list(world.run, operation, chain)) and listing.ended
    ]
    deleted = send(world.run, deleting_operation, chain)
    if deleted is None or deleted.response.status not in DELETED:
        return  # the recorder judges the status
    world.forget(chain, name)
    if is_found(world, name, chain):
        message = f"{one(resource_type)} that was deleted must not be found"
        found = excerpt(world.run.client.session.last)
        steps = (deleted, world.run.client.session.last)
        report(
            world, deleting_operation, "deleted", message, found, *steps, cause=resource_type.label
        )
        return
    for operation in listings:
        check_not_listed(world, operation, name, chain, deleted)
    for child, below in children.items():
        if is_found(world, child, below):
            label = world.run.spec.types[child].label
            words = f"{article(label)} must not be found after its {resource_type.label}"
            found = excerpt(world.run.client.session.last)
            steps = (deleted, world.run.client.session.last)
            message, cause = f"{words} was deleted", f"{label} of {resource_type.label}"
            report(world, deleting_operation, "deleted", message, found, *steps, cause=cause)
    check_deleted_again(world, deleting_operation, chain, deleted, resource_type.label)


def created_children(world: World, name: str, chain: Chain) -> dict[str, Chain]:
    """Return new resources that belong to a resource and can be read, by their types."""
    children = {}
    for child in world.run.spec.types.values():
        made = world.create(child.name, parents=chain) if child.parent == name else None
        if made is not None and world.read(made.chain, child.name) is not None:
            children[child.name] = made.chain
    return children


def is_found(world: World, name: str, chain: Chain) -> bool:
    """Return whether a resource is found, also after some time."""
    if world.operations[name].reader is None:
        return False
    return not world.settled(lambda: world.read(chain, name) is not None, wanted=False)


def check_not_listed(
    world: World,
    operation: Operation,
    name: str,
    chain: Chain,
    deleted: Exchange,
) -> None:
    """Report a list that contains a deleted resource."""
    resource_type, listings = world.run.spec.types[name], list[Listing]()
    key = resource_type.key_of(chain[name])

    def is_listed() -> bool:
        listing = read_list(world.run, operation, chain)
        listings.append(listing) if listing else None
        return listing is not None and key in listing.by_key

    if not world.settled(is_listed, wanted=False):
        message = f"the list must not contain {one(resource_type)} that was deleted"
        cause, steps = f"{resource_type.label}: listed", (deleted, listings[-1].last)
        report(world, operation, "deleted", message, show(key), *steps, cause=cause)


def check_deleted_again(
    world: World, operation: Operation, chain: Chain, deleted: Exchange, label: str
) -> None:
    """Report a second deletion that is successful although the document has a 404."""
    again = send(world.run, operation, chain)
    if again and is_success(again.response.status) and operation.documented(404):
        message = f"must not find {article(label)} that was deleted before"
        steps = (deleted, again)
        report(world, operation, "unknown-key", message, excerpt(again), *steps, cause=label)
