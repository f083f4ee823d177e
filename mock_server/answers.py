"""What the operations do: one table, operationId to function.

Names of properties and error codes are never written here: the spec's ``x-lookup`` and
``x-entity`` say what is looked up, its responses say what an answer is made of.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .catalog import Index, Thing
from .contract.exchange import Answer
from .contract.judge import Judge
from .contract.requests import Accepted
from .contract.spec import Operation, Response, Spec, resolve
from .contract.violations import Violation, nearest
from .fixtures.timeline import Timeline
from .fixtures.values import Fixture
from .prefer import Preferences
from .sessions import Sessions, TooManyStreamsError
from .stock import Fate, Stock, fate, release_at
from .streams import Watch
from .variations import variation
from .world import ANY, World

JSON = (("Content-Type", "application/json"),)
NEEDED = {"WWW-Authenticate": "Bearer", "Retry-After": "1"}  # where an error documents them
# neither the browser nor a proxy keeps events back (X-Accel-Buffering is nginx's)
OF_STREAMS = (("Cache-Control", "no-store"), ("X-Accel-Buffering", "no"))
SEEDS = 1_000_000  # from which a seed is drawn when a variation is asked for without one


@dataclass(frozen=True)
class Asked:
    """A request that keeps the contract: who asks it, in which session, when (milliseconds).

    world: the session's, as it was when the request came.
    """

    operation: Operation
    request: Accepted
    caller: Mapping[str, Any] | None
    session: str
    world: World
    now: int
    prefer: Preferences = field(default_factory=Preferences)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """What the functions of the table work with."""

    judge: Judge
    stock: Stock
    sessions: Sessions


class RefusalError(Exception):
    """An error that the operation documents. ``code`` chooses among several of one status."""

    def __init__(self, status: int, code: str | None = None, issues: Iterable[Violation] = ()):
        super().__init__(status, code)
        self.status, self.code, self.issues = status, code, tuple(issues)


def answer(context: Context, asked: Asked) -> Answer:
    """What an operation answers. Raises RefusalError for what it documents as an error."""
    return ANSWERS[asked.operation.id](context, asked)


def find(context: Context, asked: Asked) -> Answer:
    """One thing, by the first way whose keys are all given."""
    return _success(context, asked, [found(context, asked)])


def listing(context: Context, asked: Asked) -> Answer:
    """All things of a way that the filters let through; none is no error."""
    body = _given(asked)
    filters = asked.operation.lookup.filters if asked.operation.lookup else ()
    kept = [
        thing
        for index, key in _way_given(context, asked)
        for thing in index.things.get(key, ())
        if all(thing.value.get(name) == body[name] for name in filters if name in body)
    ]
    return _success(context, asked, kept)


def rebuild(context: Context, asked: Asked) -> Answer:
    """Starts the builds of a release anew, if it is the caller's."""
    thing = found(context, asked)
    owner = context.stock.catalog.owner(thing)
    if owner is None or asked.caller is None or owner.value != asked.caller:
        raise RefusalError(403)
    world = start_rebuild(context, asked.session, thing, asked.now, asked.prefer.scenario)
    return _success(context, replace(asked, world=world), [thing])


def start_rebuild(
    context: Context, session: str, thing: Thing, now: int, scenario: str | None = None
) -> World:
    """Writes the one record of a rebuild: this release plays that scenario since now.

    scenario: else what was said to come next, else the default one. Raises RefusalError for one
    that is none, or that does not begin as a rebuild must.
    """
    key = thing.value[context.stock.spec.entities[thing.entity].key]
    if scenario is not None:
        rebuilding(context, scenario)

    def play(world: World) -> World:
        coming = world.coming.get(key, world.coming.get(ANY))
        name = scenario or coming
        chosen = context.stock.fixtures.scenarios.get(name or "")
        chosen = chosen or context.stock.fixtures.default_scenario
        if scenario is None and coming is not None:
            world = world.without_coming(key)
        return world.playing(key, chosen.timeline.key, now)

    return context.sessions.change(session, play)


