"""A queue of which only a few tasks run at once.

Threads that use a store at the same time hold each other up, since each waits for the interpreter's
lock whenever it comes back from the store. Threads that compute at the same time keep the event
loop waiting for that lock. One or two at a time are faster than many. But nobody must wait behind a
task that is stuck (a locked file, a lost network): it stops counting after ``STUCK`` seconds in
which it computed next to nothing.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from typing import NamedTuple

STUCK = 0.05  # seconds
COMPUTING = 0.1  # share of the time that a task computes if it is not stuck

Task = Callable[[], object]


class _Start(NamedTuple):
    """When a task started. clock: of the computing of its thread, where the system has one."""

    at: float  # monotonic clock, seconds
    computed: float = 0.0  # seconds
    clock: int | None = None


class BoundedQueue:
    """Runs tasks in the threads of a pool, ``width`` at once, not counting those that are stuck.

    A task must not raise. Thread-safe.
    """

    def __init__(self, pool: Executor, width: int, stuck: float = STUCK) -> None:
        self._pool, self._width, self._stuck = pool, width, stuck
        self._lock = threading.Lock()
        self._waiting: deque[Task] = deque()
        self._starts: dict[object, _Start] = {}  # of each worker that runs a task

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
                self._starts[worker] = _Start(time.monotonic())
                self._pool.submit(self._work, worker, task)
            return bool(self._waiting)

    def _work(self, worker: object, task: Task | None) -> None:
        get_clock = getattr(time, "pthread_getcpuclockid", None)
        clock = get_clock(threading.get_ident()) if get_clock else None
        while task is not None:
            with self._lock:
                self._starts[worker] = _Start(time.monotonic(), time.thread_time(), clock)
            task()
            task = self._next(worker)

    def _next(self, worker: object) -> Task | None:
        with self._lock:
            del self._starts[worker]
            if not (self._waiting and self._has_room()):
                return None
            self._starts[worker] = _Start(time.monotonic())
            return self._waiting.popleft()

    def _has_room(self) -> bool:
        now = time.monotonic()
        busy = sum(not self._is_stuck(start, now) for start in self._starts.values())
        return busy < self._width

    def _is_stuck(self, start: _Start, now: float) -> bool:
        elapsed = now - start.at
        if elapsed < self._stuck or start.clock is None:
            return elapsed >= self._stuck
        return time.clock_gettime(start.clock) - start.computed < elapsed * COMPUTING
