"""Measure subjects in rounds, and compute medians and ratios of the readings.

A reading is discarded, counted and repeated if other programs used the machine meanwhile. The
number of repetitions is limited, so that a benchmark also ends on a busy machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Generic, TypeVar

from .load.requests import WrongResponseError
from .processes import foreign_share, work

MAX_FOREIGN_SHARE = 0.05  # of the machine, used by other programs during an accepted reading
ATTEMPTS = 3  # per subject and round

S = TypeVar("S")
Reading = Mapping[str, float]


@dataclass(frozen=True)
class Spread:
    """The median and the range of a quantity over several rounds."""

    median: float
    low: float
    high: float


@dataclass
class Readings(Generic[S]):
    """The readings of a benchmark.

    limit: discard a reading if other programs had a greater share of the machine.
    accepted: by subject and number of the round.
    foreign_shares: the share of other programs in each reading, accepted or discarded.
    errors: of subjects that responded incorrectly; they are not measured again.
    """

    limit: float = MAX_FOREIGN_SHARE
    accepted: dict[S, dict[int, Reading]] = field(default_factory=dict)
    foreign_shares: list[float] = field(default_factory=list)
    discarded: int = 0
    errors: dict[S, str] = field(default_factory=dict)

    def spread(self, subject: S, quantity: str) -> Spread | None:
        """Return the spread of a quantity, or None without an accepted reading."""
        return spread([reading[quantity] for reading in self.accepted.get(subject, {}).values()])

    def ratio(self, subject: S, reference: S, quantity: str) -> Spread | None:
        """Return a quantity as a multiple of the reference's, over the rounds that have both."""
        numerators = self.accepted.get(subject, {})
        denominators = self.accepted.get(reference, {})
        common = sorted(numerators.keys() & denominators.keys())
        return spread([numerators[n][quantity] / denominators[n][quantity] for n in common])

    def summary(self) -> str:
        """Return a sentence about the number of readings and the noise of the machine."""
        others = spread(self.foreign_shares) or Spread(0, 0, 0)
        return (
            f"{len(self.foreign_shares)} readings, {self.discarded} discarded because other "
            f"programs used more than {100 * self.limit:.0f} % of the machine "
            f"(median {100 * others.median:.1f} %, maximum {100 * others.high:.1f} %)"
        )


def spread(values: Sequence[float]) -> Spread | None:
    return Spread(median(values), min(values), max(values)) if values else None


def in_rounds(
    subjects: Sequence[S],
    measure: Callable[[S], Reading],
    rounds: int,
    limit: float = MAX_FOREIGN_SHARE,
    observe: Callable[[Callable[[], Reading]], tuple[Reading, float]] | None = None,
) -> Readings[S]:
    """Measure each subject once per round. Each round starts with a different subject.

    limit: the share of the machine that other programs may use during a reading.
    observe: measures and returns that share; tests replace it.
    """
    readings: Readings[S] = Readings(limit)
    for number in range(rounds):
        for subject in _rotated(subjects, number):
            measurement = partial(observe or observe_machine, partial(measure, subject))
            try:
                _read(readings, number, subject, measurement)
            except (WrongResponseError, OSError) as error:
                readings.errors[subject] = str(error)
    return readings


def _read(
    readings: Readings[S], number: int, subject: S, measure: Callable[[], tuple[Reading, float]]
) -> None:
    for _ in range(0 if subject in readings.errors else ATTEMPTS):
        reading, others = measure()
        readings.foreign_shares.append(others)
        if others <= readings.limit:
            readings.accepted.setdefault(subject, {})[number] = reading
            return
        readings.discarded += 1


def observe_machine(measure: Callable[[], Reading]) -> tuple[Reading, float]:
    """Return a reading, and the share of the machine that other programs used meanwhile."""
    before, started_at = work(), time.monotonic()
    reading = measure()
    return reading, foreign_share(before, work(), time.monotonic() - started_at)


def _rotated(subjects: Sequence[S], number: int) -> Iterator[S]:
    first = number % max(1, len(subjects))
    yield from (*subjects[first:], *subjects[:first])
