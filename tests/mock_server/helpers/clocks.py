"""A wall clock that tests move, so that no test sleeps."""

from dataclasses import dataclass

START = 1_780_000_000_123  # milliseconds since 1970


@dataclass
class ManualClock:
    """A wall clock that stands still at ``now`` (ms since 1970)."""

    now: int = START

    def __call__(self) -> int:
        return self.now

    def forward(self, seconds: float) -> None:
        """Move the clock forward."""
        self.now += round(seconds * 1000)
