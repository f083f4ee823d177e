"""Checks lookups: every way to look up a resource returns the same one, and no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.contract.document.operation import LookupWay, Operation
from mock_server.contract.document.spec import Spec
from mock_server.contract.exchange import Exchange
from mock_server.contract.source import json_text
from mock_server.contract.violations import Violation, show

from ..judging.comparison import Observed, confirmed_difference, difference
from ..run.run import Run
from ..target.roles import SUCCESSES, Resource, lookup_values, returns_list, timed_name, timeline_of

Values = dict[str, Any]  # of a request: the lookup values by request property


def known_lookups(run: Run, operation: Operation) -> Iterator[tuple[LookupWay, Values, Resource]]:
    """Yield each way to look up each known resource: the way, the request values, the resource."""
    assert operation.lookup is not None
    for way in operation.lookup.ways:
        for resource, chain in run.known.of(operation.lookup.finds):
            values = lookup_values(way, chain)
            if values and all(resource.get(name) == value for name, value in way.where.items()):
                yield way, {**values, **way.where}, resource


def report(
    run: Run, operation: Operation, rule: str, message: str, found: str, exchange: Exchange
) -> None:
    """Report a violation of a response as a whole."""
    run.recorder.report(operation, Violation(rule, message, found=found), exchange)


def key_of(run: Run, operation: Operation) -> str:
    """Return the property that is the key of the resources that an operation looks up."""
    assert operation.lookup is not None
    return run.spec.types[operation.lookup.finds].key


def test_reads_change_nothing(run: Run, get_operation: Operation) -> None:
    """A list shows a resource unchanged after the resource was read, apart from its timeline."""
    spec = run.spec
    list_operation = next(
        (operation for operation, _ in run.offered if returns_list(operation)), None
    )
    if (
        list_operation is None
        or get_operation.lookup is None
        or get_operation.lookup.finds != timed_name(spec)
    ):
        return
    key, moving = key_of(run, get_operation), changed_by_timelines(spec)

    def listed(values: Values) -> dict[Any, Resource]:
        resources = run.client.resources(list_operation, run.client.call(list_operation, values))
        return {resource.get(key): resource for resource in resources}

    for values, _ in known_lists(run, list_operation):
        resources = listed(values)
        reads = [run.read(resource) for resource in resources.values()]
        for own_key, after in listed(values).items():
            before = resources.get(own_key, after)
            if difference(spec, timed_name(spec), before, after, moving, same_lookup=True):
                continue  # the timeline of some client may also change other properties
            change = difference(spec, timed_name(spec), before, after, None, same_lookup=True)
            read = next((read for read in reads if read and read[0].get(key) == own_key), None)
            if change and read:
                message = f"must not change when the {run.label} is read"
                violation = Violation("nothing-changed", message, change.pointer, change.found)
                run.recorder.report(get_operation, violation, read[1])


def known_lists(
    run: Run, list_operation: Operation
) -> Iterator[tuple[Values, dict[str, Resource]]]:
    """Yield the values of each request for a list, with the known resources that it contains."""
    by_request: dict[str, tuple[Values, dict[str, Resource]]] = {}
    key = key_of(run, list_operation)
    for _, values, resource in known_lookups(run, list_operation):
        by_request.setdefault(show(values), (values, {}))[1][resource[key]] = resource
    yield from by_request.values()


def changed_by_timelines(spec: Spec) -> frozenset[str]:
    """Return the properties of a resource that show how far its timeline is."""
    timeline = timeline_of(spec)
    return timeline.properties.difference(timeline.changes)


def test_every_lookup_finds_the_same_resource(run: Run, get_operation: Operation) -> None:
    """Every way to look up a known resource returns it, with the same properties."""
    for way, values, resource in known_lookups(run, get_operation):
        exchange = run.client.call(get_operation, values)
        resources = run.client.resources(get_operation, exchange)
        if check_match(run, get_operation, way, resource, values, resources, exchange):
            check_equal(run, get_operation, resource, values, resources[0])


def check_match(
    run: Run,
    operation: Operation,
    way: LookupWay,
    expected: Resource,
    values: Values,
    resources: list[Resource],
    exchange: Exchange,
    rule: str = "lookup",
) -> bool:
    """Return whether a response shows the expected resource; report if it does not."""
    key, names = key_of(run, operation), ", ".join(way.by)
    if not resources and is_unreadable(exchange):
        return False  # the recorder has reported it
    if not resources:
        message = f"must find a known resource by {names}"
        found = f"status {exchange.response.status} for {show(values)}"
        report(run, operation, rule, message, found, exchange)
        return False
    if resources[0].get(key) != expected[key]:
        message = f"must find the resource with this {names}"
        found = f"{show(resources[0].get(key))} instead of {show(expected[key])}"
        report(run, operation, rule, message, found, exchange)
        return False
    return True


def is_unreadable(exchange: Exchange) -> bool:
    """Return whether a successful response is not JSON, for example because it was cut."""
    try:
        json_text.parse(exchange.response.body)
    except ValueError:
        return exchange.response.status in SUCCESSES
    return False


def check_equal(
    run: Run,
    operation: Operation,
    known: Resource,
    values: Values,
    shown: Resource,
    query: Mapping[str, str] | None = None,
    ignored: frozenset[str] = frozenset(),
) -> None:
    """Report a resource that another lookup shows differently at the same time.

    ignored: properties that are not compared.
    """
    assert operation.lookup is not None
    name, key = operation.lookup.finds, key_of(run, operation)
    properties = frozenset(run.spec.types[name].properties)
    equal = difference(run.spec, name, known, shown, properties - ignored) is None
    if equal and not run.is_followed(known):  # its known properties are from before the restart
        return

    def read() -> Resource | None:
        if name != timed_name(run.spec):
            return run.client.by_key(name, known[key])
        current = run.read(known)
        return current[0] if current else None

    def read_again() -> Observed | None:
        exchange = run.client.call(operation, values, query)
        resources = run.client.resources(operation, exchange)
        return next(((each, exchange) for each in resources if each.get(key) == known[key]), None)

    confirmed = confirmed_difference(run.spec, name, read, read_again, ignored)
    if confirmed is not None:
        differing, exchange = confirmed
        message = f"must show the same {differing.pointer[1:]} in every lookup"
        violation = Violation("same-answer", message, differing.pointer, differing.found)
        run.recorder.report(operation, violation, exchange)


def test_parameters_that_omit_properties(run: Run, get_operation: Operation) -> None:
    """A parameter that omits properties empties these and no others, in every lookup."""
    for parameter in get_operation.parameters:
        if parameter.omits is None:
            continue
        omitted = frozenset(timeline_of(run.spec).role_properties(parameter.omits))
        for way, values, resource in fullest_lookups(run, get_operation, omitted):
            for text, ignored in (("false", omitted), ("true", frozenset[str]())):
                query = {parameter.name: text}
                exchange = run.client.call(get_operation, values, query)
                resources = run.client.resources(get_operation, exchange)
                if check_match(run, get_operation, way, resource, values, resources, exchange):
                    check_equal(run, get_operation, resource, values, resources[0], query, ignored)
            if get_operation.body is not None:  # there, the parameter is an unknown key
                values = {**values, parameter.name: False}
                exchange = run.client.call(get_operation, values)
                resources = run.client.resources(get_operation, exchange)
                if check_match(run, get_operation, way, resource, values, resources, exchange):
                    check_equal(run, get_operation, resource, values, resources[0])


def fullest_lookups(
    run: Run, operation: Operation, names: frozenset[str]
) -> Iterator[tuple[LookupWay, Values, Resource]]:
    """Yield three known resources for each way, with the longest lists in these properties."""
    by_way: dict[int, list[tuple[LookupWay, Values, Resource]]] = {}
    for each in known_lookups(run, operation):
        by_way.setdefault(id(each[0]), []).append(each)
    for triples in by_way.values():
        triples.sort(key=lambda triple: -sum(len(triple[2].get(name) or ()) for name in names))
        yield from triples[:3]
