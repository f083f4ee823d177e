"""The JSON value of a resource in a response, with the preferences of the request applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..contract.document.spec import Spec
from ..contract.violations import Violation, nearest
from ..fixtures.timeline import Timeline
from ..fixtures.values import Fixture
from ..http.prefer import preference_text
from ..state.catalog import Resource
from ..state.dataset import Dataset
from ..state.playback import Playback, playback_of, value_at
from .call import Context, OperationCall, RefusalError
from .variations import variation


def render(
    context: Context, call: OperationCall, resource: Resource, in_response: int
) -> Mapping[str, Any]:
    """Return a resource as JSON, one of ``in_response`` resources of the response."""
    if resource.fixture is None:
        return resource.value
    dataset, session_state = context.dataset, call.session_state
    if wants_variation(call):
        seed, example = call.prefer.seed or 0, call.prefer.example
        base = _example_timeline(dataset, example) if example is not None else None
        release = variation(
            context.judge,
            dataset,
            resource.fixture,
            seed,
            session_state.started_at,
            call.now,
            base,
            in_response,
        )
    else:
        playback = preferred_playback(dataset, call, resource.fixture)
        release = value_at(dataset, session_state, resource.fixture, playback, call.now)
    return _without_omitted(dataset.spec, call, release)


def wants_variation(call: OperationCall) -> bool:
    """Return whether the request prefers a variation. A rebuild ignores the preference."""
    return call.prefer.dynamic and call.operation.effect is None


def preferred_playback(dataset: Dataset, call: OperationCall, fixture: Fixture) -> Playback:
    """Return the playback of the release, or of the example that the request prefers."""
    if call.prefer.example is not None and call.operation.effect is None:
        timeline = _example_timeline(dataset, call.prefer.example)
        return Playback(timeline, call.session_state.started_at, 0)
    return playback_of(dataset, call.session_state, fixture)


def _example_timeline(dataset: Dataset, example: str) -> Timeline:
    """Return the timeline of a fixture by name. Raise RefusalError (400) if it does not exist."""
    fixture = dataset.fixtures.releases.get(example)
    if fixture is None:
        names = list(dataset.fixtures.releases)
        message = f"example must be a fixture: {', '.join(names)}"
        violation = Violation("prefer", message, "Prefer", example, nearest(example, names))
        raise RefusalError(400, None, [violation])
    return fixture.timeline


def applied_preferences(call: OperationCall, resources: list[Resource]) -> Iterator[str]:
    """Yield the preferences that the response honours (RFC 7240, section 3)."""
    prefer = call.prefer
    has_releases = any(resource.fixture for resource in resources)
    if prefer.code is not None:
        yield f"code={prefer.code}"
    if prefer.example is not None and has_releases and call.operation.effect is None:
        yield preference_text("example", prefer.example)
    if has_releases and wants_variation(call):
        yield f"dynamic=true, seed={prefer.seed}"
    if prefer.scenario is not None and call.operation.effect == "rebuild":
        yield preference_text("scenario", prefer.scenario)


def _without_omitted(
    spec: Spec, call: OperationCall, value: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return the value with the properties emptied that a parameter of the request omits."""
    for role in omitted_roles(call):
        value = {**value, **{name: [] for name in spec.build.role_properties(role)}}
    return value


def omitted_roles(call: OperationCall) -> tuple[str, ...]:
    """Return the roles whose properties a parameter (``x-omits``) of the request omits."""
    query = call.request.query
    return tuple(
        parameter.omits
        for parameter in call.operation.parameters
        if parameter.omits and query.get(parameter.name) is False
    )
