"""A quantity is level if its line of best fit after the warm-up does not grow."""

import pytest

from benchmarks.trends import LEVELS, MIN_SECONDS, Sample, trend

MIB = 2**20


def samples(memory: list[float], seconds: float = 1800) -> list[Sample]:
    pause = seconds / (len(memory) - 1)
    return [Sample(n * pause, round(value * MIB), 10, 20) for n, value in enumerate(memory)]


@pytest.mark.parametrize(
    ("memory", "level"),
    [
        ([80.0] * 180, True),
        ([80 + n % 7 for n in range(180)], True),
        ([40 + n for n in range(45)] + [85.0] * 135, True),  # it grows during the warm-up
        ([80 + n / 5 for n in range(180)], False),
        ([80.0] * 120 + [100.0] * 60, False),
        ([100 - n / 5 for n in range(180)], True),
    ],
)
def test_only_growth_after_the_warm_up_counts(memory: list[float], level: bool) -> None:
    growth = trend(samples(memory), "memory")
    assert growth is not None
    assert LEVELS["memory"].holds(growth) is level


def test_a_constant_number_of_threads_and_descriptors_is_level() -> None:
    for quantity in ("threads", "descriptors"):
        growth = trend(samples([80.0] * 180), quantity)
        assert growth is not None
        assert growth.growth == 0
        assert LEVELS[quantity].holds(growth)


def test_a_short_run_is_not_judged() -> None:
    assert trend(samples([80.0] * 100, seconds=MIN_SECONDS - 1), "memory") is None
    assert trend([Sample(0, 80 * MIB, 10, 20)], "memory") is None
