"""Whether what was sampled in a long run stays level once the run is warm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import linear_regression, mean

WARM = 0.5  # of a run: warm-up, as the heap of the C library comes to rest slowly
LONG = 300.0  # seconds: a shorter run is not judged


@dataclass(frozen=True)
class Sample:
    """What a server has at a moment. at: seconds; memory: bytes, without those of files."""

    at: float
    memory: int
    threads: int
    descriptors: int


@dataclass(frozen=True)
class Trend:
    """Of one quantity after warm-up. grown: along the straight line that fits best, from its
    beginning to its end."""

    mean: float
    least: float
    most: float
    grown: float


@dataclass(frozen=True)
class Level:
    """How much a quantity may grow and is called level: a part of its mean, or so much at least."""

    part: float
    least: float

    def holds(self, trend: Trend) -> bool:
        return trend.grown <= max(self.part * trend.mean, self.least)


LEVELS = {
    "memory": Level(0.05, 4 * 2**20),
    "threads": Level(0.05, 3),
    "descriptors": Level(0.05, 5),
}


def trend(samples: Sequence[Sample], quantity: str) -> Trend | None:
    """None when the run was too short to judge by it. The samples are in their order."""
    if samples[-1].at < LONG:
        return None
    warm = [each for each in samples if each.at >= WARM * samples[-1].at]
    times, values = [each.at for each in warm], [float(getattr(each, quantity)) for each in warm]
    slope = linear_regression(times, values).slope
    return Trend(mean(values), min(values), max(values), slope * (times[-1] - times[0]))
