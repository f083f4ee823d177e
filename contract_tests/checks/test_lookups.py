"""Looking things up: every way leads to the same thing, and to nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.contract.document.spec import Lookup, LookupWay, Operation, Spec
from mock_server.contract.violations import Violation, show

from ..judging.comparison import Observed, confirmed_difference, difference
from ..run import edge_cases
from ..run.run import Run
from ..target.roles import SUCCESS, Resource, lookup_values, returns_list
from ..target.target import Exchange

Asked = dict[str, Any]


def ways(run: Run, operation: Operation) -> Iterator[tuple[LookupWay, Asked, Resource]]:
    """Each way, with the request of each known thing that it leads to, and that thing."""
    assert operation.lookup is not None
    for way in operation.lookup.ways:
        for resource, chain in run.known.of(operation.lookup.finds):
            filled = lookup_values(way, chain)
            if filled and all(resource.get(name) == value for name, value in way.where.items()):
                yield way, {**filled, **way.where}, resource


def wrong(
    run: Run, operation: Operation, rule: str, message: str, found: str, seen: Exchange
) -> None:
    """Notes one finding of these checks."""
    run.recorder.report(operation, Violation(rule, message, found=found), seen)


def key_of(run: Run, operation: Operation) -> str:
    assert operation.lookup is not None
    return run.spec.entities[operation.lookup.finds].key


def test_looking_changes_nothing(run: Run, finding: Operation) -> None:
    """Looking at a release leaves what no build has changed as a list showed it before."""
    spec = run.spec
    listing = next((each for each, _ in run.offered if returns_list(each)), None)
    if listing is None or finding.lookup is None or finding.lookup.finds != spec.release:
        return
    key, built = key_of(run, finding), of_builds(spec)

    def listed(asked: Asked) -> dict[Any, Resource]:
        resources = run.client.resources(listing, run.client.call(listing, asked))
        return {resource.get(key): resource for resource in resources}

    for asked, _ in lists(run, listing):
        before = listed(asked)
        looked = [run.look(release) for release in before.values()]
        for name, after in listed(asked).items():
            known = before.get(name, after)
            if difference(spec, spec.release, known, after, built, same_lookup=True):
                continue  # a build, of whomever, may change more than its own properties
            wrong = difference(spec, spec.release, known, after, None, same_lookup=True)
            seen = next((look[1] for look in looked if look and look[0].get(key) == name), None)
            if wrong and seen:
                message = "looking at a release changes nothing"
                told = Violation("nothing-changed", message, wrong.pointer, wrong.found)
                run.recorder.report(finding, told, seen)


def of_builds(spec: Spec) -> frozenset[str]:
    """The properties of a release that say how its builds stand."""
    build = spec.build
    names = (name for process in build.processes for name in process.properties.values())
    return frozenset({build.status, build.duration, *names})


def test_every_way_finds_the_same(run: Run, finding: Operation) -> None:
    """What is known is found by each of its names, and looks the same whichever was used."""
    for way, asked, resource in ways(run, finding):
        seen = run.client.call(finding, asked)
        found = run.client.resources(finding, seen)
        if is_it(run, finding, way, resource, asked, found, seen):
            same(run, finding, resource, asked, found[0])


def is_it(
    run: Run,
    operation: Operation,
    way: LookupWay,
    resource: Resource,
    asked: Asked,
    found: list[Resource],
    seen: Exchange,
) -> bool:
    """Whether the thing that was asked for is what was found."""
    key, by = key_of(run, operation), ", ".join(way.by)
    if not found:
        message = f"a lookup by {by} finds what is known by it"
        told = f"{seen.response.status} for {show(asked)}"
        wrong(run, operation, "lookup", message, told, seen)
    elif found[0].get(key) != resource[key]:
        message = f"a lookup by {by} finds the thing that has it"
        told = f"{show(found[0].get(key))}, not {show(resource[key])}"
        wrong(run, operation, "lookup", message, told, seen)
    else:
        return True
    return False


def same(
    run: Run,
    operation: Operation,
    known: Resource,
    asked: Asked,
    found: Resource,
    query: Mapping[str, str] | None = None,
    but: frozenset[str] = frozenset(),
) -> None:
    """What is found is as it is shown elsewhere, at the same time."""
    assert operation.lookup is not None
    name, key = operation.lookup.finds, key_of(run, operation)
    properties = frozenset(run.spec.schema(name)["properties"])
    alike = difference(run.spec, name, known, found, properties - but) is None
    if alike and not run.is_followed(known):  # which was rebuilt, so what was known is old
        return

    def look() -> Resource | None:
        if name != run.spec.release:
            return run.client.by_key(name, known[key])
        looked = run.look(known)
        return looked[0] if looked else None

    def other() -> Observed | None:
        exchange = run.client.call(operation, asked, query)
        resources = run.client.resources(operation, exchange)
        return next(((t, exchange) for t in resources if t.get(key) == known[key]), None)

    apart = confirmed_difference(run.spec, name, look, other, but)
    if apart is not None:
        told, exchange = apart
        message = f"each way to find a thing shows the same {told.pointer[1:]}"
        noted = Violation("same-answer", message, told.pointer, told.found)
        run.recorder.report(operation, noted, exchange)


def test_the_first_complete_way_decides(run: Run, finding: Operation) -> None:
    """Of several ways in one request the first whose keys are all given decides."""
    assert finding.lookup is not None
    asked_by: dict[int, list[tuple[Asked, Resource]]] = {}
    for way, asked, resource in ways(run, finding):
        asked_by.setdefault(finding.lookup.ways.index(way), []).append((asked, resource))
    key = key_of(run, finding)
    for first, later in ((f, s) for f in asked_by for s in asked_by if f < s):
        way = finding.lookup.ways[first]
        pairs = ((a, b) for a in asked_by[first] for b in asked_by[later])
        for (asked, resource), (contrary, another) in pairs:
            if resource[key] == another[key]:
                continue
            both = {**contrary, **asked}
            seen = run.client.call(finding, both)
            is_it(run, finding, way, resource, both, run.client.resources(finding, seen), seen)
            nobody = {**contrary, **dict.fromkeys(way.by, "no such thing"), **way.where}
            seen = run.client.call(finding, nobody)
            if run.client.resources(finding, seen):
                message = f"a lookup by {', '.join(way.by)} decides before one by another"
                told = f"200 for {show(nobody)}"
                wrong(run, finding, "lookup", message, told, seen)
            break


def test_parameters_that_leave_out(run: Run, finding: Operation) -> None:
    """What a parameter leaves out is left out by every way to ask, and nothing else is."""
    for parameter in finding.parameters:
        if parameter.omits is None:
            continue
        emptied = frozenset(run.spec.build.role_properties(parameter.omits))
        for way, asked, resource in full_first(run, finding, emptied):
            for text, but in (("false", emptied), ("true", frozenset[str]())):
                query = {parameter.name: text}
                seen = run.client.call(finding, asked, query)
                found = run.client.resources(finding, seen)
                if is_it(run, finding, way, resource, asked, found, seen):
                    same(run, finding, resource, asked, found[0], query, but)


def full_first(
    run: Run, operation: Operation, names: frozenset[str]
) -> Iterator[tuple[LookupWay, Asked, Resource]]:
    """For each way some known things, those first that have most in these properties."""
    of_way: dict[int, list[tuple[LookupWay, Asked, Resource]]] = {}
    for each in ways(run, operation):
        of_way.setdefault(id(each[0]), []).append(each)
    for triples in of_way.values():
        triples.sort(key=lambda triple: -sum(len(triple[2].get(name) or ()) for name in names))
        yield from triples[:3]


def test_lists_agree(run: Run, listing: Operation) -> None:
    """A list holds every known release of its package, by whichever name it was asked for."""
    key = key_of(run, listing)
    for asked, expected in lists(run, listing):
        seen = run.client.call(listing, asked)
        if seen.response.status != SUCCESS:
            continue
        listed = {resource.get(key): resource for resource in run.client.resources(listing, seen)}
        absent = [name for name in expected if name not in listed]
        if absent:
            message = "a list holds every release of what it was asked for"
            wrong(run, listing, "list-is-whole", message, f"no {show(absent[0])}", seen)
        for name in expected.keys() & listed.keys():
            same(run, listing, expected[name], asked, listed[name])


def lists(run: Run, listing: Operation) -> Iterator[tuple[Asked, dict[str, Resource]]]:
    """Each request for a list of known things, and what it is known to hold."""
    by_request: dict[str, tuple[Asked, dict[str, Resource]]] = {}
    key = key_of(run, listing)
    for _, asked, resource in ways(run, listing):
        by_request.setdefault(show(asked), (asked, {}))[1][resource[key]] = resource
    yield from by_request.values()


def test_filters_hold_and_lose_nothing(run: Run, listing: Operation) -> None:
    """A filtered list is what the whole list has of that value, no more and no less."""
    assert listing.lookup is not None
    key = key_of(run, listing)
    for asked, _ in lists(run, listing):
        whole = run.client.resources(listing, run.client.call(listing, asked))
        for filters in filterings(listing.lookup, whole):
            seen = run.client.call(listing, {**asked, **filters})
            if seen.response.status != SUCCESS:
                continue
            expected = {t.get(key) for t in whole if has(t, filters)}
            listed = {t.get(key) for t in run.client.resources(listing, seen)}
            if listed != expected:
                odd_one = min(map(str, listed ^ expected))
                message = f"the filter {', '.join(filters)} keeps exactly what has that value"
                told = f"{show(odd_one)} is {'kept' if odd_one in map(str, listed) else 'lost'}"
                wrong(run, listing, "filter", message, told, seen)


def filterings(lookup: Lookup, whole: list[Resource]) -> Iterator[Asked]:
    """Values of each filter, some that nothing has, and filters together."""
    for name in lookup.filters:
        values = list(dict.fromkeys(t[name] for t in whole if t.get(name) is not None))
        if all(isinstance(value, bool) for value in values):
            values = [True, False]
        else:
            near = [text for value in values[:1] for text in edge_cases.near(str(value))][:8]
            values = [*values[:4], "no such value", "%", *(t for t in near if t)]
        yield from ({name: value} for value in dict.fromkeys(values))
    for resource in whole[:3]:
        together = {
            name: resource[name] for name in lookup.filters if resource.get(name) is not None
        }
        if len(together) > 1:
            yield together
            for name, value in together.items():
                opposite = not value if isinstance(value, bool) else "no such value"
                yield {**together, name: opposite}


def has(resource: Resource, wanted: Mapping[str, Any]) -> bool:
    return all(resource.get(name) == value for name, value in wanted.items())
