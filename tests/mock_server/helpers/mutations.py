"""Random mistakes in an OpenAPI document, the same for the same seed."""

import copy
from collections.abc import Iterator
from random import Random
from typing import Any

OTHER_VALUES: tuple[Any, ...] = (None, True, 7, -1.5, "text", "", [], ["x"], {}, {"a": {"b": 1}})
BROKEN_REFS = (
    "#/components/schemas/Missing",
    "#/",
    "#",
    "#/paths",
    "missing.yaml#/a",
    "https://example.com/a.json",
    "not a reference",
    "",
    3,
    None,
)
Place = tuple[dict[Any, Any] | list[Any], Any]  # a container, and a key or an index in it


def mutated(data: Any, seed: int) -> Any:
    """Return a copy of a document with one to three mistakes."""
    random, copied = Random(seed), copy.deepcopy(data)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        listed = list(_values(copied))
        if listed:
            random.choice(MUTATIONS)(random, listed)
    return copied


def _values(value: Any) -> Iterator[Place]:
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in members:
        yield value, key
        if isinstance(member, dict | list):
            yield from _values(member)


def _remove(random: Random, listed: list[Place]) -> None:
    container, key = random.choice(listed)
    del container[key]


def _replace(random: Random, listed: list[Place]) -> None:
    container, key = random.choice(listed)
    container[key] = copy.deepcopy(random.choice(OTHER_VALUES))


def _move(random: Random, listed: list[Place]) -> None:
    """Put a value in the location of another one."""
    (container, key), (other, other_key) = random.choice(listed), random.choice(listed)
    container[key] = copy.deepcopy(other[other_key])


def _rename(random: Random, listed: list[Place]) -> None:
    named = [(container, key) for container, key in listed if isinstance(container, dict)]
    if named:
        container, key = random.choice(named)
        container[f"{key}x"] = container.pop(key)


def _break_reference(random: Random, listed: list[Place]) -> None:
    references = [(container, key) for container, key in listed if key == "$ref"]
    container, key = random.choice(references or listed)
    container[key] = random.choice(BROKEN_REFS)


MUTATIONS = (_remove, _replace, _move, _rename, _break_reference, _remove, _replace)
