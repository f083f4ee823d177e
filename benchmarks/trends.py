"""Whether a quantity stays level in a long run, after its warm-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import linear_regression, mean

WARM_UP = 0.5  # of a run: the heap of the C library needs this long to become level
MIN_SECONDS = 300.0  # a shorter run is not judged


@dataclass(frozen=True)
class Sample:
    """The state of a server at a time.

    at: seconds since the start of the run. memory: bytes, without the pages of files.
    """

    at: float
    memory: int
    threads: int
    descriptors: int


@dataclass(frozen=True)
class Trend:
    """A quantity after the warm-up. growth: of the line of best fit, from its start to its end."""

    mean: float
    minimum: float
    maximum: float
    growth: float


@dataclass(frozen=True)
class Level:
    """The permitted growth of a quantity: a part of its mean or an absolute value, if larger."""

    part: float
    absolute: float

    def holds(self, trend: Trend) -> bool:
        return trend.growth <= max(self.part * trend.mean, self.absolute)


LEVELS = {
    "memory": Level(0.05, 4 * 2**20),
    "threads": Level(0.05, 3),
    "descriptors": Level(0.05, 5),
}


def trend(samples: Sequence[Sample], quantity: str) -> Trend | None:
    """Return the trend of a quantity, or None if the run was too short.

    samples: in order of time.
    """
    if samples[-1].at < MIN_SECONDS:
        return None
    warm = [sample for sample in samples if sample.at >= WARM_UP * samples[-1].at]
    times = [sample.at for sample in warm]
    values = [float(getattr(sample, quantity)) for sample in warm]
    slope = linear_regression(times, values).slope
    return Trend(mean(values), min(values), max(values), slope * (times[-1] - times[0]))
