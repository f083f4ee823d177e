"""What nobody knows: texts that nothing is called, and keys that the contract does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from mock_server.contract.document.spec import Operation
from mock_server.contract.source import json_text
from mock_server.contract.violations import show

from ..run import edge_cases
from ..run.recorder import excerpt
from ..run.run import Run
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
from ..target.target import Exchange
from .test_lookups import Asked, is_it, key_of, ways, wrong

MOST_NEAR = 2  # known texts of each way that others are made from


def test_unknown_things_are_not_found(run: Run, operation: Operation) -> None:
    """Any text may be asked for; what nothing is called is not found, and nothing else happens."""
    assert operation.lookup is not None
    single = [way for way in operation.lookup.ways if len(way.by) == 1]
    for place, way in enumerate(single):
        (key, template), *_ = way.by.items()
        known = {filled[key] for chain in run.known.chains if (filled := lookup_values(way, chain))}
        texts = [*edge_cases.TELLING, *edge_cases.TEXTS[place :: len(single)]]
        texts += [
            "x" * size
            for size in (*edge_cases.SIZES, *(edge_cases.LARGE if operation.body else ()))
        ]
        for text in sorted(known, key=_forms, reverse=True)[:MOST_NEAR]:
            texts += edge_cases.near(text)
        texts += half_known(template, run.known.chains)
        for text in dict.fromkeys(texts):
            if text and text not in known:
                unknown(run, operation, template, {key: text, **way.where}, text)


def half_known(template: str, chains: Iterable[Chain]) -> Iterator[str]:
    """What programs make of the text of a thing that lacks a part of it, such as a version."""
    for chain in chains:
        known = template_values(template, chain)
        if any(known) and not all(known):
            for nothing in ("null", "undefined", "None"):
                yield fill_template(template, (part or nothing for part in known))


def _forms(text: str) -> tuple[int, str]:
    """How many others can be made of a text."""
    return len(set(edge_cases.near(text))), text


def unknown(run: Run, operation: Operation, template: str, asked: Asked, text: str) -> None:
    assert operation.lookup is not None
    if operation.needs_token and run.target.token is None:
        return
    seen = run.client.call(operation, asked)
    found = run.client.resources(operation, seen)
    if found:
        if text not in values_of(found):
            message = "ids and names match exactly: a text that nothing has finds nothing"
            told = f"{show(found[0].get(key_of(run, operation)))} for {show(text)}"
            wrong(run, operation, "exact-match", message, told, seen)
    elif seen.response.status == 404:
        code = not_found_code(run.spec, operation.lookup, template)
        if not says(seen, code):
            wrong(
                run, operation, "error-code", f"says {code} of what is unknown", excerpt(seen), seen
            )
    elif seen.response.status == 403 and restarts(run.spec, operation):
        message = "answers status 404 to a request for what is not there"
        wrong(run, operation, "status", message, excerpt(seen), seen)


def test_what_is_asked_for_is_of_any_size(run: Run, finding: Operation) -> None:
    """Keys that the contract does not know are ignored, however many and however long."""
    if finding.body is None or returns_list(finding):
        return
    for way, asked, resource in list(ways(run, finding))[:1]:
        for size in edge_cases.LARGE[:1]:
            more = {**asked, "not_a_property": "x" * (size - 1000)}
            seen = run.client.call(finding, more)
            is_it(run, finding, way, resource, asked, run.client.resources(finding, seen), seen)


def values_of(resources: Iterable[Resource]) -> set[Any]:
    """All texts of things: one of them may really be called so, without being known here."""
    return {
        value for resource in resources for value in resource.values() if isinstance(value, str)
    }


def says(seen: Exchange, code: str) -> bool:
    """Whether an answer names an error code anywhere; where it stands, the schema says."""
    try:
        body = json_text.parse(seen.response.body)
    except ValueError:
        return False
    rest = [body]
    while rest:
        item = rest.pop()
        if item == code:
            return True
        rest += item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
    return False
