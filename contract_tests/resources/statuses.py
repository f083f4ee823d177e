"""Find a resource in a status: one that the run creates and moves there, or one that exists."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.resources.types import ResourceType

from ..target.roles import Chain, is_success
from .calls import Call, send
from .comparing import status_of
from .world import World

MOST_TRIED = 6  # known resources with a status


def is_possible(resource_type: ResourceType, operation: Operation, status: str | None) -> bool:
    """Return whether the document allows an action on a resource with a status (`from`)."""
    sources = operation.action.sources if operation.action else ()
    if not sources or resource_type.timeline is None:
        return True
    return not {status, resource_type.timeline.phase(status)}.isdisjoint(sources)


def possible_statuses(resource_type: ResourceType, operation: Operation) -> list[str]:
    """Return the statuses in which the document allows an action."""
    statuses = resource_type.timeline.phases if resource_type.timeline else ()
    return [each for each in statuses if is_possible(resource_type, operation, each)]


def target_status(resource_type: ResourceType, operation: Operation) -> str | None:
    """Return the status that an action sets; None if it sets no status."""
    if operation.action is None or resource_type.timeline is None:
        return None
    return resource_type.timeline.status_of(operation.action.values)


def ready_for(world: World, operation: Operation, rich: bool = False) -> Chain | None:
    """Return a resource of the caller on which an action is possible; None if there is none.

    rich: with as many properties as possible.
    """
    name = operation.action.finds if operation.action else ""
    resource_type = world.run.spec.types[name]
    made = world.create(name, rich=rich)
    current = world.refreshed(made.chain, name) if made else None
    if current and is_possible(resource_type, operation, status_of(resource_type, current[name])):
        return current
    statuses = possible_statuses(resource_type, operation)
    return with_status(world, name, statuses) if statuses else _existing(world, name, None)


def with_status(world: World, name: str, wanted: Collection[str]) -> Chain | None:
    """Return a resource of the caller with one of these statuses, as it is now; None if there is
    none.

    It is a new one if its status can be reached by actions.
    """
    made = world.create(name)
    current = world.refreshed(made.chain, name) if made else None
    moved = _moved(world, name, current, wanted) if current else None
    return moved or _existing(world, name, wanted)


def _existing(world: World, name: str, wanted: Collection[str] | None) -> Chain | None:
    resource_type = world.run.spec.types[name]
    candidates = [
        chain
        for chain in (world.owned(name) if world.has_owners(name) else world.known(name))
        if wanted is None or status_of(resource_type, chain[name]) in wanted
    ]
    for chain in candidates[:MOST_TRIED]:
        current = world.refreshed(chain, name)
        if current and (wanted is None or status_of(resource_type, current[name]) in wanted):
            return current
    return None


def _moved(world: World, name: str, chain: Chain, wanted: Collection[str]) -> Chain | None:
    """Move a resource to one of these statuses by actions of the document."""
    resource_type = world.run.spec.types[name]
    status = status_of(resource_type, chain[name])
    if status in wanted:
        return chain
    for operation in _way_to(world, name, status, wanted):
        exchange = send(world.run, operation, chain, Call(world.body_for(operation, chain)))
        if exchange is None or not is_success(exchange.response.status):
            return None
    current = world.refreshed(chain, name)
    return current if current and status_of(resource_type, current[name]) in wanted else None


def _way_to(
    world: World, name: str, status: str | None, wanted: Collection[str]
) -> list[Operation]:
    """Return the fewest actions that lead from a status to one of others; none without a way."""
    resource_type = world.run.spec.types[name]
    ways: dict[str | None, list[Operation]] = {status: []}
    reached = [status]
    while reached:
        current = reached.pop(0)
        if current in wanted:
            return ways[current]
        for operation, following in _steps(world, resource_type, current):
            if following not in ways:
                ways[following] = [*ways[current], operation]
                reached.append(following)
    return []


def _steps(
    world: World, resource_type: ResourceType, status: str | None
) -> Iterator[tuple[Operation, str]]:
    for operation in world.operations[resource_type.name].actions.get("transition", ()):
        following = target_status(resource_type, operation)
        if following is not None and is_possible(resource_type, operation, status):
            yield operation, following
