"""What was made once and is wanted again, within bounds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")

MOST = 2048  # values that one memo holds when nobody says how many
LARGEST = 8 * 1024 * 1024  # bytes, over all values of one memo


class BoundedCache(Generic[Value]):
    """Values by what they were made from. When there is no more room the oldest go: what is asked
    for all the time is soon there again. Any thread may ask."""

    def __init__(self, size: Callable[[Value], int] = lambda _: 0, most: int = MOST) -> None:
        self._lock = threading.Lock()
        self._known: dict[Hashable, Value] = {}
        self._size, self._bytes, self._most = size, 0, most

    def get(self, key: Hashable) -> Value | None:
        """The value for a key, if it is remembered."""
        return self._known.get(key)

    def put(self, key: Hashable, value: Value) -> Value:
        """Remembers a value unless it takes all room by itself, and returns it."""
        size = self._size(value)
        if size > LARGEST:
            return value
        with self._lock:
            if key in self._known:
                self._forget(key)
            self._known[key], self._bytes = value, self._bytes + size
            while len(self._known) > self._most or self._bytes > LARGEST:
                self._forget(next(iter(self._known)))
        return value

    def _forget(self, key: Hashable) -> None:
        self._bytes -= self._size(self._known.pop(key))
