"""Watches for changes by other processes: one thread polls the store for all who watch."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from ..contract.parts import Pause
from .protocol import StoreUnavailableError

PAUSE = 0.025  # seconds between two polls
THREAD_NAME = "change-watcher"

Key = tuple[str, str]  # the names of a session and a record


@dataclass(frozen=True, eq=False)
class _Watch:
    """previous: the number that is already known."""

    key: Key
    previous: int
    changed: Callable[[], None]


@dataclass
class ChangeWatcher:
    """Polls a store for all watches. Its own thread runs only while there are any.

    mark: returns a value that changes with every write to the store.
    numbers: returns the numbers of some records.
    Both can raise StoreUnavailableError.
    """

    mark: Callable[[], Hashable]
    numbers: Callable[[Sequence[Key]], Sequence[int]]
    _watches: set[_Watch] = field(default_factory=set)
    _has_new: bool = False  # a watch was added since the last poll
    _running: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def watch(self, key: Key, previous: int, changed: Callable[[], None]) -> Callable[[], None]:
        """Call ``changed`` once when the number of a record differs from ``previous``, or cannot be
        read. Return a function that ends this."""
        watch = _Watch(key, previous, changed)
        with self._lock:
            self._watches.add(watch)
            self._has_new = True
            if not self._running:
                self._running = True
                threading.Thread(target=self._poll, name=THREAD_NAME, daemon=True).start()
        return partial(self._end, [watch])

    def wait(self, key: Key, previous: int, seconds: float) -> int:
        """Wait until the number of a record differs from ``previous``, at most ``seconds``.

        Returns the number. Raises StoreUnavailableError.
        """
        (number,) = self.numbers([key])
        if number == previous and seconds > 0:
            Pause(seconds, partial(self.watch, key, previous)).wait()
            (number,) = self.numbers([key])
        return number

    def _end(self, watches: Iterable[_Watch]) -> None:
        with self._lock:
            self._watches.difference_update(watches)

    def _poll(self) -> None:
        mark: Hashable = None
        while True:
            with self._lock:
                if not self._watches:
                    self._running = False
                    return
                watches, has_new, self._has_new = list(self._watches), self._has_new, False
            try:
                before, mark = mark, self.mark()
                over = self._changed(watches) if has_new or mark != before else []
            except StoreUnavailableError:
                over = watches
            self._end(over)
            for watch in over:
                watch.changed()
            time.sleep(PAUSE)

    def _changed(self, watches: Sequence[_Watch]) -> list[_Watch]:
        keys = list({watch.key for watch in watches})
        current = dict(zip(keys, self.numbers(keys), strict=True))
        return [watch for watch in watches if current[watch.key] != watch.previous]
