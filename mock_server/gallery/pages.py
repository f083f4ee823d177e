"""The pages that read: all states, one state, and the state map."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from ..contract.exchange import Response
from ..fixtures.values import Fixture
from ..http.error_responses import JSON
from .live_pages.frames import frames
from .page_request import PageError, PageRequest, hint_for
from .rendering import render
from .state_map.space import StateMap
from .states import cards, filters
from .states.selection import Setting, setting_options
from .states.values import values_of

HTML = (("Content-Type", "text/html; charset=utf-8"),)
YAML = "application/yaml"
MAX_LOG_ENTRIES = 6  # per log of a card
MAX_VALUES = 8  # per card
MAX_MISSING = 24  # states without a fixture, below the cards
SETTINGS = (
    Setting(filters.ORDER, "Order", {"lifecycle": "Lifecycle", "name": "Name"}),
    Setting(filters.VIEW, "View", {"cards": "Cards", "compact": "Compact"}),
)
_cached_map: list[StateMap] = []  # at most one, of the dataset that was requested last


def page_response(page: PageRequest, template: str, **values: Any) -> Response:
    """Return a page as a response."""
    return Response(200, HTML, render(template, page=page, spec=page.spec, **values))


def states(page: PageRequest) -> Response:
    """Return a card for each fixture that the query selects."""
    selected = filters.selection(page, "/", SETTINGS)
    fixtures = filters.selected_fixtures(page, selected)
    if selected.settings[filters.ORDER] == "lifecycle":
        fixtures = filters.by_lifecycle(page, fixtures)
    return page_response(
        page,
        "states.html",
        groups=list(cards.groups(page, fixtures)),
        with_types=len(cards.types_with_fixtures(page)) > 1,
        selected=selected,
        filters=list(filters.filter_rows(page, selected)),
        settings=list(setting_options(selected, SETTINGS)),
        shown=len(fixtures),
        count=len(page.dataset.fixtures.fixtures),
        max_entries=MAX_LOG_ENTRIES,
        max_values=MAX_VALUES,
    )


def state(page: PageRequest, name: str) -> Response:
    """Return the page of one fixture. Raise PageError (404) if it is unknown."""
    fixture = _fixture(page, name)
    card = cards.card(page, fixture)
    names = list(page.dataset.fixtures.fixtures)
    index = names.index(name)
    return page_response(
        page,
        "state.html",
        card=card,
        frame=next(frames(page, [fixture]), None),
        calls=list(cards.calls(page, card)),
        values=list(values_of(fixture.type, fixture.value)),
        previous=names[index - 1] if index else None,
        next=(*names, None)[index + 1],
    )


def state_json(page: PageRequest, name: str) -> Response:
    """Return the resource of a fixture as JSON. Raise PageError (404) if it is unknown."""
    text = json.dumps(_fixture(page, name).value, indent=2, ensure_ascii=True)
    return Response(200, JSON, text.encode())


def state_map(page: PageRequest) -> Response:
    """Return the map of all combinations of statuses."""
    return page_response(page, "map.html", spaces=_map(page).spaces)


def missing_states(page: PageRequest) -> Response:
    """Return the combinations of statuses that are allowed and have no fixture."""
    rows = [
        (space, table, row)
        for space in _map(page).spaces
        for table in space.tables
        for row in table.allowed
        if not row.fixtures
    ]
    return page_response(page, "missing.html", rows=rows, max_rows=MAX_MISSING)


def candidate(page: PageRequest, name: str) -> Response:
    """Return a generated fixture as a YAML file. Raise PageError (404) if it is unknown."""
    candidates = _map(page).candidates
    if name not in candidates:
        title = f"Unknown generated fixture {name}"
        raise PageError(404, title, hint_for(name, list(candidates)))
    headers = (
        ("Content-Type", YAML),
        ("Content-Disposition", f'attachment; filename="{quote(name)}.yaml"'),
    )
    return Response(200, headers, candidates[name].text().encode())


def _fixture(page: PageRequest, name: str) -> Fixture:
    fixtures = page.dataset.fixtures.fixtures
    if name not in fixtures:
        raise PageError(404, f"Unknown fixture {name}", hint_for(name, list(fixtures)))
    return fixtures[name]


def _map(page: PageRequest) -> StateMap:
    if not (_cached_map and _cached_map[0].dataset is page.dataset):
        _cached_map[:] = [StateMap(page.context.judge, page.dataset)]
    return _cached_map[0]
