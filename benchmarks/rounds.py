"""Rounds in which each subject is measured in turn, and what is made of their readings.

A reading taken while others used the machine is discarded, counted and taken again, so often and
no more; so a benchmark ends on a busy machine too, and says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Generic, TypeVar

from .load.requests import WrongAnswerError
from .processes import foreign, work

NOISY = 0.05  # of the machine: what others may have in a reading that is kept
TRIES = 3  # of one subject in one round

S = TypeVar("S")
Reading = Mapping[str, float]


@dataclass(frozen=True)
class Spread:
    """Median and range of what several rounds measured."""

    median: float
    low: float
    high: float


@dataclass
class Readings(Generic[S]):
    """What was read: by subject, by the number of the round.

    bound: of the share of the machine that others may have. foreign: what they had in each
    reading, also of those discarded. failed: what a subject answered wrongly; it is left out then.
    """

    bound: float = NOISY
    kept: dict[S, dict[int, Reading]] = field(default_factory=dict)
    foreign: list[float] = field(default_factory=list)
    noisy: int = 0
    failed: dict[S, str] = field(default_factory=dict)

    def spread(self, subject: S, quantity: str) -> Spread | None:
        """None when no round was quiet."""
        return spread([each[quantity] for each in self.kept.get(subject, {}).values()])

    def ratio(self, one: S, other: S, quantity: str) -> Spread | None:
        """One subject's quantity by another's, of the rounds that have both."""
        ones, others = self.kept.get(one, {}), self.kept.get(other, {})
        both = sorted(ones.keys() & others.keys())
        return spread([ones[each][quantity] / others[each][quantity] for each in both])

    def told(self) -> str:
        """How quiet the machine was."""
        others = spread(self.foreign) or Spread(0, 0, 0)
        return (
            f"{len(self.foreign)} readings, {self.noisy} discarded because others had more than "
            f"{100 * self.bound:.0f} % of the machine (median {100 * others.median:.1f} %, most "
            f"{100 * others.high:.1f} %)"
        )


def spread(values: Sequence[float]) -> Spread | None:
    return Spread(median(values), min(values), max(values)) if values else None


def in_rounds(
    subjects: Sequence[S],
    measure: Callable[[S], Reading],
    rounds: int,
    bound: float = NOISY,
    heed: Callable[[Callable[[], Reading]], tuple[Reading, float]] | None = None,
) -> Readings[S]:
    """Measures each subject once a round, each round beginning with another one.

    bound: the share of the machine that others may have. heed: measures, and says what they had.
    """
    readings: Readings[S] = Readings(bound)
    for number in range(rounds):
        for subject in _from(subjects, number):
            try:
                _read(
                    readings, number, subject, partial(heed or heeding, partial(measure, subject))
                )
            except (WrongAnswerError, OSError) as error:
                readings.failed[subject] = str(error)
    return readings


def _read(
    readings: Readings[S], number: int, subject: S, heeded: Callable[[], tuple[Reading, float]]
) -> None:
    for _ in range(0 if subject in readings.failed else TRIES):
        reading, others = heeded()
        readings.foreign.append(others)
        if others <= readings.bound:
            readings.kept.setdefault(subject, {})[number] = reading
            return
        readings.noisy += 1


def heeding(measure: Callable[[], Reading]) -> tuple[Reading, float]:
    """Measures; the reading, and the share of the machine that others had meanwhile."""
    before, began = work(), time.monotonic()
    reading = measure()
    return reading, foreign(before, work(), time.monotonic() - began)


def _from(subjects: Sequence[S], number: int) -> Iterator[S]:
    first = number % max(1, len(subjects))
    yield from (*subjects[first:], *subjects[:first])
