"""Checks timelines: a restart starts them again, they move forward, and streams follow them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.resources.types import ResourceType
from mock_server.contract.exchange import Exchange
from mock_server.contract.violations import show

from ...judging.event_streams import parse_events
from ...resources.calls import Call, resource_of, send
from ...resources.comparing import (
    first_difference,
    is_ended,
    phase_of,
    same,
    settled,
    status_of,
)
from ...resources.findings import one, report
from ...resources.statuses import ready_for, with_status
from ...resources.streams import described, read_stream
from ...resources.world import World
from ...target.roles import Chain, Resource, is_success
from ...target.type_operations import finds

PAUSE = 0.25  # seconds between two reads of a timeline
FORWARD = {"waiting": 0, "running": 1, "ended-well": 2, "ended-badly": 2}
INVALID_DATA = (ValueError, LookupError, TypeError, AttributeError, StopIteration)


def test_a_restart_starts_the_timeline_again(world: World, restarting_operation: Operation) -> None:
    """After a restart, a resource waits or runs again; its identity and other ones stay."""
    name = finds(restarting_operation) or ""
    resource_type = world.run.spec.types[name]
    chain = ended(world, name) or ready_for(world, restarting_operation)
    if chain is None:
        pytest.skip("no resource of the caller is known")
    other = next((c for c in others(world, name, chain) if is_ended(resource_type, c[name])), None)
    body = world.body_for(restarting_operation, chain)
    exchange = send(world.run, restarting_operation, chain, Call(body))
    if exchange is None or not is_success(exchange.response.status):
        return  # other checks judge the status
    after = world.read(chain, name)
    world.restarted[name] = chain
    shown = resource_of(restarting_operation, exchange)
    observed = [(shown, (exchange,))] if shown is not None else []
    for value, steps in [*observed, *([(after[0], (exchange, after[1]))] if after else [])]:
        identity = resource_type.identity - resource_type.timestamps.keys()
        changed = first_difference(resource_type, identity, chain[name], value)
        problem = not_started(resource_type, chain[name], value)
        if changed:
            message = f"a restart must not change {changed[0]} of {one(resource_type)}"
            add(world, restarting_operation, "restarted", message, changed[1], *steps)
            return
        if problem:
            message = f"the timeline of {one(resource_type)} must start again after a restart"
            add(world, restarting_operation, "restarted", message, problem, *steps)
            return
    if other is not None:
        check_other(world, restarting_operation, name, other, exchange)


def ended(world: World, name: str) -> Chain | None:
    """Return a resource of the caller whose timeline has ended."""
    resource_type = world.run.spec.types[name]
    phases = resource_type.timeline.phases if resource_type.timeline else {}
    for phase in ("ended-well", "ended-badly"):
        statuses = [status for status, each in phases.items() if each == phase]
        chain = with_status(world, name, statuses) if statuses else None
        if chain is not None:
            return chain
    return None


def others(world: World, name: str, chain: Chain) -> list[Chain]:
    """Return other known resources of a type, as they are now."""
    key_of = world.run.spec.types[name].key_of
    known = [each for each in world.known(name) if key_of(each[name]) != key_of(chain[name])]
    return [current for each in known[:6] if (current := world.refreshed(each, name))]


def not_started(resource_type: ResourceType, before: Resource, value: Resource) -> str:
    """Return why a resource shows no new run after a restart; "" if it does."""
    roles = resource_type.timeline
    if roles is None or not is_ended(resource_type, before):
        return ""
    completed = [each for each in roles.role_properties("completed_at") if before.get(each)]
    same_end = all(same(resource_type, n, before.get(n), value.get(n)) for n in completed)
    if is_ended(resource_type, value) and same_end:
        return f"the status is {show(status_of(resource_type, value))}"
    for name in roles.role_properties("logs"):
        log, earlier = value.get(name), before.get(name)
        if earlier and isinstance(log, list) and log[: len(earlier)] == earlier:
            return f"{name} has the {len(earlier)} entries of the earlier run"
    return ""


def check_other(
    world: World, operation: Operation, name: str, other: Chain, exchange: Exchange
) -> None:
    """Report another resource that a restart has changed."""
    resource_type, after = world.run.spec.types[name], world.read(other, name)
    if after is None:
        return
    names = settled(resource_type, other[name])
    difference = first_difference(resource_type, names, other[name], after[0])
    if difference is not None:
        message = f"a restart must not change another {resource_type.label}"
        found = f"{difference[0]} is {difference[1]}"
        add(world, operation, "restarted", message, found, exchange, after[1])


def test_a_timeline_only_moves_forward(world: World, restarting_operation: Operation) -> None:
    """A restarted timeline waits, runs and ends, in this order."""
    name = finds(restarting_operation) or ""
    resource_type, chain = world.run.spec.types[name], world.restarted.get(name)
    if chain is None:
        pytest.skip("no timeline was restarted")
    exchange = send(
        world.run, restarting_operation, chain, Call(world.body_for(restarting_operation, chain))
    )
    deadline = time.monotonic() + world.run.settings.build_timeout
    phase, before = "waiting", exchange
    while exchange is not None and is_success(exchange.response.status):
        current = world.read(chain, name)
        if current is None:
            return
        now = phase_of(resource_type, current[0])
        if now and FORWARD[now] < FORWARD[phase]:
            message = f"the status of {one(resource_type)} must only move forward"
            found = f"{show(status_of(resource_type, current[0]))} after it was {phase}"
            steps = (before or exchange, current[1])
            add(world, restarting_operation, "restarted", message, found, *steps)
            return
        if is_ended(resource_type, current[0]):
            return
        if time.monotonic() > deadline:
            seconds = f"{world.run.settings.build_timeout:g} s (--build-timeout)"
            reason = f"no {resource_type.label} has ended within {seconds}"
            world.run.unverified[f"the end of {one(resource_type)}"] = reason
            return
        phase, before = now or phase, current[1]
        time.sleep(PAUSE)


def test_a_stream_describes_the_resource(world: World, streaming_operation: Operation) -> None:
    """The events of a stream, from its start to its end, describe what a read shows."""
    name = finds(streaming_operation) or ""
    resource_type, seconds = world.run.spec.types[name], world.run.settings.build_timeout
    made = world.create(name)
    chains = [made.chain] if made else []
    chains += [chain for chain in [ended(world, name)] if chain]
    for chain in chains:
        exchange = read_stream(world.run, streaming_operation, chain, seconds)
        if exchange is None:
            reason = f"no stream has ended within {seconds:g} s (--build-timeout)"
            world.run.unverified[f"the end of {streaming_operation.id}"] = reason
            continue
        after = world.read(chain, name)
        if not is_success(exchange.response.status) or after is None:
            continue
        problem = wrong_stream(resource_type, streaming_operation, exchange, after[0])
        if problem:
            message = f"the stream must describe the same {resource_type.label} as a read"
            add(world, streaming_operation, "stream", message, problem, after[1], exchange)
            return
        if is_ended(resource_type, after[0]):
            check_resumed(world, streaming_operation, chain, exchange)


def wrong_stream(
    resource_type: ResourceType, operation: Operation, exchange: Exchange, shown: Resource
) -> str:
    """Return what is wrong with a stream; "" if it describes a resource as a read shows it."""
    try:
        events = parse_events(operation.success, exchange.response.body)
        value, problem = described(resource_type, operation.success, events)
    except INVALID_DATA as error:
        return f"data that cannot be read: {error!r}"
    if problem:
        return problem
    if not events or events[0].kind != "resource" or value is None:
        return "no resource as the first event"
    ends = [event.data for event in events if event.kind == "end"]
    if "end" in operation.success.events and is_ended(resource_type, shown) and not ends:
        return "no end after the last change"
    names = settled(resource_type, shown)
    difference = first_difference(resource_type, names, shown, value)
    return f"{difference[0]} is {difference[1]}" if difference else ""


def check_resumed(world: World, operation: Operation, chain: Chain, exchange: Exchange) -> None:
    """Check that a client which reconnects gets the events that it missed."""
    events = parse_events(operation.success, exchange.response.body)
    takes_id = any(each.name.lower() == "last-event-id" for each in operation.header_parameters)
    if not takes_id or len(events) < 2 or events[0].id is None:
        return
    rest = read_stream(world.run, operation, chain, world.run.target.timeout, events[0].id)
    missed: Any = [event.data for event in events[1:]]
    if rest is None or not is_success(rest.response.status):
        return
    received = [event.data for event in parse_events(operation.success, rest.response.body)]
    if received != missed:
        message = "a client that reconnects must get the events that it missed"
        found = f"{len(received)} events instead of {len(missed)}"
        add(world, operation, "stream", message, found, exchange, rest)


def add(
    world: World, operation: Operation, rule: str, message: str, found: str, *steps: Exchange
) -> None:
    report(world, operation, rule, message, found, *steps, cause=operation.id)
