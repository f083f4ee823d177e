"""The filters of the states: by type, tag, status, and the status of each process."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from ...contract.document.resources.types import PHASES, ResourceType, TimelineRoles
from ...fixtures.values import Fixture
from ..page_request import PageRequest
from ..preview import StatusLabel, as_title, plural, status_label
from ..timeline_strip import overall_title
from .cards import types_with_fixtures
from .selection import STATE, WORDS, Selection, Setting, selection_of

# Query parameters for the type of resource, its tags, and its status as a whole
TYPE_FILTER, TAG_FILTER, OVERALL_FILTER = "type", "tag", "overall"
ORDER, VIEW, WIDTH, SCHEME = "order", "view", "width", "scheme"  # settings of pages
RESERVED = (TYPE_FILTER, TAG_FILTER, OVERALL_FILTER, WORDS, STATE, ORDER, VIEW, WIDTH, SCHEME)


@dataclass(frozen=True)
class Filter:
    """A filter: its query parameter, its title, and its values with their labels.

    The label of a value is a text or a status.
    """

    name: str
    title: str
    values: Mapping[str, StatusLabel | str]


@dataclass(frozen=True)
class FilterOption:
    """An option of a filter. status: None if it is not a status; count: of matching fixtures.

    id: of its element, the same in each version of the page.
    """

    id: str
    text: str
    status: StatusLabel | None
    count: int
    href: str
    selected: bool


def selection(page: PageRequest, path: str, settings: tuple[Setting, ...]) -> Selection:
    """Return what the query of a page selects. Raise PageError (400, 404)."""
    types = types_with_fixtures(page)
    values = {each.name: list(each.values) for each in _filters(page, types, types)}
    return selection_of(page, path, values, settings)


def selected_fixtures(page: PageRequest, selected: Selection) -> list[Fixture]:
    """Return the fixtures that a selection has."""
    words = selected.words.casefold().split()
    return [
        each
        for each in page.dataset.fixtures.fixtures.values()
        if _matches(each, selected.filters)
        and (not selected.states or each.name in selected.states)
        and all(word in _text(each) for word in words)
    ]


def by_lifecycle(page: PageRequest, fixtures: Sequence[Fixture]) -> list[Fixture]:
    """Return fixtures in the order in which their states follow each other.

    Of equal states, those with fewer tags are first: they have nothing unusual.
    """
    types = list(page.spec.types)

    def rank(fixture: Fixture) -> tuple[Any, ...]:
        roles, processes = fixture.type.timeline, []
        for process in roles.processes if roles else ():
            status = roles.status_of_process(process, fixture.value) if roles else None
            processes.append(_rank(roles, status))
        own = _rank(roles, fixture.status)
        return types.index(fixture.type.name), own, processes, len(fixture.about.tags)

    return sorted(fixtures, key=rank)


def _rank(roles: TimelineRoles | None, status: str | None) -> tuple[int, int]:
    if roles is None or status is None:
        return (-1, -1)
    return PHASES.index(roles.phase(status)), list(roles.phases).index(status)


@dataclass(frozen=True)
class FilterRow:
    """The options of a filter. secondary: whether a page shows it only on request."""

    title: str
    options: tuple[FilterOption, ...]
    secondary: bool

    @property
    def active(self) -> bool:
        """Whether an option is selected that leaves states out."""
        return any(option.selected for option in self.options[1:])


def filter_rows(page: PageRequest, selected: Selection) -> Iterator[FilterRow]:
    """Yield the options of each filter.

    Those of processes are for one type: if several types have processes, it must be selected.
    """
    filters, types = selected.filters, types_with_fixtures(page)
    chosen = [each for each in types if filters.get(TYPE_FILTER, each.name) == each.name]
    several = len([each for each in chosen if _process_names(each)]) > 1
    for each in _filters(page, types, chosen, not several):
        secondary = each.name not in (TYPE_FILTER, OVERALL_FILTER)
        yield FilterRow(each.title, tuple(_options(page, each, selected)), secondary)


def _filters(
    page: PageRequest,
    types: Sequence[ResourceType],
    chosen: Sequence[ResourceType],
    of_processes: bool = True,
) -> Iterator[Filter]:
    """Yield the filters for the chosen ones among all types."""
    if len(types) > 1:
        labels = {each.name: as_title(plural(each.label)) for each in types}
        yield Filter(TYPE_FILTER, "Type", labels)
    timelines = [each.timeline for each in chosen if each.timeline]
    statuses: dict[str, StatusLabel] = {}
    for roles in timelines:
        own = {status: status_label(roles, status) for status in roles.phases}
        statuses = {**statuses, **own, **statuses}
    if timelines:
        yield Filter(OVERALL_FILTER, overall_title(timelines[0]), statuses)
    names = dict.fromkeys(name for each in chosen for name in _process_names(each))
    for name in names if of_processes else ():
        if name not in RESERVED:
            yield Filter(name, as_title(name), statuses)
    fixtures = page.dataset.fixtures.fixtures.values()
    tags = sorted({tag for each in fixtures if each.type in chosen for tag in each.about.tags})
    if tags:
        yield Filter(TAG_FILTER, "Tag", {tag: tag for tag in tags})


def _process_names(resource_type: ResourceType) -> list[str]:
    processes = resource_type.timeline.processes if resource_type.timeline else ()
    return [process.name for process in processes if process.name]


def _matches(fixture: Fixture, filters: Mapping[str, str]) -> bool:
    return all(value in _values(fixture, name) for name, value in filters.items())


def _values(fixture: Fixture, filter_name: str) -> Collection[Any]:
    """Return what a fixture has for a filter; nothing if the filter does not apply to it."""
    if filter_name == TYPE_FILTER:
        return (fixture.type.name,)
    if filter_name == TAG_FILTER:
        return fixture.about.tags
    roles = fixture.type.timeline
    if filter_name == OVERALL_FILTER or roles is None:
        return (fixture.status,)
    named = (process for process in roles.processes if process.name == filter_name)
    return [roles.status_of_process(process, fixture.value) for process in named]


def _text(fixture: Fixture) -> str:
    """Return the text of a fixture that the search compares."""
    about = fixture.about
    texts = (fixture.name, about.title, about.purpose, *about.tags, fixture.key, fixture.status)
    return " ".join(filter(None, texts)).casefold()


def _options(page: PageRequest, each: Filter, selected: Selection) -> Iterator[FilterOption]:
    """Yield the options of a filter. Their counts respect the other filters."""
    current = selected.filters.get(each.name)
    others = {name: value for name, value in selected.filters.items() if name != each.name}
    fixtures = selected_fixtures(page, replace(selected, filters=others))
    href = selected.href(each.name)
    yield FilterOption(_id(each), "All", None, len(fixtures), href, current is None)
    for value, label in each.values.items():
        count = sum(1 for fixture in fixtures if value in _values(fixture, each.name))
        if each.name == TAG_FILTER and not count and current != value:
            continue  # tags are many
        href = selected.href(each.name, value)
        status, text = (None, label) if isinstance(label, str) else (label, label.status)
        yield FilterOption(_id(each, value), text, status, count, href, current == value)


def _id(each: Filter, *value: str) -> str:
    """Return an id that no fixture has as its name, and that has no space."""
    return quote(":".join(["option", each.name, *value]), safe=":")
