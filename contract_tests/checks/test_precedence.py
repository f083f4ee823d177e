"""Checks requests with the values of several lookups: the first complete one decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.contract.document.operation import Lookup, LookupWay, Operation
from mock_server.contract.violations import show

from ..cases import edge_cases
from ..run.run import Run
from ..target.roles import Resource, not_found_code
from .test_lookups import Values, check_match, key_of, known_lookups, report
from .test_unknown import check_error_code

FIRST_LOOKUP = "first-lookup"  # the requirement
Found = tuple[LookupWay, Values, Resource]


def lookups_by_way(run: Run, operation: Operation) -> dict[int, list[Found]]:
    """Return the lookups of known resources by the index of their way."""
    assert operation.lookup is not None
    by_way: dict[int, list[Found]] = {}
    for way, values, resource in known_lookups(run, operation):
        index = operation.lookup.ways.index(way)
        by_way.setdefault(index, []).append((way, values, resource))
    return by_way


def test_the_first_complete_lookup_is_used(run: Run, get_operation: Operation) -> None:
    """A request with the values of several lookups uses the first one that is complete."""
    by_way, key = lookups_by_way(run, get_operation), key_of(run, get_operation)
    for first, later in ((f, s) for f in by_way for s in by_way if f < s):
        pairs = ((a, b) for a in by_way[first] for b in by_way[later])
        for (way, values, resource), (_, other_values, other) in pairs:
            if resource[key] == other[key]:
                continue
            both = {**other_values, **values}
            exchange = run.client.call(get_operation, both)
            resources = run.client.resources(get_operation, exchange)
            check_match(run, get_operation, way, resource, both, resources, exchange, FIRST_LOOKUP)
            check_unknown_first(run, get_operation, way, other_values)
            break


def check_unknown_first(
    run: Run, operation: Operation, way: LookupWay, later_values: Mapping[str, Any]
) -> None:
    """Report a lookup of an unknown text that a later lookup of a known resource replaces."""
    unknown = dict.fromkeys(way.by, edge_cases.UNKNOWN)
    values = {**later_values, **unknown, **way.where}
    exchange = run.client.call(operation, values)
    if run.client.resources(operation, exchange):
        message = f"must look up by {', '.join(way.by)} before any other property"
        report(run, operation, FIRST_LOOKUP, message, f"200 for {show(values)}", exchange)
    elif exchange.response.status == 404 and len(way.by) == 1 and operation.lookup:
        (template,) = way.by.values()
        code = not_found_code(run.spec, operation.lookup, template)
        check_error_code(run, operation, code, exchange)


def test_other_lookups_do_not_matter(run: Run, get_operation: Operation) -> None:
    """The values of the other lookups do not matter, even if they are unknown or incomplete."""
    assert get_operation.lookup is not None
    for index, found in lookups_by_way(run, get_operation).items():
        way, values, resource = found[0]
        for more in irrelevant_values(get_operation.lookup, index):
            request = {**more, **values}
            exchange = run.client.call(get_operation, request)
            resources = run.client.resources(get_operation, exchange)
            check_match(
                run, get_operation, way, resource, request, resources, exchange, FIRST_LOOKUP
            )


def irrelevant_values(lookup: Lookup, index: int) -> Iterator[Values]:
    """Yield values of other lookups beside a complete one, which must not change its result.

    index: of the way that is complete. The values of a later way can be unknown; an earlier way,
    which has priority, must remain incomplete.
    """
    way = lookup.ways[index]
    every: Values = {}
    for position, other in enumerate(lookup.ways):
        unknown = {name: edge_cases.UNKNOWN for name in other.by if name not in way.by}
        opposite = {
            name: not value for name, value in other.where.items() if value in (True, False)
        }
        free = {name: value for name, value in opposite.items() if name not in way.where}
        if free:
            yield free
        if position > index and unknown:
            yield {**unknown, **other.where}
            every |= unknown
        if unknown and free:  # also an earlier way is incomplete with the opposite value
            yield {**unknown, **free}
    if every:
        yield every
