"""Checks lookups of texts that match nothing, and properties that the contract does not define."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from mock_server.contract.document.operation import LookupWay, Operation
from mock_server.contract.document.resources.types import FIELD
from mock_server.contract.exchange import Exchange
from mock_server.contract.source import json_text
from mock_server.contract.violations import show

from ..cases import edge_cases
from ..judging.protocol import excerpt
from ..run.run import Run
from ..target.knowledge import chain_of
from ..target.roles import (
    Chain,
    Resource,
    fill_template,
    lookup_values,
    not_found_code,
    restarts,
    returns_list,
    template_values,
)
from .test_lookups import check_match, key_of, known_lookups, report

KNOWN_TEXTS = 2  # of each lookup, from which similar texts are made


def test_unknown_texts_are_not_found(run: Run, operation: Operation) -> None:
    """Any text can be looked up. One that matches nothing gets 404 with its error code."""
    assert operation.lookup is not None
    ways = [way for way in operation.lookup.ways if len(way.by) == 1]
    for index, way in enumerate(ways):
        (name, template), *_ = way.by.items()
        chains = run.known.chains
        known = {values[name] for chain in chains if (values := lookup_values(way, chain))}
        texts = [*edge_cases.MOST_REVEALING, *edge_cases.TEXTS[index :: len(ways)]]
        sizes = (*edge_cases.SIZES, *(edge_cases.LARGE if operation.body else ()))
        texts += ["x" * size for size in sizes]
        for text in sorted(known, key=_similar_texts, reverse=True)[:KNOWN_TEXTS]:
            texts += edge_cases.similar(text)
        texts += incomplete_texts(template, chains)
        texts += inexact_texts(template, chains)
        for text in dict.fromkeys(texts):
            if text and text not in known:
                check_unknown(run, operation, way, text)


def inexact_texts(template: str, chains: Iterable[Chain]) -> Iterator[str]:
    """Yield texts made of several values, of which one is only similar to that of a resource.

    For example, the beginning of a version after the complete name of a package.
    """
    complete = [values for chain in chains if all(values := template_values(template, chain))]
    count = len(FIELD.findall(template))
    for index in range(count) if count > 1 else ():
        longest = sorted(complete, key=lambda values: -len(str(values[index])))
        for values in (*longest[:1], *complete[:1]):
            for inexact in edge_cases.inexact(str(values[index])):
                yield fill_template(template, (*values[:index], inexact, *values[index + 1 :]))


def incomplete_texts(template: str, chains: Iterable[Chain]) -> Iterator[str]:
    """Yield texts in which a server may write a missing part, such as a version, as a word."""
    for chain in chains:
        values = template_values(template, chain)
        if any(values) and not all(values):
            for missing in ("null", "undefined", "None"):
                yield fill_template(template, (value or missing for value in values))


def _similar_texts(text: str) -> tuple[int, str]:
    """Return the number of texts that are similar to one, and the text to break ties."""
    return len(set(edge_cases.similar(text))), text


def check_unknown(run: Run, operation: Operation, way: LookupWay, text: str) -> None:
    """Look up a text that matches no known resource, and report a response that finds another."""
    assert operation.lookup is not None
    if operation.needs_token and run.target.token is None:
        return
    ((name, template),) = way.by.items()
    exchange = run.client.call(operation, {name: text, **way.where})
    resources = run.client.resources(operation, exchange)
    status = exchange.response.status
    if resources:
        if not is_named(run, operation, way, resources[0], text):
            message = "must match ids and names exactly"
            found = f"{show(resources[0].get(key_of(run, operation)))} for {show(text)}"
            report(run, operation, "exact-match", message, found, exchange)
    elif status == 404:
        code = not_found_code(run.spec, operation.lookup, template)
        check_error_code(run, operation, code, exchange)
    elif status == 403 and restarts(run.spec, operation):
        message = "status must be 404 for a resource that does not exist"
        report(run, operation, "status", message, excerpt(exchange), exchange)


def is_named(run: Run, operation: Operation, way: LookupWay, resource: Resource, text: str) -> bool:
    """Return whether a resource that the run did not know is the one that a text looks up.

    Its own properties, and those of its parents, must form the text.
    """
    assert operation.lookup is not None
    chain = chain_of(run.client, operation.lookup.finds, resource, {})
    values = lookup_values(way, chain)
    return text in (texts_of([resource]) if values is None else values.values())


def check_error_code(run: Run, operation: Operation, code: str, exchange: Exchange) -> None:
    """Report a response without an error code."""
    if not contains(exchange, code):
        message = f"must contain the error code {code}"
        report(run, operation, "error-code", message, excerpt(exchange), exchange)


def test_large_unknown_properties_are_ignored(run: Run, get_operation: Operation) -> None:
    """A property that the contract does not define is ignored, even if it is long."""
    if get_operation.body is None or returns_list(get_operation):
        return
    for way, values, resource in list(known_lookups(run, get_operation))[:1]:
        for size in edge_cases.LARGE[:1]:
            exchange = run.client.call(
                get_operation, {**values, "not_a_property": "x" * (size - 1000)}
            )
            resources = run.client.resources(get_operation, exchange)
            check_match(run, get_operation, way, resource, values, resources, exchange)


def texts_of(resources: Iterable[Resource]) -> set[Any]:
    """Return all texts of resources: a resource that the run does not know may have such a name."""
    return {
        value for resource in resources for value in resource.values() if isinstance(value, str)
    }


def contains(exchange: Exchange, code: str) -> bool:
    """Return whether a body contains an error code at any place; the schema checks the place."""
    try:
        body = json_text.parse(exchange.response.body)
    except ValueError:
        return False
    values = [body]
    while values:
        value = values.pop()
        if value == code:
            return True
        if isinstance(value, dict):
            values += value.values()
        elif isinstance(value, list):
            values += value
    return False
