"""Threads for what may wait or takes long: a store on disk, long bodies, the control API.

A thread makes a response, or one part of it, and gives it back to the loop, which sends it. So a
client that reads slowly has no thread.
"""

from __future__ import annotations

import logging
import socket
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TypeVar

from ...foundation.clock import monotonic
from ..connections import Connection
from .bounded_queue import STUCK, BoundedQueue

log = logging.getLogger("mock_server")

MAX_THREADS = 600
END = 1.5  # seconds for which the threads may end after the last connection is closed

T = TypeVar("T")
Task = Callable[[], None]


class ThreadPool:
    """Threads whose results are handled by the loop. width: of the bounded queue."""

    def __init__(self, width: int) -> None:
        self._pool = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="respond")
        self.queue = BoundedQueue(self._pool, width)
        self._finished: deque[tuple[Connection, Task]] = deque()
        self._waker, self.wakeup = socket.socketpair()
        for end in (self._waker, self.wakeup):
            end.setblocking(False)

    def run(
        self,
        connection: Connection,
        task: Callable[[], T],
        then: Callable[[T], None],
        failed: Task,
    ) -> None:
        """Run a task of a connection in a thread. Later, ``finished`` has ``then`` with its result,
        or ``failed`` after an exception, which is logged."""
        self.queue.run(partial(self._run, connection, task, then, failed))

    def check_queue(self, longest: float) -> float:
        """Start waiting tasks. Return the seconds, at most ``longest``, until the next check."""
        return min(STUCK, longest) if self.queue.admit() else longest

    def wake_loop(self) -> None:
        """Make ``wakeup`` readable, which the loop selects on. Safe in a signal handler."""
        with suppress(OSError):  # full: the loop wakes up anyway; closed: it has ended
            self._waker.send(b"\0")

    def finished(self) -> Iterator[tuple[Connection, Task]]:
        """Yield the connections whose tasks have ended, with what the loop is to do for each."""
        with suppress(BlockingIOError):
            self.wakeup.recv(4096)
        while self._finished:
            yield self._finished.popleft()

    def close(self) -> bool:
        """Start no more tasks. Return whether all threads have ended, which they may for ``END``
        seconds."""
        self.queue.close()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._waker.close()
        self.wakeup.close()
        until = monotonic() + END
        threads = [*self._pool._threads]
        for thread in threads:
            thread.join(max(until - monotonic(), 0))
        return not any(thread.is_alive() for thread in threads)

    def _run(
        self,
        connection: Connection,
        task: Callable[[], T],
        then: Callable[[T], None],
        failed: Task,
    ) -> None:
        try:
            done: Task = partial(then, task())
        except Exception:
            log.exception("a request could not be handled")
            done = failed
        self._finished.append((connection, done))
        self.wake_loop()
