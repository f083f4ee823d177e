"""Checks lists: they contain what exists, as single reads show it, filtered and in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice, pairwise
from typing import Any

import pytest

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.resources.types import ResourceType, key_text
from mock_server.contract.violations import show

from ...judging.comparison import parse_timestamp
from ...resources.comparing import is_ended, same
from ...resources.findings import one, report
from ...resources.pages import Listing, read_list
from ...resources.world import World
from ...target.roles import Chain, Resource
from ...target.type_operations import child_chain, finds

COMPARED = 8  # resources of a list that are read
LISTS = 3  # of different parents
VALUES = 4  # of each filter that no enum lists
SORTS = 6  # values of the parameter that sorts


def lists_of(world: World, operation: Operation) -> Iterator[Chain]:
    """Yield the parents of the lists of an operation: the parent of a new resource, the parent of
    one with a timeline that has ended, and others."""
    name = finds(operation) or ""
    resource_type, made = world.run.spec.types[name], world.create(name)
    if made is not None:
        yield made.chain
    oldest = world.known(name)[: -LISTS - 1 : -1] if resource_type.timeline else []
    current = (world.refreshed(each, name) for each in oldest)
    yield from islice((each for each in current if each and is_ended(resource_type, each[name])), 1)
    for parents in world.parents_of_list(operation, name)[:LISTS]:
        yield child_chain(world.run.spec, name, parents)


def test_a_list_contains_what_exists(world: World, listing_operation: Operation) -> None:
    """A list contains a new resource, and every resource in it can be read with the same values."""
    name = finds(listing_operation) or ""
    made = world.create(name)
    if made is not None:
        check_listed(world, listing_operation, name, made.chain)
    for chain in lists_of(world, listing_operation):
        if check_same(world, listing_operation, name, chain):
            return


def check_listed(world: World, operation: Operation, name: str, chain: Chain) -> None:
    """Report a list without a resource that a read finds."""
    resource_type, listings = world.run.spec.types[name], list[Listing]()
    key = resource_type.key_of(chain[name])

    def is_listed() -> bool:
        listing = read_list(world.run, operation, chain)
        listings.append(listing) if listing else None
        return listing is None or not listing.ended or key in listing.by_key

    if world.settled(is_listed) or not listings:
        return
    read = world.read(chain, name)
    if read is not None:
        message = f"the list must contain {one(resource_type)} that exists"
        found = f"no {show(key)} among {len(listings[-1].resources)}"
        steps, cause = (read[1], listings[-1].last), resource_type.label
        report(world, operation, "listed", message, found, *steps, cause=cause)


def check_same(world: World, operation: Operation, name: str, chain: Chain) -> bool:
    """Report a resource that a list shows otherwise than reads before and after it; return whether
    there is one."""
    resource_type = world.run.spec.types[name]
    first = read_list(world.run, operation, chain)
    if first is None or world.operations[name].reader is None:
        return False
    chosen = dict(list(first.by_key.items())[:COMPARED])
    chains = {key: {**chain, name: value} for key, value in chosen.items()}
    before = {key: world.read(each, name) for key, each in chains.items()}
    listing = read_list(world.run, operation, chain)
    for key, value in (listing.by_key if listing else {}).items():
        earlier, later = before.get(key), world.read(chains[key], name) if key in chains else None
        if listing is None or earlier is None or later is None:
            continue
        difference = listed_difference(resource_type, earlier[0], value, later[0])
        if difference:
            message = f"a list must show {one(resource_type)} as a read does"
            found = f"{difference} of {show(key)}"
            cause, steps = f"{resource_type.label}: values", (later[1], page_with(listing, key))
            report(world, operation, "listed", message, found, *steps, cause=cause)
            return True
    return False


def page_with(listing: Listing, key: str) -> Any:
    """Return the exchange of the page with a resource."""
    key_of = listing.type.key_of
    pages = (page for page, resources in listing.pages if key in map(key_of, resources))
    return next(pages, listing.last)


def listed_difference(
    resource_type: ResourceType, before: Resource, listed: Resource, after: Resource
) -> str:
    """Return the first property with another value in a list than in both reads; "" if none has."""
    for name in resource_type.properties:
        own, other = before.get(name), listed.get(name)
        is_stable = same(resource_type, name, own, after.get(name))
        shows = name in listed or name in resource_type.required
        if is_stable and shows and not same(resource_type, name, own, other):
            return f"{name} is {show(other)} instead of {show(own)}"
    return ""


def test_a_filter_selects_exactly_the_matches(world: World, filtering_operation: Operation) -> None:
    """A filtered list contains exactly the resources of the complete list that have the value."""
    for chain in lists_of(world, filtering_operation):
        complete = read_list(world.run, filtering_operation, chain)
        if complete is None or not complete.ended:
            continue
        for name, text in filter_values(filtering_operation, complete.resources):
            if check_filter(world, filtering_operation, chain, name, text):
                return


def filter_values(operation: Operation, resources: Sequence[Resource]) -> Iterator[tuple[str, str]]:
    """Yield the filters of a list, each with a value: those of its enum, else those that occur."""
    filters = operation.lookup.filters if operation.lookup else ()
    schemas = {each.name: each.schema for each in operation.parameters}
    for name in (each for each in filters if each in schemas):
        occurring = [each[name] for each in resources if each.get(name) is not None]
        listed = [each for each in schemas[name].get("enum", ()) if each is not None]
        texts = dict.fromkeys(map(key_text, listed or occurring))
        yield from ((name, text) for text in [*texts][: len(listed) or VALUES])


def check_filter(world: World, operation: Operation, chain: Chain, name: str, text: str) -> bool:
    """Report a filtered list that differs from the matches; return whether it does.

    The complete list is read before and after it, because a status can change at any time.
    """
    before = read_list(world.run, operation, chain)
    filtered = read_list(world.run, operation, chain, query={name: text})
    after = read_list(world.run, operation, chain)
    if before is None or filtered is None or after is None or not filtered.ended:
        return False
    matches = matching(before, name, text), matching(after, name, text)
    shown = set(filtered.by_key)
    missing, other = (matches[0] & matches[1]) - shown, shown - (matches[0] | matches[1])
    if not missing and not other:
        return False
    label = filtered.type.label
    message = f"must list exactly each {label} that matches the filter {name}"
    key = min(missing or other)
    found = f"{show(key)}, which {'is missing' if missing else 'does not match'} for {show(text)}"
    steps = (before.last, filtered.last)
    report(world, operation, "filter", message, found, *steps, cause=f"{label}: {name}")
    return True


def matching(listing: Listing, name: str, text: str) -> set[str]:
    """Return the keys of the resources that have a value."""
    items = listing.by_key.items()
    return {
        key for key, each in items if each.get(name) is not None and key_text(each[name]) == text
    }


def test_a_list_has_its_order(world: World, paged_operation: Operation) -> None:
    """A list has the order of the document, or that of the parameter that sorts it."""
    page = paged_operation.page
    if page is None or not (page.order or page.sort):
        pytest.skip("the document describes no order")
    orders: list[tuple[str, dict[str, str]]] = [(name, {}) for name in page.order[:1]]
    orders += [(value, {page.sort: value}) for value in sort_values(world, paged_operation)]
    for chain in lists_of(world, paged_operation):
        for order, query in orders:
            if not is_in_order(world, paged_operation, chain, order, query):
                listing = read_list(world.run, paged_operation, chain, query=query)
                if listing and not is_in_order(world, paged_operation, chain, order, query):
                    name = order.removeprefix("-")
                    found = ", ".join(show(each.get(name)) for each in listing.resources[:8])
                    message = f"the list must be in the order {order}"
                    cause = "sort" if query else "order"
                    last = listing.last
                    report(world, paged_operation, "order", message, found, last, cause=cause)
                    return


def sort_values(world: World, operation: Operation) -> list[str]:
    """Return values of the parameter that sorts a list: those of its enum, else each property."""
    page = operation.page
    parameter = next((p for p in operation.parameters if page and p.name == page.sort), None)
    if page is None or not page.sort or parameter is None:
        return []
    listed = [each for each in parameter.schema.get("enum", ()) if isinstance(each, str)]
    keys = world.run.spec.types[finds(operation) or ""].keys
    return (listed or [each for key in keys for each in (key, f"-{key}")])[:SORTS]


def is_in_order(
    world: World, operation: Operation, chain: Chain, order: str, query: Mapping[str, str]
) -> bool:
    """Return whether a list is in an order; True if it cannot be read."""
    listing = read_list(world.run, operation, chain, query=query)
    if listing is None:
        return True
    name = order.removeprefix("-")
    values = [each[name] for each in listing.resources if each.get(name) is not None]
    ordered = values[::-1] if order.startswith("-") else values
    return any(is_ascending([key(each) for each in ordered]) for key in ORDERS)


def is_ascending(values: list[Any]) -> bool:
    """Return whether each value is at most the next one; values of several types are not."""
    try:
        return all(first <= second for first, second in pairwise(values))
    except TypeError:
        return False


def _as_time(value: Any) -> datetime | None:
    try:
        return parse_timestamp(value) if isinstance(value, str) else None
    except ValueError:
        return None


# Databases compare texts in several ways; a list has an order if one of them fits.
ORDERS = (
    lambda value: value,
    lambda value: str(value).casefold(),
    lambda value: "".join(filter(str.isalnum, str(value).casefold())),
    _as_time,
)
