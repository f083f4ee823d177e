"""A thing as it is answered: what shows, and what the request prefers to see in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..contract.document.spec import Spec
from ..contract.violations import Violation, nearest
from ..fixtures.timeline import Timeline
from ..fixtures.values import Fixture
from ..http.prefer import named
from ..state.catalog import Thing
from ..state.playback import Fate, Stock, fate, release_at
from .call import Asked, Context, RefusalError
from .variations import variation


def wire(context: Context, asked: Asked, thing: Thing, share: int) -> Mapping[str, Any]:
    """A thing as it is answered, one of ``share``, what the request prefers included."""
    if thing.fixture is None:
        return thing.value
    stock, world = context.stock, asked.world
    if varied(asked):
        seed, example = asked.prefer.seed or 0, asked.prefer.example
        base = _lent(stock, example) if example is not None else None
        release = variation(
            context.judge, stock, thing.fixture, seed, world.began, asked.now, base, share
        )
    else:
        told = fate_told(stock, asked, thing.fixture)
        release = release_at(stock, world, thing.fixture, told, asked.now)
    return _without_logs(stock.spec, asked, release)


def varied(asked: Asked) -> bool:
    """Whether the request would have variations."""
    return asked.prefer.dynamic and asked.operation.effect is None


def fate_told(stock: Stock, asked: Asked, fixture: Fixture) -> Fate:
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


def applied(asked: Asked, things: list[Thing]) -> Iterator[str]:
    """The preferences that the answer honours (RFC 7240, section 3)."""
    prefer = asked.prefer
    releases = any(thing.fixture for thing in things)
    if prefer.code is not None:
        yield f"code={prefer.code}"
    if prefer.example is not None and releases and asked.operation.effect is None:
        yield named("example", prefer.example)
    if releases and varied(asked):
        yield f"dynamic=true, seed={prefer.seed}"
    if prefer.scenario is not None and asked.operation.effect == "rebuild":
        yield named("scenario", prefer.scenario)


def _without_logs(spec: Spec, asked: Asked, value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The value with every property emptied whose role a parameter leaves out."""
    for role in left_out(asked):
        value = {**value, **{name: [] for name in spec.build.playing(role)}}
    return value


def left_out(asked: Asked) -> tuple[str, ...]:
    """The roles whose properties the request would have empty."""
    query = asked.request.query
    return tuple(
        parameter.omits
        for parameter in asked.operation.parameters
        if parameter.omits and query.get(parameter.name) is False
    )
