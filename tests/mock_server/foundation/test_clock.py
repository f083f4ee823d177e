"""The time of the mock never falls, even if somebody sets the clock of the machine."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.foundation.clock import Clock, SteadyClock, monotonic, wall

HOUR = 3_600_000  # milliseconds
# What passes between two readings, and by how much somebody sets the clock meanwhile.
STEPS = st.tuples(st.integers(0, HOUR), st.integers(-HOUR, HOUR))


@given(st.lists(STEPS, max_size=20))
def test_a_clock_that_is_set_back_goes_on_from_where_it_was(steps: list[tuple[int, int]]) -> None:
    now = elapsed = 0
    clock = SteadyClock(lambda: now, lambda: elapsed)
    before = clock()
    for passed, change in steps:
        now, elapsed = now + passed + change, elapsed + passed
        after = clock()
        assert after >= before + passed
        assert after >= now
        before = after


@pytest.mark.parametrize("frozen_at", [0.0, 4e9])
def test_a_tool_that_replaces_the_time_functions_changes_no_clock_of_the_mock(
    monkeypatch: pytest.MonkeyPatch, frozen_at: float
) -> None:
    """freezegun replaces them in every module; the mock waits and measures with others."""
    before, waited = wall(), monotonic()
    for name in ("time", "monotonic", "perf_counter"):
        monkeypatch.setattr(time, name, lambda: frozen_at)
        monkeypatch.setattr(time, f"{name}_ns", lambda: int(frozen_at * 1e9))
    time.sleep(0.02)
    assert 20 <= wall() - before < HOUR
    assert 0.02 <= monotonic() - waited < HOUR


@given(st.integers(-HOUR, HOUR), st.floats(0, 1000), st.booleans())
def test_a_session_is_never_before_its_last_change(ahead: int, rate: float, frozen: bool) -> None:
    """Another machine, whose clock is ahead, may have made the change."""
    clock = Clock(wall0=HOUR, now0=HOUR, rate=rate, frozen=frozen)
    assert clock.now(HOUR - ahead) >= HOUR
