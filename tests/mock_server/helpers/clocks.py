"""A wall clock that is set by hand, so that no test sleeps."""

from dataclasses import dataclass

BEGIN = 1_780_000_000_123  # milliseconds since 1970


@dataclass
class Hand:
    """A wall clock: it shows ``now``, in milliseconds since 1970, until it is set."""

    now: int = BEGIN

    def __call__(self) -> int:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += round(seconds * 1000)
