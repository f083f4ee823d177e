"""A cache with a bound on its number of values and on their size."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")

MOST = 2048  # values, by default
LARGEST = 8 * 1024 * 1024  # bytes of all values of one cache


class BoundedCache(Generic[Value]):
    """A thread-safe cache. When it is full, the values that were stored first are removed: a value
    in constant use is soon stored again.

    size: the size of a value in bytes; most: the number of values. from_second_time: a value is
    stored when its key comes for the second time, so that keys that never come again cost little.
    """

    def __init__(
        self,
        size: Callable[[Value], int] = lambda _: 0,
        most: int = MOST,
        from_second_time: bool = False,
    ) -> None:
        self._lock = threading.Lock()
        self._known: dict[Hashable, Value] = {}
        self._size, self._bytes, self._most = size, 0, most
        self._came_once: set[int] | None = set() if from_second_time else None  # hashes of keys

    def get(self, key: Hashable) -> Value | None:
        """Return the value of a key, or None."""
        return self._known.get(key)

    def put(self, key: Hashable, value: Value) -> Value:
        """Store a value, unless it is larger than the whole cache. Return it."""
        if self._came_once is not None and self._is_first(self._came_once, hash(key)):
            return value
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

    def _is_first(self, came_once: set[int], fingerprint: int) -> bool:
        if fingerprint in came_once:
            return False
        if len(came_once) >= self._most:
            came_once.clear()
        came_once.add(fingerprint)
        return True

    def _forget(self, key: Hashable) -> None:
        self._bytes -= self._size(self._known.pop(key))
