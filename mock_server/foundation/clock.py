"""A session's clock: a straight line over the wall clock, so that it can jump, stop and run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

Wall = Callable[[], int]  # milliseconds since 1970

EARLIEST = 0  # 1970-01-01T00:00:00Z
LATEST = 253_370_764_800_000  # 9999-01-01T00:00:00Z: a year is left for what a timeline tells
FASTEST = 1_000_000.0  # how many session seconds a second may last


def wall() -> int:
    """The machine's clock, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class Clock:
    """``now0`` was the session's now at ``wall0``; it runs at ``rate`` unless frozen. All in ms."""

    wall0: int
    now0: int
    rate: float = 1.0
    frozen: bool = False

    def now(self, at: int) -> int:
        """The session's now, in milliseconds since 1970, when the wall clock shows ``at``."""
        run = 0 if self.frozen else int((at - self.wall0) * self.rate)
        return min(self.now0 + run, LATEST)

    def advanced(self, at: int, milliseconds: int) -> Clock:
        """The clock after a jump forward."""
        return replace(self, wall0=at, now0=self.now(at) + milliseconds)

    def with_frozen(self, at: int, frozen: bool) -> Clock:
        """The clock, stopped or running on from where it stands."""
        return replace(self, wall0=at, now0=self.now(at), frozen=frozen)

    def with_rate(self, at: int, rate: float) -> Clock:
        """The clock, running on from where it stands at another rate."""
        return replace(self, wall0=at, now0=self.now(at), rate=rate)

    def seconds_until(self, at: int, moment: int) -> float | None:
        """Seconds of the wall clock until the session's now reaches a moment; None for never."""
        if moment <= self.now(at):
            return 0.0
        if self.frozen or self.rate == 0:
            return None
        return (moment - self.now(at)) / self.rate / 1000
