"""Checks actions that depend on the status: possible from their sources, refused from others."""

from __future__ import annotations

import pytest

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.resources.types import ResourceType
from mock_server.contract.exchange import Exchange
from mock_server.contract.violations import show

from ...judging.protocol import excerpt
from ...resources.calls import Call, resource_of, send
from ...resources.comparing import phase_of, same, status_of
from ...resources.findings import check_unchanged, one, report
from ...resources.statuses import is_possible, target_status, with_status
from ...resources.world import World
from ...target.roles import Chain, Resource, is_success

PHASES = ("waiting", "running", "ended-well", "ended-badly")
DELETE = "delete"


def test_an_action_depends_on_the_status(world: World, limited_operation: Operation) -> None:
    """An action is possible in each of its sources, and refused without effect in other ones."""
    name = limited_operation.action.finds if limited_operation.action else ""
    resource_type = world.run.spec.types[name]
    unknown = []
    for status in resource_type.timeline.phases if resource_type.timeline else ():
        possible = is_possible(resource_type, limited_operation, status)
        chain = with_status(world, name, [status])
        if chain is None or (limited_operation.does == DELETE and not possible):
            unknown.append(status)
        elif possible:
            check_possible(world, limited_operation, name, chain)
        else:
            check_refused(world, limited_operation, name, chain)
    if unknown:
        reason = f"no {resource_type.label} with this status is known"
        world.run.skipped[f"{limited_operation.id} in {', '.join(unknown)}"] = reason


def test_a_transition_has_its_effect(world: World, moving_operation: Operation) -> None:
    """After a transition, the resource has the status and the other values that it sets."""
    name = moving_operation.action.finds if moving_operation.action else ""
    resource_type = world.run.spec.types[name]
    statuses = resource_type.timeline.phases if resource_type.timeline else ()
    wanted = [each for each in statuses if is_possible(resource_type, moving_operation, each)]
    for status in wanted:
        chain = with_status(world, name, [status])
        if chain is not None and check_effect(world, moving_operation, name, chain):
            return
    if not wanted:
        pytest.skip("no status is a source")


def act(world: World, operation: Operation, chain: Chain) -> Exchange | None:
    """Send an action for a resource, with a valid body if it has one."""
    return send(world.run, operation, chain, Call(world.body_for(operation, chain)))


def check_possible(world: World, operation: Operation, name: str, chain: Chain) -> None:
    """Report an action that is refused because of a status in which it is possible."""
    resource_type, action = world.run.spec.types[name], operation.action
    exchange = act(world, operation, chain)
    if action is None or exchange is None or exchange.response.status != action.otherwise:
        return
    after = world.refreshed(chain, name)
    status = status_of(resource_type, chain[name])
    if after is None or status_of(resource_type, after[name]) != status:
        return  # the status has changed between the requests
    message = f"must be possible for {one(resource_type)} that is {show(status)}"
    report_action(world, operation, message, excerpt(exchange), exchange)


def check_refused(world: World, operation: Operation, name: str, chain: Chain) -> None:
    """Report an action that is successful in another status than its sources, or that is refused
    but has an effect."""
    resource_type, action = world.run.spec.types[name], operation.action
    exchange = act(world, operation, chain)
    after = world.refreshed(chain, name)
    if action is None or exchange is None:
        return
    status = status_of(resource_type, chain[name])
    documented = operation.documented(action.otherwise) is not None
    refused = exchange.response.status == action.otherwise or not documented
    if is_success(exchange.response.status) or (not refused and is_conflict(exchange)):
        message = f"must be refused with {action.otherwise} for {one(resource_type)} that is "
        report_action(world, operation, message + show(status), excerpt(exchange), exchange)
    elif after is not None and is_moved(resource_type, operation, chain[name], after[name]):
        message = f"{one(resource_type)} must not change when a request is refused"
        now = show(status_of(resource_type, after[name]))
        found = f"{exchange.response.status}, but the status is {now} after {show(status)}"
        cause = f"{resource_type.label}: {operation.does}"
        last = world.run.client.session.last
        report(world, operation, "refused", message, found, exchange, last, cause=cause)
    else:
        check_unchanged(world, operation, name, chain, exchange)


def is_conflict(exchange: Exchange) -> bool:
    """Return whether a request was refused because of the resource, and not of the caller."""
    return exchange.response.status in (400, 409, 422)


def is_moved(
    resource_type: ResourceType, operation: Operation, before: Resource, after: Resource
) -> bool:
    """Return whether a resource has the status that an action sets, and had another one before."""
    target = target_status(resource_type, operation)
    changed = status_of(resource_type, before) != status_of(resource_type, after)
    return changed and target is not None and status_of(resource_type, after) == target


def check_effect(world: World, operation: Operation, name: str, chain: Chain) -> bool:
    """Check the values that a successful transition sets; return whether it was successful."""
    resource_type = world.run.spec.types[name]
    exchange = act(world, operation, chain)
    if exchange is None or not is_success(exchange.response.status):
        return False
    shown, after = resource_of(operation, exchange), world.read(chain, name)
    observed: list[tuple[Resource, tuple[Exchange, ...]]] = []
    observed += [(shown, (exchange,))] if shown is not None else []
    observed += [(after[0], (exchange, after[1]))] if after else []
    for value, steps in observed:
        difference = missing_effect(resource_type, operation, value)
        if difference:
            words = "be read with" if len(steps) > 1 else "show"
            message = f"{one(resource_type)} must {words} the values of the action"
            report_action(world, operation, message, difference, *steps)
            break
    return True


def missing_effect(resource_type: ResourceType, operation: Operation, value: Resource) -> str:
    """Return the first value that a transition sets and that a resource lacks; "" if none.

    A status that is not final can have moved on.
    """
    target, status = target_status(resource_type, operation), status_of(resource_type, value)
    roles, action = resource_type.timeline, operation.action
    if roles is not None and target is not None and status != target:
        expected = PHASES.index(roles.phase(target))
        phase = phase_of(resource_type, value)
        moved_on = phase in PHASES and expected < 2 and PHASES.index(phase) > expected
        return "" if moved_on else f"the status is {show(status)} instead of {show(target)}"
    for name, wanted in (action.values if action else {}).items():
        found = value.get(name)
        is_time = wanted == "now" and name in resource_type.timestamps
        if (found is None) if is_time else not same(resource_type, name, found, wanted):
            return f"{name} is {show(found)} instead of {'a time' if is_time else show(wanted)}"
    return ""


def report_action(
    world: World, operation: Operation, message: str, found: str, *steps: Exchange
) -> None:
    report(world, operation, "transition", message, found, *steps, cause=operation.id)