def rebuilding(context: Context, scenario: str) -> None:
    """Raises RefusalError unless a rebuild may play this scenario."""
    valid = [s.name for s in context.stock.fixtures.scenarios.values() if s.rebuilds]
    if scenario not in valid:
        message = f"names a scenario that a rebuild may play: {', '.join(valid)}"
        wrong = Violation("scenario", message, "scenario", scenario, nearest(scenario, valid))
        raise RefusalError(400, None, [wrong])


def watch(context: Context, asked: Asked) -> Answer:
    """A release and its changes as a stream of events, from the last one seen on."""
    fixture = found(context, asked).fixture
    if fixture is None:
        raise RefusalError(404)  # what is no release has no builds
    response = asked.operation.responses[200]
    watched = Watch(
        context.judge, context.stock, context.sessions, asked.session, fixture, response.events
    )
    last = asked.headers.get("last-event-id", "")
    after = watched.resumed(last, asked.world, asked.now)
    due = watched.due(asked.world, asked.now, after)
    if due.over and not due.events:
        return Answer(204)
    try:
        stream = watched.opened(after)
    except TooManyStreamsError:
        raise RefusalError(503) from None
    headers = (("Content-Type", str(response.media_type)), *OF_STREAMS)
    served = fate(context.stock, asked.world, fixture).timeline.name
    return Answer(200, headers, stream=stream, served=(served,))


ANSWERS: dict[str, Callable[[Context, Asked], Answer]] = {
    "getPackageRelease": find,
    "listPackageReleases": listing,
    "rebuildPackageRelease": rebuild,
    "watchPackageRelease": watch,
    "getPackage": find,
    "findPackage": find,
    "getAccount": find,
    "findAccount": find,
}


def error(response: Response, code: str | None = None, issues: Iterable[Violation] = ()) -> Answer:
    """The documented error of a response, as its example says it, with the issues found."""
    if not response.examples:
        return Answer(response.status)
    body = response.examples[code or next(iter(response.examples))]
    form, listed = response.issues, list(issues)
    if form is not None and listed:
        told = [{form.place: v.pointer, form.message: _message(v)} for v in listed]
        outer, name = form.path
        body = {**body, outer: {**body[outer], name: told}}
    needed = [(name, text) for name, text in NEEDED.items() if name in response.headers]
    return Answer(response.status, (*JSON, *needed), encode(body))


