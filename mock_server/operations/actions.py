"""What the operations do: one table, operationId to function.

Names of properties and error codes are never written here: the spec's ``x-lookup`` and
``x-entity`` say what is looked up, its responses say what an answer is made of.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..contract.document.spec import DocumentedResponse, Spec, resolve
from ..contract.exchange import Response
from ..contract.violations import Violation, nearest
from ..http.error_responses import JSON, encode
from ..state.catalog import Resource
from ..state.playback import playback_of
from ..state.session_state import ANY_RELEASE, SessionState
from ..state.sessions import TooManyStreamsError
from .call import Context, OperationCall, RefusalError
from .event_stream import Watch
from .lookup import found, given, way_given
from .render import applied, left_out, shown_playback, varied, wire

# neither the browser nor a proxy keeps events back (X-Accel-Buffering is nginx's)
OF_STREAMS = (("Cache-Control", "no-store"), ("X-Accel-Buffering", "no"))
SEEDS = 1_000_000  # from which a seed is drawn when a variation is asked for without one


def answer(context: Context, asked: OperationCall) -> Response:
    """What an operation answers. Raises RefusalError for what it documents as an error."""
    return ANSWERS[asked.operation.id](context, asked)


def find(context: Context, asked: OperationCall) -> Response:
    """One thing, by the first way whose keys are all given."""
    return _success(context, asked, [found(context, asked)])


def listing(context: Context, asked: OperationCall) -> Response:
    """All things of a way that the filters let through; none is no error."""
    body = given(asked)
    filters = asked.operation.lookup.filters if asked.operation.lookup else ()
    kept = [
        resource
        for index, key in way_given(context, asked)
        for resource in index.resources.get(key, ())
        if all(resource.value.get(name) == body[name] for name in filters if name in body)
    ]
    return _success(context, asked, kept)


def rebuild(context: Context, asked: OperationCall) -> Response:
    """Starts the builds of a release anew, if it is the caller's."""
    resource = found(context, asked)
    owner = context.dataset.catalog.owner(resource)
    if owner is None or asked.caller is None or owner.value != asked.caller:
        raise RefusalError(403)
    session_state = start_rebuild(
        context, asked.session, resource, asked.now, asked.prefer.scenario
    )
    return _success(context, replace(asked, session_state=session_state), [resource])


def start_rebuild(
    context: Context, session: str, resource: Resource, now: int, scenario: str | None = None
) -> SessionState:
    """Writes the one record of a rebuild: this release plays that scenario since now.

    scenario: else what was said to come next, else the default one. Raises RefusalError for one
    that is none, or that does not begin as a rebuild must.
    """
    key = resource.value[context.dataset.spec.entities[resource.entity].key]
    if scenario is not None:
        rebuilding(context, scenario)

    def play(session_state: SessionState) -> SessionState:
        coming = session_state.next_scenarios.get(
            key, session_state.next_scenarios.get(ANY_RELEASE)
        )
        name = scenario or coming
        chosen = context.dataset.fixtures.scenarios.get(name or "")
        chosen = chosen or context.dataset.fixtures.default_scenario
        if scenario is None and coming is not None:
            session_state = session_state.without_next_scenario(key)
        return session_state.with_playback(key, chosen.timeline.key, now)

    return context.sessions.change(session, play)


def rebuilding(context: Context, scenario: str) -> None:
    """Raises RefusalError unless a rebuild may play this scenario."""
    valid = [s.name for s in context.dataset.fixtures.scenarios.values() if s.usable_for_rebuild]
    if scenario not in valid:
        message = f"names a scenario that a rebuild may play: {', '.join(valid)}"
        wrong = Violation("scenario", message, "scenario", scenario, nearest(scenario, valid))
        raise RefusalError(400, None, [wrong])


def watch(context: Context, asked: OperationCall) -> Response:
    """A release and its changes as a stream of events, from the last one seen on."""
    fixture = found(context, asked).fixture
    if fixture is None:
        raise RefusalError(404)  # what is no release has no builds
    response = asked.operation.responses[200]
    watched = Watch(
        context.judge, context.dataset, context.sessions, asked.session, fixture, response.events
    )
    last = asked.headers.get("last-event-id", "")
    after = watched.resumed(last, asked.session_state, asked.now)
    due = watched.due(asked.session_state, asked.now, after)
    if due.over and not due.events:
        return Response(204)
    try:
        stream = watched.opened(after)
    except TooManyStreamsError:
        raise RefusalError(503) from None
    headers = (("Content-Type", str(response.media_type)), *OF_STREAMS)
    served = playback_of(context.dataset, asked.session_state, fixture).timeline.name
    return Response(200, headers, stream=stream, served=(served,))


ANSWERS: dict[str, Callable[[Context, OperationCall], Response]] = {
    "getPackageRelease": find,
    "listPackageReleases": listing,
    "rebuildPackageRelease": rebuild,
    "watchPackageRelease": watch,
    "getPackage": find,
    "findPackage": find,
    "getAccount": find,
    "findAccount": find,
}


def _success(context: Context, asked: OperationCall, resources: list[Resource]) -> Response:
    """The documented success: its constants, and the things where the schema has them."""
    if varied(asked):
        return _varied(context, asked, resources)
    dataset, response = context.dataset, asked.operation.responses[200]
    fates = [
        shown_playback(dataset, asked, resource.fixture) if resource.fixture else None
        for resource in resources
    ]
    shows = tuple(
        (
            resource.entity,
            resource.key,
            playback and playback.position(asked.now),
            asked.session_state.started_at,
        )
        for resource, playback in zip(resources, fates, strict=True)
    )
    key = (asked.operation.id, left_out(asked), shows)
    body = dataset.bodies.get(key)
    if body is None:
        values = [wire(context, asked, resource, len(resources)) for resource in resources]
        body = dataset.bodies.put(key, _body(context.dataset.spec, response, values))
    told = [playback for playback in fates if playback]
    served = tuple(playback.timeline.name for playback in told)
    changes = [until for playback in told if (until := playback.next_change(asked.now)) is not None]
    until = min(changes, default=None)
    return Response(
        200, _headers(asked, resources), body, served=served, content_key=shows, valid_until=until
    )


def _varied(context: Context, asked: OperationCall, resources: list[Resource]) -> Response:
    """A success that shows variations, each time others unless the request names the seed."""
    if asked.prefer.seed is None:
        asked = replace(asked, prefer=replace(asked.prefer, seed=secrets.randbelow(SEEDS)))
    values = [wire(context, asked, resource, len(resources)) for resource in resources]
    body = _body(context.dataset.spec, asked.operation.responses[200], values)
    return Response(200, _headers(asked, resources), body)


def _headers(asked: OperationCall, resources: list[Resource]) -> tuple[tuple[str, str], ...]:
    told = ", ".join(applied(asked, resources))
    return (*JSON, ("Preference-Applied", told)) if told else JSON


def _body(spec: Spec, response: DocumentedResponse, values: list[Mapping[str, Any]]) -> bytes:
    (_, path), *_ = response.entities
    whole = {**_constants(spec, response), path[0]: values if "*" in path else values[0]}
    return encode(whole)


def _constants(spec: Spec, response: DocumentedResponse) -> dict[str, Any]:
    schema = resolve(spec.data, {"$ref": f"#{response.schema}"})
    return {n: s["const"] for n, s in schema.get("properties", {}).items() if "const" in s}
