"""On a lane few tasks run at once, and none waits for one that is stuck."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from mock_server.server.bounded_queue import STUCK, BoundedQueue

PATIENCE = 30.0


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(64) as pool:
        yield pool


def given(lane: BoundedQueue, tasks: list[Callable[[], object]]) -> None:
    """Runs tasks to their end; many threads give them."""
    left = threading.Semaphore(0)

    def ending(task: Callable[[], object]) -> Callable[[], object]:
        def run() -> None:
            task()
            left.release()

        return run

    with ThreadPoolExecutor(8) as givers:
        list(givers.map(lane.run, map(ending, tasks)))
    for _ in tasks:
        assert left.acquire(timeout=PATIENCE)


@pytest.mark.parametrize("width", [1, 2, 5])
def test_no_more_quick_tasks_run_at_once_than_it_is_wide(
    pool: ThreadPoolExecutor, width: int
) -> None:
    lane, inside, most = BoundedQueue(pool, width, PATIENCE), set[object](), []

    def task() -> None:
        me = object()
        inside.add(me)
        most.append(len(inside))
        time.sleep(0.001)
        inside.remove(me)

    given(lane, [task] * 200)
    assert len(most) == 200
    assert max(most) <= width


def test_tasks_run_in_their_order(pool: ThreadPoolExecutor) -> None:
    lane, seen, done = BoundedQueue(pool, 1), [], threading.Event()
    for number in range(100):
        lane.run(lambda number=number: seen.append(number))  # type: ignore[misc]  # bound now
    lane.run(done.set)
    assert done.wait(PATIENCE)
    assert seen == list(range(100))


def test_nobody_waits_behind_tasks_that_are_stuck(pool: ThreadPoolExecutor) -> None:
    """Also not behind more of them than the lane is wide; and when they come to an end, no more run
    at once than before."""
    lane, free, at_once, most = BoundedQueue(pool, 2), threading.Event(), set[object](), []
    for _ in range(10):
        lane.run(lambda: free.wait(PATIENCE))
    done = threading.Event()
    lane.run(done.set)
    while not done.is_set():
        lane.start_waiting()
        done.wait(STUCK)
    assert not lane.start_waiting()
    free.set()

    def task() -> None:
        me = object()
        at_once.add(me)
        most.append(len(at_once))
        at_once.remove(me)

    given(lane, [task] * 50)
    assert max(most) <= 2


def test_it_says_whether_somebody_waits(pool: ThreadPoolExecutor) -> None:
    lane, free, done = BoundedQueue(pool, 1, PATIENCE), threading.Event(), threading.Event()
    lane.run(lambda: free.wait(PATIENCE))
    assert not lane.start_waiting()
    lane.run(done.set)
    assert lane.start_waiting()
    free.set()
    assert done.wait(PATIENCE)
    assert not lane.start_waiting()
