"""The time of the machine, which never falls, and the clock of a session.

The clock of a session is a linear function of the wall clock; it can be moved and stopped.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

Wall = Callable[[], int]  # milliseconds since 1970

EARLIEST = 0  # 1970-01-01T00:00:00Z
LATEST = 253_370_764_800_000  # 9999-01-01T00:00:00Z: timestamps of a timeline can be a year later
FASTEST = 1_000_000.0  # maximum rate: session seconds per second


class SteadyClock:
    """A clock that never falls: if its time is set back, it goes on from where it was.

    time: nanoseconds since 1970. elapsed: nanoseconds since any moment, which nobody can change.
    """

    def __init__(self, time: Callable[[], int], elapsed: Callable[[], int]) -> None:
        self._time, self._elapsed = time, elapsed
        self._lock = threading.Lock()
        self._ahead = time() - elapsed()

    def __call__(self) -> int:
        """Return nanoseconds since 1970."""
        time = self._time()  # first: what passes before the next line must not count twice
        elapsed = self._elapsed()
        if time - elapsed > self._ahead:
            with self._lock:
                self._ahead = max(self._ahead, time - elapsed)
        return elapsed + self._ahead


# Tools that set the time of a test suite replace `time.time` and `time.monotonic` (freezegun), or
# what the time functions of C return (time-machine). A mock in the process of the tests has its own
# time: these clocks are not replaced, and COARSE of Linux (clock_gettime(2)) is not moved either.
COARSE = 5 if sys.platform == "linux" else time.CLOCK_REALTIME
TICK = 20_000_000  # nanoseconds; more than the coarse clock is behind the exact one


def _real() -> int:
    exact, coarse = time.clock_gettime_ns(time.CLOCK_REALTIME), time.clock_gettime_ns(COARSE)
    return exact if abs(exact - coarse) < TICK else coarse


wall_ns = SteadyClock(_real, partial(time.clock_gettime_ns, time.CLOCK_MONOTONIC))


def wall() -> int:
    """Return the time of the machine, in milliseconds since 1970. It never falls."""
    return wall_ns() // 1_000_000


def monotonic() -> float:
    """Return seconds since any moment, to measure how long a wait has taken."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


@dataclass(frozen=True)
class Clock:
    """A clock that showed ``now0`` at the wall time ``wall0``. All values are in ms since 1970.

    rate: session seconds per second.
    """

    wall0: int
    now0: int
    rate: float = 1.0
    frozen: bool = False

    def now(self, at: int) -> int:
        """Return the time of the session at the wall time ``at``, at most LATEST.

        It is never before ``now0``: another machine that shares the session may be a bit ahead.
        """
        elapsed = 0 if self.frozen else max(0, int((at - self.wall0) * self.rate))
        return min(self.now0 + elapsed, LATEST)

    def advanced(self, at: int, milliseconds: int) -> Clock:
        """Return the clock, moved forward at the wall time ``at``."""
        return replace(self, wall0=at, now0=self.now(at) + milliseconds)

    def with_frozen(self, at: int, frozen: bool) -> Clock:
        """Return the clock, stopped or running from its time at the wall time ``at``."""
        return replace(self, wall0=at, now0=self.now(at), frozen=frozen)

    def with_rate(self, at: int, rate: float) -> Clock:
        """Return the clock with another rate from the wall time ``at`` on."""
        return replace(self, wall0=at, now0=self.now(at), rate=rate)

    def seconds_until(self, at: int, timestamp: int) -> float | None:
        """Return the seconds of the wall clock from ``at`` until a timestamp; None for never."""
        if timestamp <= self.now(at):
            return 0.0
        if self.frozen or self.rate == 0:
            return None
        return (timestamp - self.now(at)) / self.rate / 1000
