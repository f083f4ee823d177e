"""Readings taken while others used the machine are discarded, counted and taken again."""

from collections.abc import Callable, Iterator
from itertools import count, repeat

import pytest

from benchmarks.load.requests import WrongAnswerError
from benchmarks.processes import Work, foreign
from benchmarks.rounds import NOISY, TRIES, Reading, Spread, in_rounds, spread

QUIET, LOUD = NOISY, NOISY + 0.01

Heed = Callable[[Callable[[], Reading]], tuple[Reading, float]]


def heeding(shares: Iterator[float]) -> Heed:
    """Measures, and says that others had these shares of the machine, one after the other."""
    return lambda measure: (measure(), next(shares))


def test_each_round_measures_every_subject_and_begins_with_another() -> None:
    order = []

    def measure(subject: str) -> Reading:
        order.append(subject)
        return {"rate": len(order)}

    in_rounds("abc", measure, rounds=3, heed=heeding(repeat(QUIET)))
    assert "".join(order) == "abcbcacab"


def test_a_noisy_reading_is_discarded_counted_and_taken_again() -> None:
    numbers = count(1)
    readings = in_rounds(
        ["one"],
        lambda _: {"rate": next(numbers)},
        rounds=2,
        heed=heeding(iter([LOUD, QUIET, QUIET])),
    )
    assert readings.kept == {"one": {0: {"rate": 2}, 1: {"rate": 3}}}
    assert readings.noisy == 1
    assert "3 readings, 1 discarded" in readings.told()


def test_on_a_machine_that_is_never_quiet_it_ends_without_a_figure() -> None:
    readings = in_rounds(["one"], lambda _: {"rate": 1}, rounds=4, heed=heeding(repeat(LOUD)))
    assert readings.noisy == len(readings.foreign) == 4 * TRIES
    assert readings.spread("one", "rate") is None
    assert readings.ratio("one", "one", "rate") is None


def test_a_ratio_is_of_the_rounds_in_which_both_were_quiet() -> None:
    """Of two rounds the other subject is noisy throughout the first."""
    shares = iter([QUIET, *[LOUD] * TRIES, QUIET, QUIET])
    rates = iter([100, 7, 7, 7, 2, 8])
    readings = in_rounds(
        ["one", "other"], lambda _: {"rate": next(rates)}, rounds=2, heed=heeding(shares)
    )
    assert readings.ratio("one", "other", "rate") == Spread(4, 4, 4)


@pytest.mark.parametrize("error", [WrongAnswerError("get: 500"), TimeoutError("timed out")])
def test_who_answers_wrongly_is_left_out_from_then_on(error: Exception) -> None:
    asked = []

    def measure(subject: str) -> Reading:
        asked.append(subject)
        if subject == "bad":
            raise error
        return {"rate": 1}

    readings = in_rounds(["bad", "good"], measure, rounds=3, heed=heeding(repeat(QUIET)))
    assert readings.failed == {"bad": str(error)}
    assert asked.count("bad") == 1
    assert list(readings.kept) == ["good"]


def test_a_spread_is_the_median_and_the_range() -> None:
    assert spread([5, 1, 2]) == Spread(2, 1, 5)
    assert spread([]) is None


def test_what_we_work_ourselves_is_not_foreign_and_what_others_work_is() -> None:
    before = Work(all=100, own=10)
    assert foreign(before, Work(all=104, own=14), seconds=2, cores=2) == 0
    assert foreign(before, Work(all=104, own=13), seconds=2, cores=2) == 0.25
    assert foreign(before, Work(all=103, own=14), seconds=2, cores=2) == 0
