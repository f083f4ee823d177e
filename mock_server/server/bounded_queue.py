"""A queue of which only a few tasks run at once.

Threads that use a store at the same time hold each other up, since each waits for the interpreter's
lock whenever it comes back from the store. One or two at a time are faster than many. But nobody
must wait behind a task that is stuck (a locked file, a lost network): it stops counting after
``STUCK`` seconds.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor

STUCK = 0.05  # seconds

Task = Callable[[], object]


class BoundedQueue:
    """Runs tasks in the threads of a pool, ``width`` at once, not counting those that are stuck.

    A task must not raise. Thread-safe.
    """

    def __init__(self, pool: Executor, width: int, stuck: float = STUCK) -> None:
        self._pool, self._width, self._stuck = pool, width, stuck
        self._lock = threading.Lock()
        self._waiting: deque[Task] = deque()
        self._started_at: dict[object, float] = {}  # of each worker that runs a task

    def run(self, task: Task) -> None:
        """Run a task as soon as there is room."""
        with self._lock:
            self._waiting.append(task)
        self.start_waiting()

    def start_waiting(self) -> bool:
        """Start the waiting tasks for which there is room. Return whether any still wait.

        Call it every ``STUCK`` seconds while it returns True: no event announces a stuck task.
        """
        with self._lock:
            while self._waiting and self._has_room():
                worker, task = object(), self._waiting.popleft()
                self._started_at[worker] = time.monotonic()
                self._pool.submit(self._work, worker, task)
            return bool(self._waiting)

    def _work(self, worker: object, task: Task | None) -> None:
        while task is not None:
            task()
            task = self._next(worker)

    def _next(self, worker: object) -> Task | None:
        with self._lock:
            del self._started_at[worker]
            if not (self._waiting and self._has_room()):
                return None
            self._started_at[worker] = time.monotonic()
            return self._waiting.popleft()

    def _has_room(self) -> bool:
        stuck_before = time.monotonic() - self._stuck
        return sum(start > stuck_before for start in self._started_at.values()) < self._width
