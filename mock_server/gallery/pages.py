"""The pages that read: all states, one state, the state map, and the API reference."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import quote, urlencode

from ..contract.document.spec import ROLES
from ..contract.exchange import Response
from ..control import control_api
from ..fixtures.values import Fixture
from ..http.error_responses import JSON
from ..http.prefer import preference_text
from . import page_links, reference, sample_calls
from .page_request import PageError, PageRequest, hint_for
from .preview import ReleaseView, StatusLabel, as_title, release_view, status_label
from .rendering import render
from .sample_calls import SampleCall
from .state_map.space import StateSpace
from .timeline_strip import OVERALL

HTML = (("Content-Type", "text/html; charset=utf-8"),)
YAML = "application/yaml"
MAX_DESCRIBED = 100  # operations, and schemas, of a document without builds
MAX_LOG_ENTRIES = 6  # per log of a card
OVERALL_FILTER = "overall"  # query parameter for the status of the release as a whole
_cached_space: list[StateSpace] = []  # at most one, of the dataset that was requested last


@dataclass(frozen=True)
class Card:
    """A fixture with what a card shows of it.

    get: the request that returns the release, if the API has one.
    page_url: the user's own page for the release.
    """

    fixture: Fixture
    key: str
    view: ReleaseView
    get: SampleCall | None
    page_url: str | None


@dataclass(frozen=True)
class FilterOption:
    """An option of a filter. label: None for all statuses; count: number of matching fixtures."""

    label: StatusLabel | None
    count: int
    href: str
    selected: bool


def page_response(page: PageRequest, template: str, **values: Any) -> Response:
    """Return a page as a response."""
    return Response(200, HTML, render(template, page=page, spec=page.spec, **values))


def states(page: PageRequest) -> Response:
    """Return a card for each fixture that the filters in the query select."""
    selected = _selected(page)
    fixtures = list(page.dataset.fixtures.releases.values())
    return page_response(
        page,
        "states.html",
        cards=[card(page, fixture) for fixture in fixtures if _matches(page, fixture, selected)],
        filters=[(title, tuple(_options(page, name, selected))) for name, title in _filters(page)],
        count=len(fixtures),
        max_entries=MAX_LOG_ENTRIES,
    )


def state(page: PageRequest, name: str) -> Response:
    """Return the page of one fixture. Raise PageError (404) if it is unknown."""
    fixture_card = card(page, _fixture(page, name))
    names = list(page.dataset.fixtures.releases)
    index = names.index(name)
    return page_response(
        page,
        "state.html",
        card=fixture_card,
        calls=_calls(page, fixture_card),
        previous=names[index - 1] if index else None,
        next=(*names, None)[index + 1],
    )


def _calls(page: PageRequest, card: Card) -> tuple[tuple[str, SampleCall], ...]:
    """Return requests that reproduce the state of a fixture, with their titles."""
    spec, name = page.spec, card.fixture.name
    other = next(iter(page.dataset.catalog.resources[spec.release].values()))
    prefer = preference_text("example", name)
    body = {control_api(spec).names.key: other.value[spec.key], "fixture": name}
    calls = (
        ("Get this release", card.get),
        (
            "Get any release in this state, for one request",
            sample_calls.get_call(spec, other, page.root, prefer),
        ),
        (
            "Make a release show this state from now on",
            SampleCall("POST", f"{page.base}/show", body, control=True),
        ),
    )
    return tuple((title, call) for title, call in calls if call)


def state_json(page: PageRequest, name: str) -> Response:
    """Return the release of a fixture as JSON. Raise PageError (404) if it is unknown."""
    text = json.dumps(_fixture(page, name).release, indent=2, ensure_ascii=True)
    return Response(200, JSON, text.encode())


def state_map(page: PageRequest) -> Response:
    """Return the map of all combinations of statuses."""
    return page_response(page, "map.html", tables=_space(page).tables)


def candidate(page: PageRequest, name: str) -> Response:
    """Return a generated fixture as a YAML file. Raise PageError (404) if it is unknown."""
    candidates = _space(page).candidates
    if name not in candidates:
        title = f"Unknown generated fixture {name}"
        raise PageError(404, title, hint_for(name, list(candidates)))
    headers = (
        ("Content-Type", YAML),
        ("Content-Disposition", f'attachment; filename="{quote(name)}.yaml"'),
    )
    return Response(200, headers, candidates[name].text().encode())


def api_reference(page: PageRequest) -> Response:
    """Return the API reference."""
    spec, rules = page.spec, page.context.judge.rules
    if not spec.release:
        return _reference_of_any(page)
    return page_response(
        page,
        "reference.html",
        operations=list(reference.operations(spec, rules)),
        resources=list(reference.resources(spec, rules)),
        statuses=reference.statuses(spec),
        roles=[role for role in ROLES if spec.build.role_properties(role)],
        complete=True,
    )


def _reference_of_any(page: PageRequest) -> Response:
    """Return the API reference of a document without builds; of a large one, only its schemas."""
    spec, rules = page.spec, page.context.judge.rules
    complete = len(spec.operations) <= MAX_DESCRIBED
    return page_response(
        page,
        "reference.html",
        operations=list(reference.operations(spec, rules)) if complete else (),
        resources=list(islice(reference.schemas(spec, rules), MAX_DESCRIBED)),
        statuses=(),
        roles=(),
        complete=complete,
    )


def card(page: PageRequest, fixture: Fixture) -> Card:
    """Return the card of a fixture."""
    key = page.dataset.key_of(fixture)
    resource = page.dataset.release(key)
    page_url = (
        page_links.page_url_of(page.page_url, resource) if page.page_url and resource else None
    )
    view = release_view(page.spec, fixture.release, fixture.at)
    get = sample_calls.get_call(page.spec, resource, page.root) if resource else None
    return Card(fixture, key, view, get, page_url)


def _fixture(page: PageRequest, name: str) -> Fixture:
    fixtures = page.dataset.fixtures.releases
    if name not in fixtures:
        raise PageError(404, f"Unknown fixture {name}", hint_for(name, list(fixtures)))
    return fixtures[name]


def _space(page: PageRequest) -> StateSpace:
    if not (_cached_space and _cached_space[0].dataset is page.dataset):
        _cached_space[:] = [StateSpace(page.context.judge, page.dataset)]
    return _cached_space[0]


def _filters(page: PageRequest) -> Iterator[tuple[str, str]]:
    """Yield the query parameter and the title of each filter."""
    yield OVERALL_FILTER, OVERALL
    for process in page.spec.build.processes:
        yield process.name, as_title(process.name)


def _selected(page: PageRequest) -> Mapping[str, str]:
    """Return the status that the query selects for each filter. Raise PageError (400)."""
    names, statuses = [name for name, _ in _filters(page)], list(page.spec.phases)
    for name, status in page.query.items():
        if name not in names:
            raise PageError(400, f"Unknown filter {name}", hint_for(name, names))
        if status not in statuses:
            raise PageError(400, f"Unknown status {status}", hint_for(status, statuses))
    return page.query


def _status(page: PageRequest, fixture: Fixture, filter_name: str) -> Any:
    build = page.spec.build
    properties = {process.name: process["status"] for process in build.processes}
    return fixture.release.get(properties.get(filter_name, build.status))


def _matches(page: PageRequest, fixture: Fixture, selected: Mapping[str, str]) -> bool:
    return all(_status(page, fixture, name) == status for name, status in selected.items())


def _options(
    page: PageRequest, filter_name: str, selected: Mapping[str, str]
) -> Iterator[FilterOption]:
    """Yield the options of a filter. Their counts respect the other filters."""
    others = {name: status for name, status in selected.items() if name != filter_name}
    fixtures = [f for f in page.dataset.fixtures.releases.values() if _matches(page, f, others)]
    yield FilterOption(None, len(fixtures), _href(page, others), filter_name not in selected)
    for status in page.spec.phases:
        count = sum(1 for fixture in fixtures if _status(page, fixture, filter_name) == status)
        href = _href(page, {**others, filter_name: status})
        label = status_label(page.spec, status)
        yield FilterOption(label, count, href, selected.get(filter_name) == status)


def _href(page: PageRequest, selected: Mapping[str, str]) -> str:
    return f"{page.base}/" + (f"?{urlencode(selected)}" if selected else "")