def encode(body: Any) -> bytes:
    """A JSON value as it is sent."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _message(violation: Violation) -> str:
    told = f"found {violation.found}" if violation.found else ""
    return "; ".join(part for part in (violation.message, told, violation.cure) if part)


def _given(asked: Asked) -> Mapping[str, Any]:
    body = asked.request.body
    return body if isinstance(body, dict) else asked.request.query


def _way_given(context: Context, asked: Asked) -> Iterator[tuple[Index, tuple[str, ...]]]:
    """The first way whose keys are all given, with those keys; nothing when there is none."""
    given = _given(asked)
    for index in context.stock.catalog.indexes.get(asked.operation.id, ()):
        way = index.way
        complete = all(name in given for name in way.by)
        if complete and all(given.get(name) == value for name, value in way.where.items()):
            yield index, tuple(given[name] for name in way.by)
            return


def found(context: Context, asked: Asked) -> Thing:
    """The thing that a request looks up. Raises RefusalError when there is none."""
    lookup, entities = asked.operation.lookup, context.stock.spec.entities
    for index, key in _way_given(context, asked):
        things = index.things.get(key, ())
        if things:
            return things[0]
        unknown = index.parent if index.parent and key not in index.parents else index.finds
        raise RefusalError(404, entities[unknown].unknown)
    if lookup and lookup.otherwise == "caller":
        if asked.caller is None:
            raise RefusalError(401)
        key_of_caller = asked.caller[entities[lookup.finds].key]
        return context.stock.catalog.things[lookup.finds][key_of_caller]
    ways = [" and ".join([*w.by, *w.where]) for w in lookup.ways] if lookup else []
    raise RefusalError(400, None, [Violation("lookup", "needs one of: " + "; ".join(ways))])


def _success(context: Context, asked: Asked, things: list[Thing]) -> Answer:
    """The documented success: its constants, and the things where the schema has them."""
    response = asked.operation.responses[200]
    if _varied(asked) and asked.prefer.seed is None:
        asked = replace(asked, prefer=replace(asked.prefer, seed=secrets.randbelow(SEEDS)))
    values = [_wire(context, asked, thing, len(things)) for thing in things]
    (_, path), *_ = response.entities
    constants = _constants(context.stock.spec, response)
    body = {**constants, path[0]: values if "*" in path else values[0]}
    told = ", ".join(_applied(asked, things))
    applied = [("Preference-Applied", told)] if told else []
    fixtures = [thing.fixture for thing in things if thing.fixture and not _varied(asked)]
    served = [_fate(context.stock, asked, fixture).timeline.name for fixture in fixtures]
    return Answer(200, (*JSON, *applied), encode(body), served=tuple(served))


def _wire(context: Context, asked: Asked, thing: Thing, share: int) -> Mapping[str, Any]:
    """A thing as it is answered, one of ``share``, what the request prefers included."""
    if thing.fixture is None:
        return thing.value
    stock, world = context.stock, asked.world
    if _varied(asked):
        seed, example = asked.prefer.seed or 0, asked.prefer.example
        base = _lent(stock, example) if example is not None else None
        release = variation(
            context.judge, stock, thing.fixture, seed, world.began, asked.now, base, share
        )
    else:
        told = _fate(stock, asked, thing.fixture)
        release = release_at(stock, world, thing.fixture, told, asked.now)
    return _without_logs(stock.spec, asked, release)


def _varied(asked: Asked) -> bool:
    return asked.prefer.dynamic and asked.operation.effect is None


def _fate(stock: Stock, asked: Asked, fixture: Fixture) -> Fate:
    """What the release goes through, or the state that the request would have lent to it."""
    if asked.prefer.example is not None and asked.operation.effect is None:
        return Fate(_lent(stock, asked.prefer.example), asked.world.began, 0)
    return fate(stock, asked.world, fixture)


def _lent(stock: Stock, example: str) -> Timeline:
    fixture = stock.fixtures.releases.get(example)
    if fixture is None:
        names = list(stock.fixtures.releases)
        message = f"example names a fixture: {', '.join(names)}"
        wrong = Violation("prefer", message, "Prefer", example, nearest(example, names))
        raise RefusalError(400, None, [wrong])
    return fixture.timeline


def _applied(asked: Asked, things: list[Thing]) -> Iterator[str]:
    """The preferences that the answer honours (RFC 7240, section 3)."""
    prefer = asked.prefer
    releases = any(thing.fixture for thing in things)
    if prefer.code is not None:
        yield f"code={prefer.code}"
    if prefer.example is not None and releases and asked.operation.effect is None:
        yield f"example={prefer.example}"
    if releases and _varied(asked):
        yield f"dynamic=true, seed={prefer.seed}"
    if prefer.scenario is not None and asked.operation.effect == "rebuild":
        yield f"scenario={prefer.scenario}"


def _constants(spec: Spec, response: Response) -> dict[str, Any]:
    schema = resolve(spec.data, {"$ref": f"#{response.schema}"})
    return {n: s["const"] for n, s in schema.get("properties", {}).items() if "const" in s}


def _without_logs(spec: Spec, asked: Asked, value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The value with every property emptied whose role a parameter leaves out."""
    for parameter in asked.operation.parameters:
        if parameter.omits and asked.request.query.get(parameter.name) is False:
            value = {**value, **{name: [] for name in spec.build.playing(parameter.omits)}}
    return value
