"""Find the ids of resources in responses: which property is the id, and what its values are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from ..target.paths import match, names_of_id, parameter_names, words

MOST_ITEMS = 6  # of a list, whose ids are used
DEEPEST_LIST = 2  # objects around a list
# Names of properties that usually identify a resource, the most usual one first
USUAL_NAMES = ("id", "uuid", "key", "slug", "code", "name", "number", "ref", "reference")

Item = Mapping[str, Any]


def items_of_lists(body: Any, depth: int = DEEPEST_LIST) -> list[Item]:
    """Return the objects of the first list in a body, which is a list or an object with a list."""
    if isinstance(body, list):
        return [each for each in body if isinstance(each, dict)]
    if not isinstance(body, dict) or not depth:
        return []
    lists = (items_of_lists(value, depth - 1) for value in body.values())
    return next(filter(None, lists), [])


def objects(body: Any) -> Iterator[Item]:
    """Yield the object that is a body, then each object directly in it."""
    if isinstance(body, dict):
        yield body
        yield from (value for value in body.values() if isinstance(value, dict))


def candidates(item_path: str, items: Sequence[Item]) -> list[str]:
    """Return the properties that may be the id in these objects, the most probable one first.

    item_path: the template of the path that takes the id.
    """
    common = [name for name in items[0] if all(_is_id(each.get(name)) for each in items)]
    unique = [name for name in common if len({str(each[name]) for each in items}) == len(items)]
    parameter = words(parameter_names(item_path)[-1])
    names = names_of_id(item_path)

    def rank(name: str) -> int:
        plain = words(name)
        if plain == parameter:
            return 0
        if plain in names:
            return 1
        return 2 + (USUAL_NAMES.index(plain) if plain in USUAL_NAMES else len(USUAL_NAMES))

    return sorted(unique, key=rank)


def is_usual(item_path: str, name: str) -> bool:
    """Return whether a property has a name by which it is surely the id of an item."""
    plain = words(name)
    parameter = words(parameter_names(item_path)[-1])
    return plain in {parameter, "id", *names_of_id(item_path)}


def _is_id(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and str(value) != ""


def from_location(location: str, base_path: str, item_path: str) -> tuple[str, ...] | None:
    """Return the parameters of an item in a ``Location`` header; None if it leads to another path.

    base_path: that of the target, which the URL may contain or not. The URL can be relative.
    """
    path = urlsplit(location).path
    below = path.removeprefix(base_path) if base_path else path
    for candidate in (below, path, f"/{path}"):
        matched = match([item_path], candidate)
        if matched is not None:
            return tuple(matched[1].values())
    return None
