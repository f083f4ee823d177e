"""Looking things up: every way leads to the same thing, and to nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mock_server.contract import jsontext
from mock_server.contract.spec import Lookup, Operation, Way
from mock_server.contract.violations import Violation, show

from . import odd
from .builds import difference, untouched
from .observations import excerpt
from .roles import SUCCESS, Thing, fill, unknown_code
from .run import Run
from .target import Exchange


def ways(run: Run, operation: Operation) -> Iterator[tuple[Way, dict[str, Any], Thing]]:
    """Each way, with the request of each known thing that it leads to, and that thing."""
    assert operation.lookup is not None
    for way in operation.lookup.ways:
        for thing, chain in run.known.of(operation.lookup.finds):
            filled = fill(way, chain)
            if filled and all(thing.get(name) == value for name, value in way.where.items()):
                yield way, {**filled, **way.where}, thing


def wrong(
    run: Run, operation: Operation, rule: str, message: str, found: str, seen: Exchange
) -> None:
    """Notes one finding of these checks."""
    run.record.note(operation, Violation(rule, message, found=found), seen)


def key_of(run: Run, operation: Operation) -> str:
    assert operation.lookup is not None
    return run.spec.entities[operation.lookup.finds].key


def test_every_way_finds_the_same(run: Run, finding: Operation) -> None:
    """What is known is found by each of its names, and looks the same whichever was used."""
    key = key_of(run, finding)
    for way, asked, thing in ways(run, finding):
        seen = run.asker.ask(finding, asked)
        found = run.asker.things(finding, seen)
        by = ", ".join(way.by)
        if not found:
            message = f"a lookup by {by} finds what is known by it"
            wrong(run, finding, "lookup", message, f"{seen.answer.status} for {show(asked)}", seen)
        elif found[0].get(key) != thing[key]:
            message = f"a lookup by {by} finds the thing that has it"
            wrong(
                run,
                finding,
                "lookup",
                message,
                f"{show(found[0].get(key))}, not {show(thing[key])}",
                seen,
            )
        else:
            same(run, finding, thing, found[0], seen)


def same(run: Run, operation: Operation, known: Thing, found: Thing, seen: Exchange) -> None:
    """What is found is as it is shown elsewhere: a release right now, other things as known."""
    assert operation.lookup is not None
    if operation.lookup.finds == run.spec.release:
        now = None if run.is_followed(known) else run.look(known)
        wrong = untouched(run.spec, found, now[0]) if now else None
    else:
        wrong = difference(run.spec.schema(operation.lookup.finds)["properties"], known, found)
    if wrong is not None:
        message = f"each way to find a thing shows the same {wrong.pointer[1:]}"
        noted = Violation("same-answer", message, wrong.pointer, wrong.found)
        run.record.note(operation, noted, seen)


def test_lists_agree(run: Run, listing: Operation) -> None:
    """A list holds every known release of its package, by whichever name it was asked for."""
    key = key_of(run, listing)
    for asked, expected in lists(run, listing):
        seen = run.asker.ask(listing, asked)
        if seen.answer.status != SUCCESS:
            continue
        listed = {thing.get(key): thing for thing in run.asker.things(listing, seen)}
        absent = [name for name in expected if name not in listed]
        if absent:
            message = "a list holds every release of what it was asked for"
            wrong(run, listing, "list-is-whole", message, f"no {show(absent[0])}", seen)
        for name in expected.keys() & listed.keys():
            same(run, listing, expected[name], listed[name], seen)


def lists(run: Run, listing: Operation) -> Iterator[tuple[dict[str, Any], dict[str, Thing]]]:
    """Each request for a list of known things, and what it is known to hold."""
    by_request: dict[str, tuple[dict[str, Any], dict[str, Thing]]] = {}
    key = key_of(run, listing)
    for _, asked, thing in ways(run, listing):
        by_request.setdefault(show(asked), (asked, {}))[1][thing[key]] = thing
    yield from by_request.values()


def test_filters_hold_and_lose_nothing(run: Run, listing: Operation) -> None:
    """A filtered list is what the whole list has of that value, no more and no less."""
    assert listing.lookup is not None
    key = key_of(run, listing)
    for asked, _ in lists(run, listing):
        whole = run.asker.things(listing, run.asker.ask(listing, asked))
        for filters in filterings(listing.lookup, whole):
            seen = run.asker.ask(listing, {**asked, **filters})
            if seen.answer.status != SUCCESS:
                continue
            expected = {t.get(key) for t in whole if has(t, filters)}
            listed = {t.get(key) for t in run.asker.things(listing, seen)}
            if listed != expected:
                odd_one = min(map(str, listed ^ expected))
                message = f"the filter {', '.join(filters)} keeps exactly what has that value"
                told = f"{show(odd_one)} is {'kept' if odd_one in map(str, listed) else 'lost'}"
                wrong(run, listing, "filter", message, told, seen)


def filterings(lookup: Lookup, whole: list[Thing]) -> Iterator[dict[str, Any]]:
    """Each value of each filter, one that nothing has, and all filters together."""
    for name in lookup.filters:
        values = list(dict.fromkeys(t[name] for t in whole if t.get(name) is not None))
        if all(isinstance(value, bool) for value in values):
            values = [True, False]
        else:
            values += ["no such value"]
        yield from ({name: value} for value in values)
    for thing in whole[:3]:
        together = {name: thing[name] for name in lookup.filters if thing.get(name) is not None}
        if len(together) > 1:
            yield together


def has(thing: Thing, wanted: Mapping[str, Any]) -> bool:
    return all(thing.get(name) == value for name, value in wanted.items())


def test_unknown_things_are_not_found(run: Run, operation: Operation) -> None:
    """Any text may be asked for; what nothing is called is not found, and nothing else happens."""
    assert operation.lookup is not None
    for way in operation.lookup.ways:
        if len(way.by) != 1:
            continue
        (key, template), texts = next(iter(way.by.items())), list(odd.TEXTS)
        known = {filled[key] for chain in run.known.chains if (filled := fill(way, chain))}
        for text in sorted(known)[:2]:
            texts += odd.near(text)
        for text in texts:
            if text and text not in known:
                unknown(run, operation, template, {key: text, **way.where}, text)


def unknown(
    run: Run, operation: Operation, template: str, asked: dict[str, Any], text: str
) -> None:
    assert operation.lookup is not None
    if operation.needs_token and run.target.token is None:
        return
    seen = run.asker.ask(operation, asked)
    found = run.asker.things(operation, seen)
    if found and text not in values_of(found):
        message = "ids and names match exactly: a text that nothing has finds nothing"
        key = key_of(run, operation)
        wrong(
            run,
            operation,
            "exact-match",
            message,
            f"{show(found[0].get(key))} for {show(text)}",
            seen,
        )
    elif seen.answer.status == 404 and not found:
        code = unknown_code(run.spec, operation.lookup, template)
        if not says(seen, code):
            message = f"says {code} of what is unknown"
            wrong(
                run,
                operation,
                "error-code",
                message,
                excerpt(seen),
                seen,
            )


def values_of(things: Iterable[Thing]) -> set[Any]:
    """All texts of things: one of them may really be called so, without being known here."""
    return {value for thing in things for value in thing.values() if isinstance(value, str)}


def says(seen: Exchange, code: str) -> bool:
    """Whether an answer names an error code anywhere; where it stands, the schema says."""
    try:
        body = jsontext.parse(seen.answer.body)
    except ValueError:
        return False
    rest = [body]
    while rest:
        item = rest.pop()
        if item == code:
            return True
        rest += item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
    return False
