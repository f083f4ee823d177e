"""A session's clock: a straight line over the wall clock, so that it can jump, stop and run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

Wall = Callable[[], int]  # milliseconds since 1970


def wall() -> int:
    """The machine's clock, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class Clock:
    """``now0`` was the session's now at ``wall0``; it runs at ``rate`` (0 is frozen). All in ms."""

    wall0: int
    now0: int
    rate: float = 1.0

    def now(self, at: int) -> int:
        """The session's now, in milliseconds since 1970, when the wall clock shows ``at``."""
        return self.now0 + int((at - self.wall0) * self.rate)
