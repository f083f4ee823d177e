"""A card for each fixture, in one group per type of resource."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...contract.document.resources.types import ResourceType
from ...control import control_api
from ...fixtures.values import Fixture
from ...http.prefer import preference_text
from .. import sample_calls
from ..live_pages.url_templates import page_url_of
from ..page_request import PageRequest, key_member
from ..preview import ResourceView, as_title, plural, resource_view
from ..sample_calls import SampleCall


@dataclass(frozen=True)
class Card:
    """A fixture with what a card shows of it.

    console: the query that opens its resource in the console; None without a timeline.
    get: the request that returns the resource, if the API has one.
    page_url: the user's own page for the resource.
    """

    fixture: Fixture
    view: ResourceView
    console: dict[str, str] | None
    get: SampleCall | None
    page_url: str | None


@dataclass(frozen=True)
class Group:
    """The cards of a type of resource. id: of its heading."""

    id: str
    title: str
    cards: tuple[Card, ...]


def card(page: PageRequest, fixture: Fixture) -> Card:
    """Return the card of a fixture."""
    resource, view = page.dataset.resource_of(fixture), page.initial_view
    at = page.wall if fixture.at is None else fixture.at
    names = control_api(page.spec).names
    return Card(
        fixture,
        resource_view(fixture.type, fixture.value, at),
        {names.of(fixture.type.name).key: fixture.key} if fixture.type.timeline else None,
        sample_calls.get_call(page.context, view, resource, page.root),
        page_url_of(page.page_templates, resource, page.session),
    )


def groups(page: PageRequest, fixtures: Iterable[Fixture]) -> Iterator[Group]:
    """Yield the cards of some fixtures, by their type."""
    by_type: dict[str, list[Fixture]] = {}
    for fixture in fixtures:
        by_type.setdefault(fixture.type.name, []).append(fixture)
    for name, members in by_type.items():
        title = as_title(plural(page.spec.types[name].label))
        yield Group(f"type-{name}", title, tuple(card(page, fixture) for fixture in members))


def types_with_fixtures(page: PageRequest) -> list[ResourceType]:
    """Return the types of the fixtures, in the order of the document."""
    used = {fixture.type.name for fixture in page.dataset.fixtures.fixtures.values()}
    return [each for each in page.spec.types.values() if each.name in used]


def calls(page: PageRequest, shown: Card) -> Iterator[tuple[str, SampleCall]]:
    """Yield requests that reproduce the state of a fixture, with their titles."""
    fixture, label = shown.fixture, shown.fixture.type.label
    if shown.get:
        yield f"Get this {label}", shown.get
    other = next(iter(page.dataset.catalog.resources[fixture.type.name].values()))
    if fixture.type.timeline:
        prefer = preference_text("example", fixture.name)
        get = sample_calls.get_call(page.context, page.initial_view, other, page.root, prefer)
        if get:
            yield f"Get any {label} in this state, for one request", get
    if fixture.type.name in control_api(page.spec).names.keys:
        body = {**key_member(page.spec, other), "fixture": fixture.name}
        show = SampleCall("POST", f"{page.base}/show", body, control=True)
        yield "Show this state from now on", show
