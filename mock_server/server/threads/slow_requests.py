"""The kinds of requests that took the event loop long, so that a thread handles the next ones.

Nobody knows beforehand what a request costs: it depends on the document, its data and what a
session has created. So it is measured, in seconds of computing: a busy machine makes none slow.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass, field

from ...contract.exchange import Request
from ...foundation.clock import monotonic

SLOW = 0.02  # seconds of computing; the second such request makes its kind slow
VERY_SLOW = 0.2  # seconds; the first one does: nothing but its data can be the reason
REMEMBERED = 600.0  # seconds after the last slow request of a kind
MAX_KINDS = 1_000
ACCURACY = 0.001  # seconds of computing


class Stopwatch:
    """Measures the computing of one thread that mostly does short tasks.

    Reading the CPU clock of a thread is a system call, so it is read once in ACCURACY, not for each
    task.
    """

    def __init__(self) -> None:
        self._computed, self._read_at = 0.0, -ACCURACY

    def start(self) -> float:
        """Start a task. Return the time, for ``seconds``."""
        now = time.perf_counter()
        if now - self._read_at >= ACCURACY:
            self._computed, self._read_at = time.thread_time(), now
        return now

    def seconds(self, started_at: float) -> float:
        """Return the seconds of computing since the start of a task, ACCURACY too much at most.

        A busy machine may have let it wait, but never makes it look longer than it was.
        """
        passed = time.perf_counter() - started_at
        return passed if passed < ACCURACY else min(passed, time.thread_time() - self._computed)


@dataclass
class SlowRequests:
    """The slow kinds. kind_of: returns what requests of the same cost have in common.

    A kind is of one session, so that nobody waits behind the slow requests of another session.
    """

    kind_of: Callable[[Request], Hashable]
    slow: float = SLOW
    _seen: dict[Hashable, tuple[int, float]] = field(default_factory=dict)  # count, last time

    def note(self, request: Request, seconds: float) -> None:
        """Note the seconds of computing that a request took."""
        if seconds >= self.slow:
            kind = self.kind_of(request)
            count = 2 if seconds >= VERY_SLOW else self._count(kind) + 1
            self._seen.pop(kind, None)
            self._seen[kind] = count, monotonic()
            if len(self._seen) > MAX_KINDS:
                with suppress(KeyError):  # another thread has removed it
                    del self._seen[next(iter(self._seen))]

    def includes(self, request: Request) -> bool:
        """Return whether requests of this kind are slow."""
        return bool(self._seen) and self._count(self.kind_of(request)) > 1

    def _count(self, kind: Hashable) -> int:
        count, last = self._seen.get(kind, (0, 0.0))
        return count if monotonic() - last < REMEMBERED else 0
