"""What was made once and is wanted again, within bounds."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")

MOST = 2048  # values that one memo holds when nobody says how many
LARGEST = 8 * 1024 * 1024  # bytes, over all values of one memo


class Memo(Generic[Value]):
    """Values by what they were made from. When it is full it begins anew: what is asked for all the
    time is soon there again. Any thread may ask."""

    def __init__(self, size: Callable[[Value], int] = lambda _: 0, most: int = MOST) -> None:
        self._known: dict[Hashable, Value] = {}
        self._size, self._bytes, self._most = size, 0, most

    def get(self, key: Hashable) -> Value | None:
        """The value for a key, if it is remembered."""
        return self._known.get(key)

    def put(self, key: Hashable, value: Value) -> Value:
        """Remembers a value, and returns it."""
        size = self._size(value)
        if len(self._known) >= self._most or self._bytes + size > LARGEST:
            self._known, self._bytes = {}, 0
        if size <= LARGEST:
            self._known[key] = value
            self._bytes += size
        return value
