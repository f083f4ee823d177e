"""A way on which few go at once: threads that ask a store at the same time hold each other up, as
each waits for the interpreter whenever it comes back. But nobody waits behind one that is stuck."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor

STUCK = 0.05  # seconds

Task = Callable[[], object]


class BoundedQueue:
    """Runs tasks, which raise nothing, in threads of a pool: so many at once, not counting those
    that take longer than ``stuck`` seconds. Any thread may ask."""

    def __init__(self, pool: Executor, width: int, stuck: float = STUCK) -> None:
        self._pool, self._width, self._stuck = pool, width, stuck
        self._lock = threading.Lock()
        self._waiting: deque[Task] = deque()
        self._began: dict[object, float] = {}  # by who is under way

    def run(self, task: Task) -> None:
        """Runs a task as soon as there is room."""
        with self._lock:
            self._waiting.append(task)
        self.look()

    def look(self) -> bool:
        """Lets go whoever waits and has room; to be called whenever somebody may be stuck. Returns
        whether anybody still waits."""
        with self._lock:
            while self._waiting and self._has_room():
                who, task = object(), self._waiting.popleft()
                self._began[who] = time.monotonic()
                self._pool.submit(self._work, who, task)
            return bool(self._waiting)

    def _work(self, who: object, task: Task | None) -> None:
        while task is not None:
            task()
            task = self._next(who)

    def _next(self, who: object) -> Task | None:
        with self._lock:
            del self._began[who]
            if not (self._waiting and self._has_room()):
                return None
            self._began[who] = time.monotonic()
            return self._waiting.popleft()

    def _has_room(self) -> bool:
        moving = time.monotonic() - self._stuck
        return sum(began > moving for began in self._began.values()) < self._width
