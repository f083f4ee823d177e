"""What the operations do: one table, operationId to function.

Names of properties and error codes are never written here: the spec's ``x-lookup`` and
``x-entity`` say what is looked up, its responses say what an answer is made of.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .catalog import Catalog, Index, Thing
from .contract.exchange import Answer
from .contract.requests import Accepted
from .contract.spec import Operation, Response, Spec, resolve
from .contract.violations import Violation
from .fixtures.values import Fixtures
from .world import World, showing

JSON = (("Content-Type", "application/json"),)


@dataclass(frozen=True)
class Asked:
    """A request that keeps the contract, who asks it, in which world, and when (milliseconds)."""

    operation: Operation
    request: Accepted
    caller: Mapping[str, Any] | None
    world: World
    now: int


@dataclass(frozen=True)
class Stock:
    """What answers are made from."""

    spec: Spec
    fixtures: Fixtures
    catalog: Catalog


class RefusalError(Exception):
    """An error that the operation documents. ``code`` chooses among several of one status."""

    def __init__(self, status: int, code: str | None = None, issues: Iterable[Violation] = ()):
        super().__init__(status, code)
        self.status, self.code, self.issues = status, code, tuple(issues)


def answer(stock: Stock, asked: Asked) -> Answer:
    """What an operation answers. Raises RefusalError for what it documents as an error."""
    return ANSWERS[asked.operation.id](stock, asked)


def find(stock: Stock, asked: Asked) -> Answer:
    """One thing, by the first way whose keys are all given."""
    return _success(stock, asked, [_found(stock, asked)])


def listing(stock: Stock, asked: Asked) -> Answer:
    """All things of a way that the filters let through; none is no error."""
    operation = asked.operation
    found = [
        thing for index, key in _ways_given(stock, asked) for thing in index.things.get(key, ())
    ]
    body = _given(asked)
    filters = operation.lookup.filters if operation.lookup else ()
    kept = [
        thing
        for thing in found
        if all(thing.value.get(name) == body[name] for name in filters if name in body)
    ]
    return _success(stock, asked, kept)


def rebuild(stock: Stock, asked: Asked) -> Answer:
    """Starts the builds of a release anew, if it is the caller's."""
    thing = _found(stock, asked)
    owner = stock.catalog.owner(thing)
    if owner is None or asked.caller is None or owner.value != asked.caller:
        raise RefusalError(403)
    start_rebuild(stock, asked.world, thing, asked.now)
    return _success(stock, asked, [thing])


def start_rebuild(stock: Stock, world: World, thing: Thing, now: int) -> None:
    """Writes the one record of a rebuild: this release plays that scenario since now."""
    key = thing.value[stock.spec.entities[thing.entity].key]
    world.play(key, stock.fixtures.default_scenario.timeline, now)


ANSWERS: dict[str, Callable[[Stock, Asked], Answer]] = {
    "getPackageRelease": find,
    "listPackageReleases": listing,
    "rebuildPackageRelease": rebuild,
    "getPackage": find,
    "findPackage": find,
    "getAccount": find,
    "findAccount": find,
}


def wire(stock: Stock, world: World, thing: Thing, now: int) -> Mapping[str, Any]:
    """A thing as it is answered: a release as it shows now, all else as it stands in its file."""
    if thing.fixture is None:
        return thing.value
    key = thing.value[stock.spec.entities[thing.entity].key]
    return showing(world, stock.spec, key, thing.fixture, now)


def error(response: Response, code: str | None = None, issues: Iterable[Violation] = ()) -> Answer:
    """The documented error of a response, as its example says it, with the issues found."""
    body = response.examples[code or next(iter(response.examples))]
    form, listed = response.issues, list(issues)
    if form is not None and listed:
        told = [{form.place: v.pointer, form.message: _message(v)} for v in listed]
        outer, name = form.path
        body = {**body, outer: {**body[outer], name: told}}
    return Answer(response.status, JSON, _encode(body))


def _message(violation: Violation) -> str:
    told = [
        violation.message,
        f"found {violation.found}" if violation.found else "",
        violation.cure,
    ]
    return "; ".join(part for part in told if part)


def _given(asked: Asked) -> Mapping[str, Any]:
    body = asked.request.body
    return body if isinstance(body, dict) else asked.request.query


def _ways_given(stock: Stock, asked: Asked) -> Iterator[tuple[Index, tuple[str, ...]]]:
    """The first way whose keys are all given, with those keys."""
    given = _given(asked)
    for index in stock.catalog.indexes.get(asked.operation.id, ()):
        way = index.way
        complete = all(name in given for name in way.by)
        if complete and all(given.get(name) == value for name, value in way.where.items()):
            yield index, tuple(given[name] for name in way.by)
            return


def _found(stock: Stock, asked: Asked) -> Thing:
    lookup = asked.operation.lookup
    for index, key in _ways_given(stock, asked):
        things = index.things.get(key, ())
        if things:
            return things[0]
        unknown = index.parent if index.parent and key not in index.parents else index.finds
        raise RefusalError(404, stock.spec.entities[unknown].unknown)
    if lookup and lookup.otherwise == "caller":
        return _caller(stock, asked, lookup.finds)
    ways = [" and ".join([*w.by, *w.where]) for w in lookup.ways] if lookup else []
    raise RefusalError(400, None, [Violation("lookup", "needs one of: " + "; ".join(ways))])


def _caller(stock: Stock, asked: Asked, entity: str) -> Thing:
    if asked.caller is None:
        raise RefusalError(401)
    key = stock.spec.entities[entity].key
    return stock.catalog.things[entity][asked.caller[key]]


def _success(stock: Stock, asked: Asked, things: list[Thing]) -> Answer:
    """The documented success: its constants, and the things where the schema has them."""
    response = asked.operation.responses[200]
    values = [wire(stock, asked.world, thing, asked.now) for thing in things]
    values = [_without_logs(stock.spec, asked, value) for value in values]
    (_, path), *_ = response.entities
    body = {**_constants(stock.spec, response), path[0]: values if "*" in path else values[0]}
    return Answer(200, JSON, _encode(body))


def _constants(spec: Spec, response: Response) -> dict[str, Any]:
    schema = resolve(spec.data, {"$ref": f"#{response.schema}"})
    return {n: s["const"] for n, s in schema.get("properties", {}).items() if "const" in s}


def _without_logs(spec: Spec, asked: Asked, value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The value with every property emptied whose role a parameter leaves out."""
    for parameter in asked.operation.parameters:
        if parameter.omits and asked.request.query.get(parameter.name) is False:
            value = {**value, **{name: [] for name in spec.build.playing(parameter.omits)}}
    return value


def _encode(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
