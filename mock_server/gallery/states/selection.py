"""What the query of a page selects: filters, words, states by name, and settings of the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from ..page_request import PageError, PageRequest, hint_for

WORDS, STATE = "q", "state"  # query parameters: the words of the search, the name of a state
MAX_WORDS = 200  # characters


@dataclass(frozen=True)
class Setting:
    """A setting of a page: its query parameter, its title, and value → text, the default first."""

    name: str
    title: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class SettingOption:
    """A value of a setting, with the address that selects it."""

    value: str
    text: str
    href: str
    selected: bool


@dataclass(frozen=True)
class Selection:
    """The query of a page.

    path: of the page. filters: name of a filter → value. words: of the search. states: the names of
    fixtures. settings: the value of each setting.
    """

    path: str
    filters: Mapping[str, str]
    words: str
    states: tuple[str, ...]
    settings: Mapping[str, str]
    _defaults: Mapping[str, str]

    def href(self, name: str = "", value: str | None = None) -> str:
        """Return the address of the page with another value of a parameter; None removes it."""
        query = [*self.hidden(), (WORDS, self.words)]
        changed = [(n, text) for n, text in query if n != name and text]
        if value is not None and value != self._defaults.get(name):
            changed.append((name, value))
        return self.path + (f"?{urlencode(changed)}" if changed else "")

    def hidden(self, without: str = "") -> list[tuple[str, str]]:
        """Return the parameters that a form must send beside the words of the search."""
        settings = [(n, v) for n, v in self.settings.items() if v != self._defaults[n]]
        states = [(STATE, name) for name in self.states]
        return [each for each in (*self.filters.items(), *settings, *states) if each[0] != without]

    def cleared(self) -> str:
        """Return the address without filters, words and states; the settings stay."""
        empty = Selection(self.path, {}, "", (), self.settings, self._defaults)
        return empty.href()

    @property
    def selects(self) -> bool:
        """Whether some states can be left out."""
        return bool(self.filters or self.words or self.states)


def selection_of(
    page: PageRequest, path: str, filters: Mapping[str, list[str]], settings: tuple[Setting, ...]
) -> Selection:
    """Return the selection of a request. Raise PageError (400) for unknown names and values.

    path: of the page, below the path of the gallery. filters: name → valid values.
    """
    defaults = {each.name: next(iter(each.values)) for each in settings}
    valid = {**filters, **{each.name: list(each.values) for each in settings}}
    known = [*valid, WORDS, STATE]
    query = page.query
    for name, value in query.items():
        if name not in known:
            raise PageError(400, f"Unknown filter {name}", hint_for(name, known))
        if name in valid and value not in valid[name]:
            kind = name if name not in filters or name in ("type", "tag") else "status"
            raise PageError(400, f"Unknown {kind} {value}", hint_for(value, valid[name]))
    fixtures = page.dataset.fixtures.fixtures
    states = tuple(dict.fromkeys(value for name, value in page.request.query if name == STATE))
    for name in states:
        if name not in fixtures:
            raise PageError(404, f"Unknown fixture {name}", hint_for(name, list(fixtures)))
    return Selection(
        f"{page.base}{path}",
        {name: value for name, value in query.items() if name in filters},
        query.get(WORDS, "").strip()[:MAX_WORDS],
        states,
        {**defaults, **{name: query[name] for name in defaults if name in query}},
        defaults,
    )


def setting_options(
    selection: Selection, settings: tuple[Setting, ...]
) -> Iterator[tuple[str, str, list[SettingOption]]]:
    """Yield the name, the title and the options of each setting."""
    for each in settings:
        current = selection.settings[each.name]
        yield (
            each.name,
            each.title,
            [
                SettingOption(value, text, selection.href(each.name, value), value == current)
                for value, text in each.values.items()
            ],
        )
