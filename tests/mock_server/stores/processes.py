"""Tests for every store that several processes can share."""

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice

import pytest

from mock_server.stores import Store, open_store
from mock_server.stores.change_watcher import PAUSE, THREAD_NAME
from tests.mock_server.stores.writers import WRITES, writers, written

PROCESSES = 4


def watcher_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == THREAD_NAME]


class TestProcesses:
    @pytest.fixture
    def store(self, url: str) -> Iterator[Store]:
        with closing(open_store(url)) as store:
            yield store

    def test_the_store_is_shared(self, store: Store) -> None:
        assert store.shared

    def test_no_update_is_lost(self, url: str, store: Store) -> None:
        written("add", url, PROCESSES)
        assert store.read("one", "sum")[1] == PROCESSES * WRITES

    def test_each_count_is_returned_once(self, url: str, store: Store) -> None:
        counted = [int(number) for each in written("count", url, PROCESSES) for number in each]
        assert sorted(counted) == list(range(1, PROCESSES * WRITES + 1))
        assert store.increment("one", "count") == PROCESSES * WRITES + 1

    def test_each_item_has_the_number_that_its_writer_got(self, url: str, store: Store) -> None:
        items = {
            int(number): [str(writer), index]
            for writer, numbers in enumerate(written("append", url, PROCESSES))
            for index, number in enumerate(numbers)
        }
        assert store.tail("one", "list") == sorted(items.items())
        assert sorted(items) == list(range(1, PROCESSES * WRITES + 1))

    def test_completed_writes_survive_a_killed_process(self, url: str) -> None:
        """Several processes are killed with SIGKILL while they write. Another process finds every
        completed write once, and can write more."""
        completed: set[int] = set()
        with writers("forever", url, PROCESSES) as started:
            for process in started:
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()
            for process in started:
                assert process.stdout is not None
                lines = [line for line in islice(process.stdout, 30) if line.endswith("\n")]
                process.send_signal(signal.SIGKILL)
                lines += [line for line in process.stdout if line.endswith("\n")]
                assert process.wait(20) == -signal.SIGKILL
                completed.update(int(line) for line in lines)
        with closing(open_store(url)) as store:
            items = store.tail("one", "list")
            assert len(completed) >= 30 * PROCESSES
            assert completed <= {number for number, _ in items}
            assert [number for number, _ in items] == list(range(1, len(items) + 1))
            assert len(items) <= store.read("one", "sum")[1] <= len(items) + PROCESSES
            assert store.append("one", "list", "after", 10_000) == len(items) + 1

    def test_a_wait_returns_a_write_of_another_process(self, url: str, store: Store) -> None:
        """All waiting threads of a process share one thread that polls the store."""
        with writers("once", url) as (process,), ThreadPoolExecutor(50) as threads:
            waiting = [threads.submit(store.wait, "one", "list", 0, 60) for _ in range(50)]
            time.sleep(10 * PAUSE)  # until all threads wait and were polled once
            assert len(watcher_threads()) == 1
            process.communicate("go\n", timeout=20)
            assert [each.result(20) for each in waiting] == [1] * 50

    def test_all_processes_see_the_same_sessions(self, url: str, store: Store) -> None:
        with closing(open_store(url)) as other:
            store.use("a", 1, 2, 0)
            other.use("b", 2, 2, 0)
            assert store.names() == other.names() == ["a", "b"]
            assert other.use("c", 3, 2, before=1) == ["a"]
            assert store.use("d", 3, 2, before=1) is None
            assert store.drop("c")
            assert other.names() == ["b"]
