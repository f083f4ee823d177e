"""What the operations do: one table, operationId to function.

Names of properties and error codes are never written here: the spec's ``x-lookup`` and
``x-entity`` say what is looked up, its responses say what an answer is made of.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..contract.document.spec import Response, Spec, resolve
from ..contract.exchange import Answer
from ..contract.violations import Violation, nearest
from ..http.error_responses import JSON, encode
from ..state.catalog import Thing
from ..state.playback import fate
from ..state.session_state import ANY, World
from ..state.sessions import TooManyStreamsError
from .call import Asked, Context, RefusalError
from .event_stream import Watch
from .lookup import found, given, way_given
from .render import applied, fate_told, left_out, varied, wire

# neither the browser nor a proxy keeps events back (X-Accel-Buffering is nginx's)
OF_STREAMS = (("Cache-Control", "no-store"), ("X-Accel-Buffering", "no"))
SEEDS = 1_000_000  # from which a seed is drawn when a variation is asked for without one


def answer(context: Context, asked: Asked) -> Answer:
    """What an operation answers. Raises RefusalError for what it documents as an error."""
    return ANSWERS[asked.operation.id](context, asked)


def find(context: Context, asked: Asked) -> Answer:
    """One thing, by the first way whose keys are all given."""
    return _success(context, asked, [found(context, asked)])


def listing(context: Context, asked: Asked) -> Answer:
    """All things of a way that the filters let through; none is no error."""
    body = given(asked)
    filters = asked.operation.lookup.filters if asked.operation.lookup else ()
    kept = [
        thing
        for index, key in way_given(context, asked)
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


def _success(context: Context, asked: Asked, things: list[Thing]) -> Answer:
    """The documented success: its constants, and the things where the schema has them."""
    if varied(asked):
        return _varied(context, asked, things)
    stock, response = context.stock, asked.operation.responses[200]
    fates = [fate_told(stock, asked, thing.fixture) if thing.fixture else None for thing in things]
    shows = tuple(
        (thing.entity, thing.key, fate and fate.shown(asked.now), asked.world.began)
        for thing, fate in zip(things, fates, strict=True)
    )
    key = (asked.operation.id, left_out(asked), shows)
    body = stock.bodies.get(key)
    if body is None:
        values = [wire(context, asked, thing, len(things)) for thing in things]
        body = stock.bodies.put(key, _body(context.stock.spec, response, values))
    told = [fate for fate in fates if fate]
    served = tuple(fate.timeline.name for fate in told)
    changes = [until for fate in told if (until := fate.until(asked.now)) is not None]
    until = min(changes, default=None)
    return Answer(200, _headers(asked, things), body, served=served, shows=shows, until=until)


def _varied(context: Context, asked: Asked, things: list[Thing]) -> Answer:
    """A success that shows variations, each time others unless the request names the seed."""
    if asked.prefer.seed is None:
        asked = replace(asked, prefer=replace(asked.prefer, seed=secrets.randbelow(SEEDS)))
    values = [wire(context, asked, thing, len(things)) for thing in things]
    body = _body(context.stock.spec, asked.operation.responses[200], values)
    return Answer(200, _headers(asked, things), body)


def _headers(asked: Asked, things: list[Thing]) -> tuple[tuple[str, str], ...]:
    told = ", ".join(applied(asked, things))
    return (*JSON, ("Preference-Applied", told)) if told else JSON


def _body(spec: Spec, response: Response, values: list[Mapping[str, Any]]) -> bytes:
    (_, path), *_ = response.entities
    whole = {**_constants(spec, response), path[0]: values if "*" in path else values[0]}
    return encode(whole)


def _constants(spec: Spec, response: Response) -> dict[str, Any]:
    schema = resolve(spec.data, {"$ref": f"#{response.schema}"})
    return {n: s["const"] for n, s in schema.get("properties", {}).items() if "const" in s}
