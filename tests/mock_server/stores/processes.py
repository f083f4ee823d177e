"""What a store promises that several processes share."""

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice

import pytest

from mock_server.stores import Store, open_store
from mock_server.stores.change_watcher import PAUSE
from tests.mock_server.stores.writers import WRITES, writers, written

PROCESSES = 4


def lookouts() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "lookout"]


class TestProcesses:
    @pytest.fixture
    def store(self, url: str) -> Iterator[Store]:
        with closing(open_store(url)) as store:
            yield store

    def test_it_says_that_it_is_shared(self, store: Store) -> None:
        assert store.shared

    def test_no_update_is_lost(self, url: str, store: Store) -> None:
        written("add", url, PROCESSES)
        assert store.read("one", "sum")[1] == PROCESSES * WRITES

    def test_each_number_is_counted_once(self, url: str, store: Store) -> None:
        counted = [int(number) for each in written("count", url, PROCESSES) for number in each]
        assert sorted(counted) == list(range(1, PROCESSES * WRITES + 1))
        assert store.increment("one", "count") == PROCESSES * WRITES + 1

    def test_each_item_has_the_number_that_its_writer_was_told(
        self, url: str, store: Store
    ) -> None:
        told = {
            int(number): [str(writer), place]
            for writer, numbers in enumerate(written("append", url, PROCESSES))
            for place, number in enumerate(numbers)
        }
        assert store.tail("one", "list") == sorted(told.items())
        assert sorted(told) == list(range(1, PROCESSES * WRITES + 1))

    def test_what_was_acknowledged_outlives_a_kill(self, url: str) -> None:
        """Several processes are killed with SIGKILL amid their writes; another one finds all that
        was acknowledged, each once, and can go on writing."""
        acknowledged: set[int] = set()
        with writers("on", url, PROCESSES) as started:
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
                acknowledged.update(int(line) for line in lines)
        with closing(open_store(url)) as store:
            kept = store.tail("one", "list")
            assert len(acknowledged) >= 30 * PROCESSES
            assert acknowledged <= {number for number, _ in kept}
            assert [number for number, _ in kept] == list(range(1, len(kept) + 1))
            assert len(kept) <= store.read("one", "sum")[1] <= len(kept) + PROCESSES
            assert store.append("one", "list", "after", 10_000) == len(kept) + 1

    def test_who_waits_is_told_what_another_process_writes(self, url: str, store: Store) -> None:
        """All who wait in one process share one look at the store."""
        with writers("once", url) as (process,), ThreadPoolExecutor(50) as threads:
            waiting = [threads.submit(store.wait, "one", "list", 0, 60) for _ in range(50)]
            time.sleep(10 * PAUSE)  # nothing tells that all of them wait, and were looked for once
            assert len(lookouts()) == 1
            process.communicate("go\n", timeout=20)
            assert [each.result(20) for each in waiting] == [1] * 50

    def test_sessions_are_the_same_to_all(self, url: str, store: Store) -> None:
        with closing(open_store(url)) as other:
            store.use("a", 1, 2, 0)
            other.use("b", 2, 2, 0)
            assert store.names() == other.names() == ["a", "b"]
            assert other.use("c", 3, 2, before=1) == ["a"]
            assert store.use("d", 3, 2, before=1) is None
            assert store.drop("c")
            assert other.names() == ["b"]
