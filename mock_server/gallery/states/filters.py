"""The filters of the states: by type, by status, and by the status of each process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from ...contract.document.resources.types import ResourceType
from ...fixtures.values import Fixture
from ..page_request import PageError, PageRequest, hint_for
from ..preview import StatusLabel, as_title, plural, status_label
from ..timeline_strip import overall_title
from .cards import types_with_fixtures

TYPE_FILTER = "type"  # query parameter for the type of resource
OVERALL_FILTER = "overall"  # query parameter for the status of the resource as a whole
Selected = Mapping[str, str]  # the values in the query, by the names of the filters


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
    """An option of a filter. status: None if it is not a status; count: of matching fixtures."""

    text: str
    status: StatusLabel | None
    count: int
    href: str
    selected: bool


def selected_fixtures(page: PageRequest) -> list[Fixture]:
    """Return the fixtures that the query selects. Raise PageError (400)."""
    selected = _selected(page)
    return [each for each in page.dataset.fixtures.fixtures.values() if _matches(each, selected)]


def filter_options(page: PageRequest) -> Iterator[tuple[str, tuple[FilterOption, ...]]]:
    """Yield the title and the options of each filter.

    Those of processes are for one type: if several types have processes, it must be selected.
    """
    selected, types = _selected(page), types_with_fixtures(page)
    chosen = [each for each in types if selected.get(TYPE_FILTER, each.name) == each.name]
    several = len([each for each in chosen if _process_names(each)]) > 1
    for each in _filters(types, chosen, not several):
        yield each.title, tuple(_options(page, each, selected))


def _filters(
    types: Sequence[ResourceType], chosen: Sequence[ResourceType], of_processes: bool = True
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
        if name not in (TYPE_FILTER, OVERALL_FILTER):
            yield Filter(name, as_title(name), statuses)


def _process_names(resource_type: ResourceType) -> list[str]:
    processes = resource_type.timeline.processes if resource_type.timeline else ()
    return [process.name for process in processes if process.name]


def _selected(page: PageRequest) -> Selected:
    """Return the value that the query selects for each filter. Raise PageError (400)."""
    types = types_with_fixtures(page)
    filters = {each.name: each for each in _filters(types, types)}
    for name, value in page.query.items():
        if name not in filters:
            raise PageError(400, f"Unknown filter {name}", hint_for(name, list(filters)))
        values = list(filters[name].values)
        if value not in values:
            kind = TYPE_FILTER if name == TYPE_FILTER else "status"
            raise PageError(400, f"Unknown {kind} {value}", hint_for(value, values))
    return page.query


def _matches(fixture: Fixture, selected: Selected) -> bool:
    return all(_value(fixture, name) == value for name, value in selected.items())


def _value(fixture: Fixture, filter_name: str) -> Any:
    """Return what a fixture has for a filter; None if the filter does not apply to it."""
    if filter_name == TYPE_FILTER:
        return fixture.type.name
    roles = fixture.type.timeline
    if filter_name == OVERALL_FILTER or roles is None:
        return fixture.status
    named = (process for process in roles.processes if process.name == filter_name)
    return next((roles.status_of_process(process, fixture.value) for process in named), None)


def _options(page: PageRequest, each: Filter, selected: Selected) -> Iterator[FilterOption]:
    """Yield the options of a filter. Their counts respect the other filters."""
    others = {name: value for name, value in selected.items() if name != each.name}
    fixtures = [f for f in page.dataset.fixtures.fixtures.values() if _matches(f, others)]
    yield FilterOption("All", None, len(fixtures), _href(page, others), each.name not in selected)
    for value, label in each.values.items():
        count = sum(1 for fixture in fixtures if _value(fixture, each.name) == value)
        href = _href(page, {**others, each.name: value})
        status, text = (None, label) if isinstance(label, str) else (label, label.status)
        yield FilterOption(text, status, count, href, selected.get(each.name) == value)


def _href(page: PageRequest, selected: Selected) -> str:
    return f"{page.base}/" + (f"?{urlencode(selected)}" if selected else "")
