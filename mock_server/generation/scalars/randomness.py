"""A small random generator: the same seed always returns the same values.

``random.Random`` takes longer to start than most values take to generate, and each value has its
own generator, so that a change of one part does not change the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")

MASK = (1 << 64) - 1


class Random:
    """SplitMix64, with the methods of ``random.Random`` that are used here."""

    __slots__ = ("_state",)

    def __init__(self, seed: int) -> None:
        self._state = seed * 0x9E3779B97F4A7C15 & MASK

    def getrandbits(self, count: int) -> int:
        """Return a number with at most this many bits."""
        result = 0
        for _ in range(0, count, 64):
            self._state = self._state + 0x9E3779B97F4A7C15 & MASK
            mixed = (self._state ^ (self._state >> 30)) * 0xBF58476D1CE4E5B9 & MASK
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB & MASK
            result = result << 64 | (mixed ^ (mixed >> 31))
        return result & ((1 << count) - 1)

    def randint(self, least: int, most: int) -> int:
        """Return a number between both, which are included."""
        room = most - least + 1
        return least + self.getrandbits(max(64, room.bit_length() + 32)) % room

    def choice(self, items: Sequence[Item]) -> Item:
        """Return one item."""
        return items[self.getrandbits(64) % len(items)]

    def choices(self, items: Sequence[Item], k: int) -> list[Item]:
        """Return k items, each chosen from all."""
        return [self.choice(items) for _ in range(k)]

    def shuffle(self, items: list[Item]) -> None:
        """Change the order of a list."""
        for last in range(len(items) - 1, 0, -1):
            other = self.randint(0, last)
            items[last], items[other] = items[other], items[last]
