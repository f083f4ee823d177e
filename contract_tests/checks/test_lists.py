"""Checks lists: they contain exactly the resources that single lookups find."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

from mock_server.contract.document.operation import Lookup, LookupWay, Operation
from mock_server.contract.exchange import Exchange
from mock_server.contract.violations import show

from ..cases import edge_cases
from ..run.run import Run
from ..target.roles import SUCCESSES, Chain, Resource, lookup_values, restarts, returns_list
from .test_lookups import Values, check_equal, key_of, known_lists, report


def test_lists_match_single_responses(run: Run, list_operation: Operation) -> None:
    """A list contains every known resource of its parent, with the same properties."""
    key = key_of(run, list_operation)
    for values, expected in known_lists(run, list_operation):
        exchange = run.client.call(list_operation, values)
        if exchange.response.status not in SUCCESSES:
            continue
        resources = run.client.resources(list_operation, exchange)
        listed = {resource.get(key): resource for resource in resources}
        missing = [name for name in expected if name not in listed]
        if missing:
            message = whole_list(run, list_operation)
            found = f"no {show(missing[0])}"
            report(run, list_operation, "list-is-whole", message, found, exchange)
        for name in expected.keys() & listed.keys():
            check_equal(run, list_operation, expected[name], values, listed[name])


def whole_list(run: Run, operation: Operation) -> str:
    """Return what a list without filters must contain, in words of the document."""
    listed = run.spec.type_of(operation)
    assert listed is not None
    of_parent = f" of the {run.spec.types[listed.parent].label}" if listed.parent else ""
    return f"must list every {listed.label}{of_parent}"


def test_filters_return_exactly_the_matches(run: Run, list_operation: Operation) -> None:
    """A filtered list contains exactly the items of the full list that have the value."""
    assert list_operation.lookup is not None
    key = key_of(run, list_operation)
    for values, _ in known_lists(run, list_operation):
        resources = run.client.resources(list_operation, run.client.call(list_operation, values))
        for filters in filter_values(list_operation.lookup, resources):
            exchange = run.client.call(list_operation, {**values, **filters})
            if exchange.response.status not in SUCCESSES:
                continue
            expected = {each.get(key) for each in resources if matches(each, filters)}
            filtered = run.client.resources(list_operation, exchange)
            listed = {each.get(key) for each in filtered}
            every = {each.get(key) for each in resources}
            if unlisted := [each for each in filtered if each.get(key) not in every]:
                message = whole_list(run, list_operation)
                found = f"no {show(unlisted[0].get(key))}, which the filter {show(filters)} lists"
                report(run, list_operation, "list-is-whole", message, found, exchange)
            elif listed != expected:
                first = min(map(str, listed ^ expected))
                problem = "must not be listed" if first in map(str, listed) else "is missing"
                message = f"must list exactly the items that match the filter {', '.join(filters)}"
                found = f"{show(first)}, which {problem}"
                report(run, list_operation, "filter", message, found, exchange)


def filter_values(lookup: Lookup, resources: list[Resource]) -> Iterator[Values]:
    """Yield values of each filter, also some without match, and values of several filters."""
    for name in lookup.filters:
        values = list(dict.fromkeys(each[name] for each in resources if each.get(name) is not None))
        if all(isinstance(value, bool) for value in values):
            values = [True, False]
        else:
            texts = [text for value in values[:1] for text in edge_cases.similar(str(value))][:8]
            values = [*values[:4], "no such value", "%", *(text for text in texts if text)]
            values += [text for value in values[:1] for text in edge_cases.beginnings(str(value))]
        yield from ({name: value} for value in dict.fromkeys(values))
    for resource in resources[:3]:
        together = {
            name: resource[name] for name in lookup.filters if resource.get(name) is not None
        }
        if len(together) > 1:
            yield together
            if len(together) > 2:
                yield from (dict(pair) for pair in combinations(together.items(), 2))
            for name, value in together.items():
                opposite = not value if isinstance(value, bool) else "no such value"
                yield {**together, name: opposite}


def matches(resource: Resource, filters: Mapping[str, Any]) -> bool:
    return all(resource.get(name) == value for name, value in filters.items())


def test_conditional_lookups_match_lists(run: Run, get_operation: Operation) -> None:
    """A lookup with a condition finds a resource exactly if a list contains one that meets it.

    For example, every list of a package contains its latest release.
    """
    assert get_operation.lookup is not None
    for way in (way for way in get_operation.lookup.ways if way.where):
        for values, chain in requests_of(way, run.known.chains):
            exchange = run.client.call(get_operation, {**values, **way.where})
            single = next(iter(run.client.resources(get_operation, exchange)), None)
            if single is None and exchange.response.status != 404:
                continue  # the recorder has reported it
            for list_operation, listing in lists_of(run, get_operation, chain):
                check_listed(run, get_operation, way, exchange, single, list_operation, listing)


def requests_of(way: LookupWay, chains: Iterable[Chain]) -> Iterator[tuple[Values, Chain]]:
    """Yield the values of each different request that looks up known resources in this way."""
    requests: dict[str, tuple[Values, Chain]] = {}
    for chain in chains:
        values = lookup_values(way, chain)
        if values is not None:
            requests.setdefault(show(values), (values, chain))
    yield from requests.values()


def lists_of(run: Run, operation: Operation, chain: Chain) -> Iterator[tuple[Operation, Values]]:
    """Yield each request for a list of the same resources, for the parent in a chain."""
    for list_operation, lookup in run.offered:
        same = operation.lookup is not None and lookup.finds == operation.lookup.finds
        if same and returns_list(list_operation) and not restarts(run.spec, list_operation):
            for way in lookup.ways:
                values = lookup_values(way, chain)
                if values is not None:
                    yield list_operation, {**values, **way.where}


def check_listed(
    run: Run,
    operation: Operation,
    way: LookupWay,
    exchange: Exchange,
    single: Resource | None,
    list_operation: Operation,
    listing: Values,
) -> None:
    """Report a list that contradicts the response to a lookup with a condition.

    single: the resource that the lookup found, if any. The list is read without a filter, and with
    the values of the condition as filters.
    """
    key, lookup = key_of(run, operation), list_operation.lookup
    filters = {name: way.where[name] for name in way.where if lookup and name in lookup.filters}
    for values in (listing, {**listing, **filters}) if filters else (listing,):
        listed_exchange = run.client.call(list_operation, values)
        if listed_exchange.response.status not in SUCCESSES:
            continue
        listed = run.client.resources(list_operation, listed_exchange)
        expected = [each.get(key) for each in listed if matches(each, way.where)]
        condition = ", ".join(f"{name} {show(value)}" for name, value in way.where.items())
        if single is None and expected:
            message = f"must find the listed resource with {condition}"
            found = f"status 404, but a list contains {show(expected[0])}"
            report(run, operation, "lookup", message, found, exchange)
        elif single is not None and single.get(key) not in expected:
            message = f"must list the resource that a lookup finds with {condition}"
            found = f"{show(expected)} instead of {show(single.get(key))} for {show(values)}"
            report(run, list_operation, "list-is-whole", message, found, listed_exchange)


def test_lookup_values_are_unique(run: Run, list_operation: Operation) -> None:
    """Two resources of a list never have the same values for a lookup that finds one resource."""
    check_unique(run, list_operation)


def check_unique(run: Run, list_operation: Operation) -> None:
    """Report two listed resources that the same request must find.

    For example, a package has a version only once, and one latest release.
    """
    ways = list_operation.lookup.ways if list_operation.lookup else ()
    requests = (each for way in ways for each in requests_of(way, run.known.chains))
    for values, chain in requests:
        exchange = run.client.call(list_operation, values)
        resources = run.client.resources(list_operation, exchange)
        for names, requested, keys in shared_lookups(run, list_operation, chain, resources):
            message = f"must list only one resource for a lookup by {', '.join(names)}"
            found = f"{' and '.join(show(each) for each in keys[:2])} for {show(requested)}"
            report(run, list_operation, "unique", message, found, exchange)


def shared_lookups(
    run: Run, list_operation: Operation, chain: Chain, resources: Iterable[Resource]
) -> Iterator[tuple[tuple[str, ...], Values, list[Any]]]:
    """Yield the lookups of one resource that find several of these.

    Each is the names of the request properties, their values, and the keys of the resources.
    chain: of a resource with the same parents.
    """
    key, listing = key_of(run, list_operation), list_operation.lookup
    resources = list(resources)
    for operation, lookup in run.offered:
        if listing is None or lookup.finds != listing.finds or returns_list(operation):
            continue
        for way in lookup.ways:
            found: dict[str, tuple[Values, list[Any]]] = defaultdict(lambda: ({}, []))
            for resource in resources:
                values = lookup_values(way, {**chain, lookup.finds: resource})
                if values is not None and matches(resource, way.where):
                    requested: Values = {**values, **way.where}
                    found[show(requested)][0].update(requested)
                    found[show(requested)][1].append(resource.get(key))
            for requested, keys in found.values():
                if len(set(map(str, keys))) > 1:
                    yield tuple(requested), requested, list(dict.fromkeys(keys))
