"""A reading during which other programs used the machine is discarded, counted and repeated."""

from collections.abc import Callable, Iterator
from itertools import count, repeat

import pytest

from benchmarks.load.requests import WrongResponseError
from benchmarks.processes import Work, foreign_share
from benchmarks.rounds import ATTEMPTS, MAX_FOREIGN_SHARE, Reading, Spread, in_rounds, spread

QUIET, NOISY = MAX_FOREIGN_SHARE, MAX_FOREIGN_SHARE + 0.01

Observe = Callable[[Callable[[], Reading]], tuple[Reading, float]]


def observing(shares: Iterator[float]) -> Observe:
    """Return a function that measures, and reports these shares of other programs in order."""
    return lambda measure: (measure(), next(shares))


def test_each_round_measures_every_subject_and_starts_with_a_different_one() -> None:
    order = []

    def measure(subject: str) -> Reading:
        order.append(subject)
        return {"rate": len(order)}

    in_rounds("abc", measure, rounds=3, observe=observing(repeat(QUIET)))
    assert "".join(order) == "abcbcacab"


def test_a_noisy_reading_is_discarded_counted_and_repeated() -> None:
    numbers = count(1)
    readings = in_rounds(
        ["a"],
        lambda _: {"rate": next(numbers)},
        rounds=2,
        observe=observing(iter([NOISY, QUIET, QUIET])),
    )
    assert readings.accepted == {"a": {0: {"rate": 2}, 1: {"rate": 3}}}
    assert readings.discarded == 1
    assert "3 readings, 1 discarded" in readings.summary()


def test_on_a_machine_that_is_never_quiet_the_benchmark_ends_without_a_value() -> None:
    readings = in_rounds(["a"], lambda _: {"rate": 1}, rounds=4, observe=observing(repeat(NOISY)))
    assert readings.discarded == len(readings.foreign_shares) == 4 * ATTEMPTS
    assert readings.spread("a", "rate") is None
    assert readings.ratio("a", "a", "rate") is None


def test_a_ratio_uses_the_rounds_in_which_both_subjects_have_a_reading() -> None:
    # In the first of two rounds, all readings of the second subject are noisy.
    shares = iter([QUIET, *[NOISY] * ATTEMPTS, QUIET, QUIET])
    rates = iter([100, 7, 7, 7, 2, 8])
    readings = in_rounds(
        ["a", "b"], lambda _: {"rate": next(rates)}, rounds=2, observe=observing(shares)
    )
    assert readings.ratio("a", "b", "rate") == Spread(4, 4, 4)


@pytest.mark.parametrize("error", [WrongResponseError("get: 500"), TimeoutError("timed out")])
def test_a_subject_that_responds_incorrectly_is_not_measured_again(error: Exception) -> None:
    measured = []

    def measure(subject: str) -> Reading:
        measured.append(subject)
        if subject == "bad":
            raise error
        return {"rate": 1}

    readings = in_rounds(["bad", "good"], measure, rounds=3, observe=observing(repeat(QUIET)))
    assert readings.errors == {"bad": str(error)}
    assert measured.count("bad") == 1
    assert list(readings.accepted) == ["good"]


def test_a_spread_is_the_median_and_the_range() -> None:
    assert spread([5, 1, 2]) == Spread(2, 1, 5)
    assert spread([]) is None


def test_only_the_work_of_other_programs_is_foreign() -> None:
    before = Work(total=100, own=10)
    assert foreign_share(before, Work(total=104, own=14), seconds=2, cores=2) == 0
    assert foreign_share(before, Work(total=104, own=13), seconds=2, cores=2) == 0.25
    assert foreign_share(before, Work(total=103, own=14), seconds=2, cores=2) == 0
