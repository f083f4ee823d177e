"""The ids that are known to exist on a target: given by the user, listed, or created by the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from ..target.paths import (
    Values,
    collection_path,
    item_path,
    names_of_id,
    parameter_names,
    positions,
    words,
)

MOST_VALUES = 12  # of each path; a request per id and check is too slow


@dataclass
class KnownIds:
    """The known values of path parameters, by the template of an item with unnamed parameters.

    given: those of ``--known``, by the name of a parameter or property. found: those in responses.
    created: those of resources that the run has created and not deleted. properties: the property
    that is the id of an item. named: ids in the JSON form of the API, by the names that requests
    may have for them. names: by item, the names that requests may have for its ids.
    """

    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    found: dict[str, list[Values]] = field(default_factory=dict)
    created: dict[str, list[Values]] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    named: dict[str, list[Any]] = field(default_factory=dict)
    names: dict[str, frozenset[str]] = field(default_factory=dict)

    def add(self, item: str, values: Values, raw: Any, created: bool = False) -> None:
        """Add the parameters of an item. raw: its id as in a body, such as an integer."""
        for known in (self.found, self.created) if created else (self.found,):
            listed = known.setdefault(positions(item), [])
            if values not in listed and len(listed) < MOST_VALUES:
                listed.append(values)
        self.names[positions(item)] = names_of_id(item)
        for name in self.names[positions(item)]:
            ids = self.named.setdefault(name, [])
            if raw not in ids and len(ids) < MOST_VALUES:
                ids.append(raw)

    def remove(self, item: str, values: Values) -> None:
        """Remove the parameters of an item that does not exist any longer."""
        for known in (self.found, self.created):
            if values in known.get(positions(item), ()):
                known[positions(item)].remove(values)

    def of(self, template: str) -> list[Values]:
        """Return the known values of all parameters of a template; those of the user come first."""
        item = item_path(template)
        if not item:
            return [()]
        return list(dict.fromkeys((*self._given(item), *self.found.get(positions(item), ()))))

    def of_run(self, template: str) -> list[Values]:
        """Return the values of resources that the run may change: its own ones, else any."""
        return self.created.get(positions(item_path(template)), []) or self.of(template)

    def _given(self, item: str) -> Iterator[Values]:
        """Yield the given values of an item, each after the known values of its parents."""
        parent = collection_path(item)
        names = parameter_names(item)[len(parameter_names(parent)) :]
        values = [self.given.get(name, ()) for name in names]
        if all(values):
            for parents, own in product(self.of(parent), product(*values)):
                yield (*parents, *own)

    def missing(self, template: str) -> str:
        """Return the first parameter of a template of which no value is known; "" if none is."""
        item = item_path(template)
        if not item or self.of(item):
            return ""
        return self.missing(collection_path(item)) or parameter_names(item)[-1]

    def is_known(self, template: str, values: Values) -> bool:
        """Return whether a request to a path with these values meets a resource that exists."""
        return values in self.of(template)

    def value_of(self, name: str) -> list[Any]:
        """Return the known ids that a property or parameter with this name may have."""
        return [*self.given.get(name, ()), *self.named.get(words(name), ())]

    @property
    def count(self) -> int:
        """The number of known items."""
        return sum(map(len, self.found.values()))
