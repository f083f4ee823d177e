"""A thing as it is answered: what shows, and what the request prefers to see in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..contract.document.spec import Spec
from ..contract.violations import Violation, nearest
from ..fixtures.timeline import Timeline
from ..fixtures.values import Fixture
from ..http.prefer import named
from ..state.catalog import Resource
from ..state.dataset import Dataset
from ..state.playback import Playback, playback_of, value_at
from .call import Context, OperationCall, RefusalError
from .variations import variation


def wire(
    context: Context, asked: OperationCall, resource: Resource, share: int
) -> Mapping[str, Any]:
    """A thing as it is answered, one of ``share``, what the request prefers included."""
    if resource.fixture is None:
        return resource.value
    dataset, session_state = context.dataset, asked.session_state
    if varied(asked):
        seed, example = asked.prefer.seed or 0, asked.prefer.example
        base = _lent(dataset, example) if example is not None else None
        release = variation(
            context.judge,
            dataset,
            resource.fixture,
            seed,
            session_state.started_at,
            asked.now,
            base,
            share,
        )
    else:
        told = shown_playback(dataset, asked, resource.fixture)
        release = value_at(dataset, session_state, resource.fixture, told, asked.now)
    return _without_logs(dataset.spec, asked, release)


def varied(asked: OperationCall) -> bool:
    """Whether the request would have variations."""
    return asked.prefer.dynamic and asked.operation.effect is None


def shown_playback(dataset: Dataset, asked: OperationCall, fixture: Fixture) -> Playback:
    """What the release goes through, or the state that the request would have lent to it."""
    if asked.prefer.example is not None and asked.operation.effect is None:
        return Playback(_lent(dataset, asked.prefer.example), asked.session_state.started_at, 0)
    return playback_of(dataset, asked.session_state, fixture)


def _lent(dataset: Dataset, example: str) -> Timeline:
    fixture = dataset.fixtures.releases.get(example)
    if fixture is None:
        names = list(dataset.fixtures.releases)
        message = f"example names a fixture: {', '.join(names)}"
        wrong = Violation("prefer", message, "Prefer", example, nearest(example, names))
        raise RefusalError(400, None, [wrong])
    return fixture.timeline


def applied(asked: OperationCall, resources: list[Resource]) -> Iterator[str]:
    """The preferences that the answer honours (RFC 7240, section 3)."""
    prefer = asked.prefer
    releases = any(resource.fixture for resource in resources)
    if prefer.code is not None:
        yield f"code={prefer.code}"
    if prefer.example is not None and releases and asked.operation.effect is None:
        yield named("example", prefer.example)
    if releases and varied(asked):
        yield f"dynamic=true, seed={prefer.seed}"
    if prefer.scenario is not None and asked.operation.effect == "rebuild":
        yield named("scenario", prefer.scenario)


def _without_logs(spec: Spec, asked: OperationCall, value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The value with every property emptied whose role a parameter leaves out."""
    for role in left_out(asked):
        value = {**value, **{name: [] for name in spec.build.role_properties(role)}}
    return value


def left_out(asked: OperationCall) -> tuple[str, ...]:
    """The roles whose properties the request would have empty."""
    query = asked.request.query
    return tuple(
        parameter.omits
        for parameter in asked.operation.parameters
        if parameter.omits and query.get(parameter.name) is False
    )
