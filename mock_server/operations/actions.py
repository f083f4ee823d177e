"""The behaviour of each operation, which follows from its shape in the document.

The functions contain no property and no error code: ``x-lookup`` and ``x-entity`` in the spec
describe the lookup, and the documented responses describe the body. An operation without any of
them returns a documented response.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..contract.document.operation import Operation
from ..contract.exchange import Response
from ..contract.violations import Violation, nearest
from ..generation.success_bodies import success_body
from ..http.error_responses import encode
from ..state.catalog import Resource, has_values
from ..state.playback import playback_of
from ..state.session_state import ANY_RELEASE, SessionState
from ..state.sessions import TooManyStreamsError
from . import documented
from .call import Context, OperationCall, RefusalError
from .event_stream import ReleaseStream
from .lookup import find_resource, matching_index, request_keys, resources_of
from .render import (
    applied_preferences,
    preferred_playback,
    render,
    wants_variation,
)

# Browsers and proxies must not buffer events; nginx reads X-Accel-Buffering.
STREAM_HEADERS = (("Cache-Control", "no-store"), ("X-Accel-Buffering", "no"))


def run(context: Context, call: OperationCall) -> Response:
    """Return the response of an operation. Raise RefusalError for an error that it documents."""
    return BEHAVIOURS[behaviour(call.operation)](context, call)


def behaviour(operation: Operation) -> str:
    """Return the name of the behaviour that follows from the shape of an operation."""
    if operation.effect is not None:
        return operation.effect
    if operation.lookup is None:
        return "documented"
    if operation.success.events:
        return "stream"
    return "list" if operation.success.returns_list else "find"


def find(context: Context, call: OperationCall) -> Response:
    """Return one resource."""
    return _success(context, call, [find_resource(context, call)])


def list_all(context: Context, call: OperationCall) -> Response:
    """Return all resources that match the keys and filters of the request; maybe none."""
    keys, lookup = request_keys(call), call.operation.lookup
    filters = {name: keys[name] for name in (lookup.filters if lookup else ()) if name in keys}
    found = [
        resource
        for index, key in matching_index(context, call)
        for resource in resources_of(context, call, index, key)
    ]
    return _success(context, call, found, filters)


def rebuild(context: Context, call: OperationCall) -> Response:
    """Start the builds of a release again.

    Raises RefusalError (403) if the caller is no owner. Any client may call an operation without
    security.
    """
    resource = find_resource(context, call)
    owners = context.dataset.catalog.owners(resource)
    if call.operation.takes_token and call.caller not in [owner.value for owner in owners]:
        raise RefusalError(403)
    session_state = start_rebuild(context, call.session, resource, call.now, call.prefer.scenario)
    return _success(context, replace(call, session_state=session_state), [resource])


def start_rebuild(
    context: Context, session: str, resource: Resource, now: int, scenario: str | None = None
) -> SessionState:
    """Let a release play a scenario from now (ms) on. Return the new state of the session.

    scenario: by default the next scenario of the session, or else the default one. Raises
    RefusalError (400) if it does not exist, or cannot start with a rebuild.
    """
    key = resource.key
    if scenario is not None:
        check_rebuild_scenario(context, scenario)

    def play(session_state: SessionState) -> SessionState:
        next_scenarios = session_state.next_scenarios
        next_scenario = next_scenarios.get(key, next_scenarios.get(ANY_RELEASE))
        fixtures = context.dataset.fixtures
        chosen = fixtures.scenarios.get(scenario or next_scenario or "")
        chosen = chosen or fixtures.default_scenario
        if scenario is None and next_scenario is not None:
            session_state = session_state.without_next_scenario(key)
        return session_state.with_playback(key, chosen.timeline.key, now)

    return context.sessions.change(session, play)


def check_rebuild_scenario(context: Context, scenario: str) -> None:
    """Raise RefusalError (400) unless a rebuild can play this scenario."""
    valid = [s.name for s in context.dataset.fixtures.scenarios.values() if s.usable_for_rebuild]
    if scenario not in valid:
        message = f"must be a scenario that a rebuild can play: {', '.join(valid)}"
        fix = nearest(scenario, valid)
        raise RefusalError(400, None, [Violation("scenario", message, "scenario", scenario, fix)])


def watch(context: Context, call: OperationCall) -> Response:
    """Return a stream of events for the changes of a release.

    With ``Last-Event-ID``, it continues after that event. Raises RefusalError: 404 for a resource
    without builds, 503 if too many streams are open.
    """
    fixture = find_resource(context, call).fixture
    if fixture is None:
        raise RefusalError(404)
    response = call.operation.success
    events = ReleaseStream(
        context.judge, context.dataset, context.sessions, call.session, fixture, response.events
    )
    last_id = call.headers.get("last-event-id", "")
    position = events.position_of(last_id, call.session_state, call.now)
    due = events.due(call.session_state, call.now, position)
    if due.complete and not due.events:
        return Response(204)
    try:
        stream = events.open(position)
    except TooManyStreamsError:
        raise RefusalError(503) from None
    headers = (("Content-Type", str(response.media_type)), *STREAM_HEADERS)
    timeline = playback_of(context.dataset, call.session_state, fixture).timeline
    return Response(response.status, headers, stream=stream, served=(timeline.name,))


BEHAVIOURS: dict[str, Callable[[Context, OperationCall], Response]] = {
    "rebuild": rebuild,
    "stream": watch,
    "list": list_all,
    "find": find,
    "documented": documented.respond,
}


def _success(
    context: Context,
    call: OperationCall,
    resources: Sequence[Resource],
    filters: Mapping[str, Any] | None = None,
) -> Response:
    """Return the documented success response, with the resources in its body.

    filters: the values that a resource must show; those that do not are left out.
    """
    varied = wants_variation(call)
    if varied:
        call = replace(call, prefer=call.prefer.with_seed())
    rendered = [(each, render(context, call, each, len(resources))) for each in resources]
    shown = [(each, value) for each, value in rendered if has_values(value, filters or {})]
    headers = _headers(call, [resource for resource, _ in shown])
    status, body = call.operation.success.status, _body(context, call, shown)
    if varied:
        return Response(status, headers, body)
    playbacks = [
        (resource, preferred_playback(context.dataset, call, resource.fixture))
        for resource in resources
        if resource.fixture
    ]
    # A resource that a filter leaves out may match it later.
    changes = [playback.next_change(call.now) for _, playback in playbacks]
    return Response(
        status,
        headers,
        body,
        served=tuple(
            playback.timeline.name
            for resource, playback in playbacks
            if any(resource is each for each, _ in shown)
        ),
        cacheable=not _finds_by_moving(context, call.operation),
        valid_until=min((change for change in changes if change is not None), default=None),
    )


def _finds_by_moving(context: Context, operation: Operation) -> bool:
    """Return whether an operation can find resources by properties that builds change."""
    return any(index.moving for index in context.dataset.catalog.indexes.get(operation.id, ()))


def _headers(call: OperationCall, resources: list[Resource]) -> tuple[tuple[str, str], ...]:
    media_type = call.operation.success.media_type
    headers = (("Content-Type", media_type),) if media_type else ()
    applied = ", ".join(applied_preferences(call, resources))
    return (*headers, ("Preference-Applied", applied)) if applied else headers


def _body(
    context: Context, call: OperationCall, shown: Sequence[tuple[Resource, Mapping[str, Any]]]
) -> bytes:
    """Return the body: the resources, and what the schema says about the rest."""
    response = call.operation.success
    if not response.contents:
        return b""
    values: dict[str, list[Any]] = {}
    for resource, value in shown:
        values.setdefault(resource.entity, []).append(value)
    for resource, _ in shown[:1]:
        for ancestor in resource.lineage():
            values.setdefault(ancestor.entity, [ancestor.value])
    return encode(success_body(context.judge.schemas, response, values))
