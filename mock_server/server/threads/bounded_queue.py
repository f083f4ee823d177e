"""A queue of which only a few tasks run at once.

Threads that compute at the same time hold each other up, and keep the event loop waiting for the
interpreter's lock. One or two at a time are faster than many. But nobody must wait behind a task
that waits itself: one that says so (``released``) does not count meanwhile, and one that is stuck
(a locked file, a lost network) stops counting after ``STUCK`` seconds in which it computed next to
nothing.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from ...foundation.clock import monotonic

STUCK = 0.05  # seconds
COMPUTING = 0.1  # share of the time that a task computes if it is not stuck

Task = Callable[[], object]


class _Start(NamedTuple):
    """When a thread took its slot. clock: of its computing, where the system has one."""

    at: float  # monotonic clock, seconds
    computed: float = 0.0  # seconds
    clock: int | None = None


@dataclass(eq=False)
class _Waiting:
    """A thread that waits for a slot."""

    admitted: threading.Event = field(default_factory=threading.Event)


class BoundedQueue:
    """Runs tasks in the threads of a pool, ``width`` at once, not counting those that wait.

    A task must not raise. Thread-safe.
    """

    def __init__(self, pool: Executor, width: int, stuck: float = STUCK) -> None:
        self._pool, self._width, self._stuck = pool, width, stuck
        self._lock = threading.Lock()
        self._queue: deque[Task | _Waiting] = deque()
        self._starts: dict[object, _Start] = {}  # by the slot that a thread has
        self._own = threading.local()  # slot: that of this thread

    def run(self, task: Task) -> None:
        """Run a task as soon as there is room."""
        with self._lock:
            self._queue.append(task)
        self.admit()

    @contextmanager
    def released(self) -> Iterator[None]:
        """Do not count this thread while it waits in the block, if it has a slot."""
        if getattr(self._own, "slot", None) is None:
            yield
            return
        self._give_back()
        try:
            yield
        finally:
            self._take()

    def admit(self) -> bool:
        """Admit those in the queue for which there is room. Return whether any still wait.

        Call it every ``STUCK`` seconds while it returns True: no event announces a stuck task.
        """
        with self._lock:
            while self._queue and self._has_room():
                entry = self._queue.popleft()
                slot = entry if isinstance(entry, _Waiting) else object()
                self._starts[slot] = _Start(monotonic())
                if isinstance(entry, _Waiting):
                    entry.admitted.set()
                else:
                    self._pool.submit(self._work, slot, entry)
            return bool(self._queue)

    def close(self) -> None:
        """Drop the tasks that wait, and let the threads that wait end: nothing is bounded now."""
        with self._lock:
            waiting = [entry for entry in self._queue if isinstance(entry, _Waiting)]
            self._queue.clear()
            self._width = sys.maxsize
        for entry in waiting:
            entry.admitted.set()

    def _work(self, slot: object, task: Task | None) -> None:
        self._own.slot = slot
        while task is not None:
            self._note_start()
            task()
            task = self._next()
        self._give_back()

    def _next(self) -> Task | None:
        """Return the next task if this thread may run it in its slot."""
        with self._lock:
            start = self._starts.pop(self._own.slot)
            first = self._queue[0] if self._queue and self._has_room() else None
            self._starts[self._own.slot] = start
            if first is None or isinstance(first, _Waiting):
                return None
            self._queue.popleft()
            return first

    def _take(self) -> None:
        slot = _Waiting()
        with self._lock:
            self._queue.append(slot)
        self.admit()
        slot.admitted.wait()
        self._own.slot = slot
        self._note_start()

    def _give_back(self) -> None:
        with self._lock:
            self._starts.pop(self._own.slot, None)
        self._own.slot = None
        self.admit()

    def _note_start(self) -> None:
        get_clock = getattr(time, "pthread_getcpuclockid", None)
        clock = get_clock(threading.get_ident()) if get_clock else None
        with self._lock:
            self._starts[self._own.slot] = _Start(monotonic(), time.thread_time(), clock)

    def _has_room(self) -> bool:
        now = monotonic()
        busy = sum(not self._is_stuck(start, now) for start in self._starts.values())
        return busy < self._width

    def _is_stuck(self, start: _Start, now: float) -> bool:
        elapsed = now - start.at
        if elapsed < self._stuck or start.clock is None:
            return elapsed >= self._stuck
        return time.clock_gettime(start.clock) - start.computed < elapsed * COMPUTING
