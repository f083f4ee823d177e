"""Waits for changes by other processes: one thread polls the store for all waiting threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from .protocol import StoreUnavailableError

PAUSE = 0.025  # seconds between two polls
THREAD_NAME = "change-watcher"

Key = tuple[str, str]  # the names of a session and a record


@dataclass
class _Waiter:
    """A waiting thread.

    previous: the number that it has already read.
    result: the current number, or the error that prevents reading it.
    """

    key: Key
    previous: int
    result: int | StoreUnavailableError
    done: threading.Event = field(default_factory=threading.Event)


@dataclass
class ChangeWatcher:
    """Polls a store for all waiting threads. Its own thread runs only while there are any.

    mark: returns a value that changes with every write to the store.
    numbers: returns the numbers of some records.
    Both can raise StoreUnavailableError.
    """

    mark: Callable[[], Hashable]
    numbers: Callable[[Sequence[Key]], Sequence[int]]
    _waiters: list[_Waiter] = field(default_factory=list)
    _has_new: bool = False  # a waiter was added since the last poll
    _running: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, key: Key, previous: int, seconds: float) -> int:
        """Wait until the number of a record differs from ``previous``, at most ``seconds``.

        Returns the number. Raises StoreUnavailableError.
        """
        (number,) = self.numbers([key])
        if number != previous or seconds <= 0:
            return number
        waiter = _Waiter(key, previous, number)
        with self._lock:
            self._waiters.append(waiter)
            self._has_new = True
            if not self._running:
                self._running = True
                threading.Thread(target=self._poll, name=THREAD_NAME, daemon=True).start()
        waiter.done.wait(seconds)
        with self._lock:
            self._waiters.remove(waiter)
        if isinstance(waiter.result, StoreUnavailableError):
            raise StoreUnavailableError(*waiter.result.args)
        return waiter.result

    def _poll(self) -> None:
        mark: Hashable = None
        while True:
            with self._lock:
                if not self._waiters:
                    self._running = False
                    return
                waiters, has_new, self._has_new = list(self._waiters), self._has_new, False
            try:
                before, mark = mark, self.mark()
                if has_new or mark != before:
                    _notify(waiters, self.numbers)
            except StoreUnavailableError as error:
                for waiter in waiters:
                    waiter.result = error
                    waiter.done.set()
            time.sleep(PAUSE)


def _notify(waiters: Sequence[_Waiter], numbers: Callable[[Sequence[Key]], Sequence[int]]) -> None:
    keys = list(dict.fromkeys(waiter.key for waiter in waiters))
    current = dict(zip(keys, numbers(keys), strict=True))
    for waiter in waiters:
        if current[waiter.key] != waiter.previous:
            waiter.result = current[waiter.key]
            waiter.done.set()
