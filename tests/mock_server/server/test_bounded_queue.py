"""A bounded queue runs a few tasks at once, and no task waits for one that is stuck."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from mock_server.server.threads.bounded_queue import STUCK, BoundedQueue

TIMEOUT = 30.0  # seconds


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(64) as pool:
        yield pool


def run_all(queue: BoundedQueue, tasks: list[Callable[[], object]]) -> None:
    """Add tasks from many threads and wait until all have ended."""
    ended = threading.Semaphore(0)

    def counted(task: Callable[[], object]) -> Callable[[], object]:
        def run() -> None:
            task()
            ended.release()

        return run

    with ThreadPoolExecutor(8) as producers:
        list(producers.map(queue.run, map(counted, tasks)))
    for _ in tasks:
        assert ended.acquire(timeout=TIMEOUT)


@pytest.mark.parametrize("width", [1, 2, 5])
def test_at_most_width_tasks_run_at_once(pool: ThreadPoolExecutor, width: int) -> None:
    queue, running, counts = BoundedQueue(pool, width, TIMEOUT), set[object](), []

    def task() -> None:
        me = object()
        running.add(me)
        counts.append(len(running))
        time.sleep(0.001)
        running.remove(me)

    run_all(queue, [task] * 200)
    assert len(counts) == 200
    assert max(counts) <= width


def test_tasks_run_in_the_order_in_which_they_were_added(pool: ThreadPoolExecutor) -> None:
    queue, numbers, done = BoundedQueue(pool, 1), [], threading.Event()
    for number in range(100):
        queue.run(lambda number=number: numbers.append(number))  # type: ignore[misc]  # bound now
    queue.run(done.set)
    assert done.wait(TIMEOUT)
    assert numbers == list(range(100))


def test_no_task_waits_for_tasks_that_are_stuck(pool: ThreadPoolExecutor) -> None:
    """More tasks are stuck than may run at once. After they have ended, the limit applies again."""
    queue, unblocked, running = BoundedQueue(pool, 2), threading.Event(), set[object]()
    counts: list[int] = []
    for _ in range(10):
        queue.run(lambda: unblocked.wait(TIMEOUT))
    done = threading.Event()
    queue.run(done.set)
    while not done.is_set():
        queue.admit()
        done.wait(STUCK)
    assert not queue.admit()
    unblocked.set()

    def task() -> None:
        me = object()
        running.add(me)
        counts.append(len(running))
        running.remove(me)

    run_all(queue, [task] * 50)
    assert max(counts) <= 2


def test_admit_returns_whether_tasks_still_wait(pool: ThreadPoolExecutor) -> None:
    queue, unblocked, done = BoundedQueue(pool, 1, TIMEOUT), threading.Event(), threading.Event()
    queue.run(lambda: unblocked.wait(TIMEOUT))
    assert not queue.admit()
    queue.run(done.set)
    assert queue.admit()
    unblocked.set()
    assert done.wait(TIMEOUT)
    assert not queue.admit()


def test_a_task_that_waits_makes_room_and_goes_on_when_there_is_room(
    pool: ThreadPoolExecutor,
) -> None:
    queue, waited, order = BoundedQueue(pool, 1, TIMEOUT), threading.Event(), list[str]()
    done = threading.Semaphore(0)

    def waits() -> None:
        order.append("first")
        with queue.released():
            assert waited.wait(TIMEOUT)
        order.append("third")
        done.release()

    def second() -> None:
        order.append("second")
        waited.set()
        done.release()

    queue.run(waits)
    queue.run(second)
    for _ in range(2):
        assert done.acquire(timeout=TIMEOUT)
    assert order == ["first", "second", "third"]


def test_a_task_that_computes_is_not_stuck(pool: ThreadPoolExecutor) -> None:
    queue, stop, started = BoundedQueue(pool, 1), threading.Event(), threading.Event()

    def computes() -> None:
        started.set()
        while not stop.is_set():
            sum(range(1000))

    queue.run(computes)
    assert started.wait(TIMEOUT)
    done = threading.Event()
    queue.run(done.set)
    time.sleep(2 * STUCK)
    assert queue.admit() or done.is_set()  # a busy machine may keep the task from computing
    stop.set()
    assert done.wait(TIMEOUT)


def test_threads_that_wait_for_room_go_on_when_the_queue_is_closed(
    pool: ThreadPoolExecutor,
) -> None:
    queue, blocked, over = BoundedQueue(pool, 1, TIMEOUT), threading.Event(), threading.Event()
    waiting = threading.Event()

    def waits() -> None:
        with queue.released():
            queue.run(lambda: blocked.wait(TIMEOUT))
            waiting.set()
        over.set()

    queue.run(waits)
    assert waiting.wait(TIMEOUT)
    queue.close()
    assert over.wait(TIMEOUT)
    blocked.set()
