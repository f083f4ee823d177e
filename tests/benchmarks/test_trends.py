"""A long run is level when nothing grows along the line that fits it best."""

import pytest

from benchmarks.trends import LEVELS, LONG, Sample, trend

MIB = 2**20


def samples(memory: list[float], seconds: float = 1800) -> list[Sample]:
    pause = seconds / (len(memory) - 1)
    return [Sample(n * pause, round(each * MIB), 10, 20) for n, each in enumerate(memory)]


@pytest.mark.parametrize(
    ("memory", "level"),
    [
        ([80.0] * 180, True),
        ([80 + n % 7 for n in range(180)], True),
        ([40 + n for n in range(45)] + [85.0] * 135, True),  # it grows while it warms up
        ([80 + n / 5 for n in range(180)], False),
        ([80.0] * 120 + [100.0] * 60, False),
        ([100 - n / 5 for n in range(180)], True),
    ],
)
def test_growth_after_warm_up_is_what_is_judged(memory: list[float], level: bool) -> None:
    found = trend(samples(memory), "memory")
    assert found is not None
    assert LEVELS["memory"].holds(found) is level


def test_threads_and_descriptors_that_do_not_move_are_level() -> None:
    for quantity in ("threads", "descriptors"):
        found = trend(samples([80.0] * 180), quantity)
        assert found is not None
        assert found.grown == 0
        assert LEVELS[quantity].holds(found)


def test_a_short_run_is_not_judged() -> None:
    assert trend(samples([80.0] * 100, seconds=LONG - 1), "memory") is None
    assert trend([Sample(0, 80 * MIB, 10, 20)], "memory") is None
