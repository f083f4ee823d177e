"""The pages that show: all states, one state, the map of the state space, the contract."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from ..contract.document.spec import ROLES
from ..contract.exchange import Response
from ..fixtures.values import Fixture
from ..http.error_responses import JSON
from ..http.prefer import named as preferring
from . import document_view, real_page, sample_calls
from .page_request import TroubleError, Visit, near
from .preview import Look, Sign, look, sign, titled
from .rendering import render
from .sample_calls import Call
from .state_map.space import Space

HTML = (("Content-Type", "text/html; charset=utf-8"),)
YAML = "application/yaml"
TAIL = 6  # entries of a log that a card shows
WHOLE = "whole"  # the axis of the build as a whole
_space: list[Space] = []  # of the files that were asked about last


@dataclass(frozen=True)
class Card:
    """A fixture to look at, and ways to go on from it."""

    fixture: Fixture
    key: str
    look: Look
    find: Call
    real: str | None


@dataclass(frozen=True)
class Chip:
    """One choice of a filter; ``sign`` is None for all."""

    sign: Sign | None
    count: int
    href: str
    current: bool


def page(visit: Visit, template: str, **told: Any) -> Response:
    """A page as an answer."""
    return Response(200, HTML, render(template, visit=visit, spec=visit.spec, **told))


def states(visit: Visit) -> Response:
    """All fixtures, or those that the query lets through."""
    chosen = _chosen(visit)
    fixtures = list(visit.dataset.fixtures.releases.values())
    cards = [card(visit, f) for f in fixtures if _shows(visit, f, chosen)]
    filters = [(title, tuple(_chips(visit, axis, chosen))) for axis, title in _axes(visit)]
    return page(visit, "states.html", cards=cards, filters=filters, count=len(fixtures), tail=TAIL)


def state(visit: Visit, name: str) -> Response:
    """One fixture whole."""
    one = card(visit, _fixture(visit, name))
    spec, base = visit.spec, visit.base
    key = spec.entities[spec.release].key
    some = next(iter(visit.dataset.catalog.resources[spec.release]))
    ways = (
        ("Ask for this release", one.find),
        (
            "Ask for any release, in this state, once",
            sample_calls.finding(spec, some, visit.home, preferring("example", name)),
        ),
        (
            "Let a release show it from now on",
            Call("POST", f"{base}/show", {key: some, "fixture": name}, steers=True),
        ),
    )
    names = list(visit.dataset.fixtures.releases)
    place = names.index(name)
    around = (names[place - 1] if place else None, (*names, None)[place + 1])
    return page(visit, "state.html", card=one, ways=ways, around=around)


def state_json(visit: Visit, name: str) -> Response:
    """The release of a fixture, as it stands in its file."""
    text = json.dumps(_fixture(visit, name).release, indent=2, ensure_ascii=True)
    return Response(200, JSON, text.encode())


def space(visit: Visit) -> Response:
    """The map of the state space."""
    return page(visit, "map.html", planes=_space_of(visit).planes)


def candidate(visit: Visit, name: str) -> Response:
    """A fixture that could be added, as a file."""
    made = _space_of(visit).candidates
    if name not in made:
        raise TroubleError(404, f"There is no file {name}.yaml to add", near(name, list(made)))
    headers = (
        ("Content-Type", YAML),
        ("Content-Disposition", f'attachment; filename="{quote(name)}.yaml"'),
    )
    return Response(200, headers, made[name].text().encode())


def contract(visit: Visit) -> Response:
    """The contract in words."""
    spec, rules = visit.spec, visit.context.judge.rules
    return page(
        visit,
        "contract.html",
        operations=list(document_view.operations(spec, rules)),
        resources=list(document_view.resources(spec, rules)),
        statuses=document_view.statuses(spec),
        roles=[role for role in ROLES if spec.build.role_properties(role)],
    )


def card(visit: Visit, fixture: Fixture) -> Card:
    """A fixture as it is looked at."""
    key = visit.dataset.key_of(fixture)
    resource = visit.dataset.release(key)
    real = real_page.address(visit.real, resource) if visit.real and resource else None
    drawn = look(visit.spec, fixture.release, fixture.at)
    return Card(fixture, key, drawn, sample_calls.finding(visit.spec, key, visit.home), real)


def _fixture(visit: Visit, name: str) -> Fixture:
    fixtures = visit.dataset.fixtures.releases
    if name not in fixtures:
        raise TroubleError(404, f"There is no fixture {name}", near(name, list(fixtures)))
    return fixtures[name]


def _space_of(visit: Visit) -> Space:
    if not (_space and _space[0].dataset is visit.dataset):
        _space[:] = [Space(visit.context.judge, visit.dataset)]
    return _space[0]


def _axes(visit: Visit) -> Iterator[tuple[str, str]]:
    """What a status may be of: its name in the query, and its title."""
    yield WHOLE, "Whole build"
    for process in visit.spec.build.processes:
        yield process.name, titled(process.name)


def _chosen(visit: Visit) -> Mapping[str, str]:
    axes, words = dict(_axes(visit)), list(visit.spec.phases)
    for axis, word in visit.query.items():
        if axis not in axes:
            raise TroubleError(400, f"There is no process {axis}", near(axis, list(axes)))
        if word not in words:
            raise TroubleError(400, f"There is no status {word}", near(word, words))
    return visit.query


def _status(visit: Visit, fixture: Fixture, axis: str) -> Any:
    build = visit.spec.build
    names = {process.name: process["status"] for process in build.processes}
    return fixture.release[names.get(axis, build.status)]


def _shows(visit: Visit, fixture: Fixture, chosen: Mapping[str, str]) -> bool:
    return all(_status(visit, fixture, axis) == word for axis, word in chosen.items())


def _chips(visit: Visit, axis: str, chosen: Mapping[str, str]) -> Iterator[Chip]:
    others = {name: word for name, word in chosen.items() if name != axis}
    fixtures = [f for f in visit.dataset.fixtures.releases.values() if _shows(visit, f, others)]
    yield Chip(None, len(fixtures), _href(visit, others), axis not in chosen)
    for word in visit.spec.phases:
        count = sum(1 for fixture in fixtures if _status(visit, fixture, axis) == word)
        href = _href(visit, {**others, axis: word})
        yield Chip(sign(visit.spec, word), count, href, chosen.get(axis) == word)


def _href(visit: Visit, chosen: Mapping[str, str]) -> str:
    return f"{visit.base}/" + (f"?{urlencode(chosen)}" if chosen else "")
