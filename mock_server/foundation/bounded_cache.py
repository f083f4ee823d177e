"""A cache with a maximum number of values and bytes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")

MAX_VALUES = 2048  # default of one cache
MAX_BYTES = 8 * 1024 * 1024  # over all values of one cache


class BoundedCache(Generic[Value]):
    """Stores computed values by a key. Thread-safe.

    If the cache is full, the oldest values are removed, even if they are used: a value that is
    requested often is soon computed again.

    size: returns the size of a value in bytes.
    from_second_time: store a value only when its key is used for the second time, so that keys that
    are used once cost little.
    """

    def __init__(
        self,
        size: Callable[[Value], int] = lambda _: 0,
        max_values: int = MAX_VALUES,
        from_second_time: bool = False,
    ) -> None:
        self._lock = threading.Lock()
        self._values: dict[Hashable, Value] = {}
        self._size, self._bytes, self._max_values = size, 0, max_values
        self._used_once: set[int] | None = set() if from_second_time else None  # hashes of keys

    def get(self, key: Hashable) -> Value | None:
        """Return the value of a key; None if it is not stored."""
        return self._values.get(key)

    def put(self, key: Hashable, value: Value) -> Value:
        """Store a value unless it is larger than the cache. Return the value."""
        if self._used_once is not None and self._is_first_use(self._used_once, hash(key)):
            return value
        size = self._size(value)
        if size > MAX_BYTES:
            return value
        with self._lock:
            if key in self._values:
                self._remove(key)
            self._values[key], self._bytes = value, self._bytes + size
            while len(self._values) > self._max_values or self._bytes > MAX_BYTES:
                self._remove(next(iter(self._values)))
        return value

    def _is_first_use(self, used_once: set[int], key_hash: int) -> bool:
        if key_hash in used_once:
            return False
        if len(used_once) >= self._max_values:
            used_once.clear()
        used_once.add(key_hash)
        return True

    def _remove(self, key: Hashable) -> None:
        self._bytes -= self._size(self._values.pop(key))
