"""The clock of a session: a linear function of the wall clock, which can be moved and stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

Wall = Callable[[], int]  # milliseconds since 1970

EARLIEST = 0  # 1970-01-01T00:00:00Z
LATEST = 253_370_764_800_000  # 9999-01-01T00:00:00Z: timestamps of a timeline can be a year later
FASTEST = 1_000_000.0  # maximum rate: session seconds per second


def wall() -> int:
    """Return the time of the machine, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


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
        """Return the time of the session at the wall time ``at``, at most LATEST."""
        elapsed = 0 if self.frozen else int((at - self.wall0) * self.rate)
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
