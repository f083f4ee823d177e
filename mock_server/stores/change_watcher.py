"""Waiting for what other processes write: one look at the store for all who wait in this one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from .protocol import StoreUnavailableError

PAUSE = 0.025  # seconds between two looks

Key = tuple[str, str]  # a session and a record


@dataclass
class _Waiting:
    """Somebody who waits. ``told``: the number that was seen, or why none can be."""

    key: Key
    seen: int
    told: int | StoreUnavailableError
    over: threading.Event = field(default_factory=threading.Event)


@dataclass
class ChangeWatcher:
    """Looks at a store for all who wait; it has a thread only while somebody does.

    mark: changes whenever anything has been written; numbers: those of some records. Both may raise
    StoreUnavailableError.
    """

    mark: Callable[[], Hashable]
    numbers: Callable[[Sequence[Key]], Sequence[int]]
    _all: list[_Waiting] = field(default_factory=list)
    _fresh: bool = False  # somebody has come since the last look
    _looks: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, key: Key, seen: int, seconds: float) -> int:
        """Waits until a record's number is another than ``seen``, at most so many seconds; returns
        it. Raises StoreUnavailableError."""
        (number,) = self.numbers([key])
        if number != seen or seconds <= 0:
            return number
        one = _Waiting(key, seen, number)
        with self._lock:
            self._all.append(one)
            self._fresh = True
            if not self._looks:
                self._looks = True
                threading.Thread(target=self._look, name="lookout", daemon=True).start()
        one.over.wait(seconds)
        with self._lock:
            self._all.remove(one)
        if isinstance(one.told, StoreUnavailableError):
            raise StoreUnavailableError(*one.told.args)
        return one.told

    def _look(self) -> None:
        mark: Hashable = None
        while True:
            with self._lock:
                if not self._all:
                    self._looks = False
                    return
                everybody, fresh, self._fresh = list(self._all), self._fresh, False
            try:
                before, mark = mark, self.mark()
                if fresh or mark != before:
                    _tell(everybody, self.numbers)
            except StoreUnavailableError as error:
                for one in everybody:
                    one.told = error
                    one.over.set()
            time.sleep(PAUSE)


def _tell(everybody: Sequence[_Waiting], numbers: Callable[[Sequence[Key]], Sequence[int]]) -> None:
    keys = list(dict.fromkeys(one.key for one in everybody))
    found = dict(zip(keys, numbers(keys), strict=True))
    for one in everybody:
        if found[one.key] != one.seen:
            one.told = found[one.key]
            one.over.set()
