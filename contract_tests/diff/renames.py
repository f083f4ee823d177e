"""Find out which names were renamed, where some are gone and others are new."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable

ENOUGH = 0.6  # of the similarity, from 0 to 1, below which two names have no relation


def renamed(
    gone: Iterable[str], new: Iterable[str], similarity: Callable[[str, str], float]
) -> dict[str, str]:
    """Return old name → new name, the most similar pairs first.

    similarity: of an old name to a new one, from 0 to 1.
    """
    pairs = [(similarity(old, name), old, name) for old in gone for name in new]
    found: dict[str, str] = {}
    for score, old, name in sorted(pairs, key=lambda pair: -pair[0]):
        if score >= ENOUGH and old not in found and name not in found.values():
            found[old] = name
    return found


def likeness(one: str, other: str) -> float:
    """Return how similar two names are, from 0 to 1."""
    return difflib.SequenceMatcher(None, one.lower(), other.lower()).ratio()
