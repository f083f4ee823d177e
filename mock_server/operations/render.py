"""The JSON value of a resource in a response, with the preferences of the request applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..contract.violations import Violation, nearest
from ..fixtures.timeline import Timeline
from ..http.prefer import preference_text
from ..state.catalog import Resource
from ..state.dataset import Dataset
from ..state.fitting import UnfitError, fitting
from ..state.playback import Playback, identity_of, value_at
from ..state.view import View
from .call import Context, OperationCall, RefusalError
from .variations import variation


@dataclass(frozen=True)
class Rendered:
    """A resource as it is in a response. playback: what it shows; None if it does not move."""

    resource: Resource
    value: Mapping[str, Any]
    playback: Playback | None


def render(
    context: Context, call: OperationCall, view: View, resource: Resource, in_response: int
) -> Rendered:
    """Return a resource as JSON, one of ``in_response`` resources of the response."""
    playback = preferred_playback(view, call, resource)
    if wants_variation(call) and resource.fixture is not None:
        value: Mapping[str, Any] = variation(
            context.judge,
            view,
            resource,
            call.prefer.seed or 0,
            playback.timeline if playback and call.prefer.example is not None else None,
            in_response,
        )
    else:
        value = value_at(view.session_state, resource, playback, call.now)
        if playback is not None and call.prefer.example is not None:
            value = {**value, **_fitting(context, call, view, resource, playback)}
        value = view.with_embedded(resource, value)
    roles = omitted_roles(call)
    return Rendered(
        resource, _without_omitted(resource, roles, value) if roles else value, playback
    )


def _fitting(
    context: Context, call: OperationCall, view: View, resource: Resource, playback: Playback
) -> Mapping[str, Any]:
    """Return what a resource needs to show the preferred example. Raises RefusalError (400)."""
    identity = identity_of(view.session_state, resource)
    timeline, started_at = playback.timeline, playback.started_at
    try:
        return fitting(context.judge, resource.type, identity, timeline, started_at)
    except UnfitError as error:
        reason = error.reason("example", call.prefer.example or "", "Prefer")
        raise RefusalError(400, None, [reason]) from None


def wants_variation(call: OperationCall) -> bool:
    """Return whether the request prefers a variation. An action ignores the preference."""
    return call.prefer.dynamic and call.operation.action is None


def preferred_playback(view: View, call: OperationCall, resource: Resource) -> Playback | None:
    """Return the playback of a resource, or of the example that the request prefers."""
    if call.prefer.example is None or call.operation.action is not None:
        return view.playback(resource)
    timeline = _example_timeline(view.dataset, resource, call.prefer.example)
    return Playback(timeline, view.session_state.started_at, 0) if timeline else None


def _example_timeline(dataset: Dataset, resource: Resource, example: str) -> Timeline | None:
    """Return the timeline of a fixture by name. Raise RefusalError (400) if it does not exist."""
    fixture = dataset.fixtures.fixtures.get(example)
    if resource.type.timeline is None:
        return None
    if fixture is None or fixture.type != resource.type:
        names = list(dataset.fixtures.of_type(resource.type.name))
        message = f"example must be a fixture: {', '.join(names)}"
        violation = Violation("prefer", message, "Prefer", example, nearest(example, names))
        raise RefusalError(400, None, [violation])
    return fixture.timeline


def applied_preferences(call: OperationCall, resources: list[Resource]) -> Iterator[str]:
    """Yield the preferences that the response honours (RFC 7240, section 3)."""
    prefer = call.prefer
    moving = any(resource.type.timeline for resource in resources)
    varied = any(resource.fixture for resource in resources) and wants_variation(call)
    if prefer.code is not None:
        yield f"code={prefer.code}"
    if prefer.example is not None and moving and call.operation.action is None:
        yield preference_text("example", prefer.example)
    if varied:
        yield f"dynamic=true, seed={prefer.seed}"
    if prefer.scenario is not None and call.operation.does == "restart":
        yield preference_text("scenario", prefer.scenario)


def _without_omitted(
    resource: Resource, roles: tuple[str, ...], value: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return the value with the properties emptied that a parameter of the request omits."""
    timeline = resource.type.timeline
    if timeline is None:
        return value
    omitted = [name for role in roles for name in timeline.role_properties(role)]
    return {**value, **{name: [] for name in omitted}}


def omitted_roles(call: OperationCall) -> tuple[str, ...]:
    """Return the roles whose properties a parameter (``x-omits``) of the request omits."""
    query = call.request.query
    return tuple(
        parameter.omits
        for parameter in call.operation.parameters
        if parameter.omits and query.get(parameter.name) is False
    )
