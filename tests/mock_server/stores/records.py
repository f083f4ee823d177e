"""Tests for every store, with one and with several threads."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import chain
from typing import Any

import pytest

from mock_server.stores import Store, open_store

LATEST = 1 << 62
WRITERS = 8


def in_threads(function: Callable[[int], Any]) -> list[Any]:
    """Call a function in several threads at the same time. Return the results."""
    barrier = threading.Barrier(WRITERS)

    def run(number: int) -> Any:
        barrier.wait(20)
        return function(number)

    with ThreadPoolExecutor(WRITERS) as threads:
        return list(threads.map(run, range(WRITERS)))


def add(store: Store, times: int) -> None:
    """Increment the record ``sum`` N times, also while other writers do the same."""
    while times:
        version, value = store.read("one", "sum")
        times -= store.compare_and_set("one", "sum", version, (value or 0) + 1)


class TestRecords:
    @pytest.fixture
    def store(self, url: str) -> Iterator[Store]:
        with closing(open_store(url)) as store:
            yield store

    @pytest.mark.parametrize(
        "value",
        [0, 1.5, True, "", "ä \N{GRINNING FACE} \x00 \ud83d", [], {"a": [1, {"b": None}]}, 2**70],
        ids=ascii,
    )
    def test_a_json_value_is_read_unchanged(self, store: Store, value: object) -> None:
        assert store.compare_and_set("one", "a", 0, value)
        assert store.append("one", "b", value, 5) == 1
        assert json.dumps(store.read("one", "a")[1]) == json.dumps(value)
        assert [json.dumps(item) for _, item in store.tail("one", "b")] == [json.dumps(value)]

    def test_an_absent_record_is_empty(self, store: Store) -> None:
        assert store.read("one", "a") == (0, None)
        assert store.tail("one", "a") == []
        assert store.last("one", "a") == 0
        assert store.wait("one", "a", 0, 0.01) == 0
        store.forget("one", "a")
        assert not store.drop("one")
        assert store.names() == []

    def test_a_record_is_written_only_if_its_version_is_unchanged(self, store: Store) -> None:
        assert store.compare_and_set("one", "a", 0, "first")
        first, _ = store.read("one", "a")
        assert not store.compare_and_set("one", "a", 0, "none")
        assert store.compare_and_set("one", "a", first, "second")
        assert not store.compare_and_set("one", "a", first, "none")
        second, value = store.read("one", "a")
        assert (value, second > first > 0) == ("second", True)

    def test_a_version_is_never_used_twice(self, store: Store) -> None:
        """A session that is dropped and created again has new versions, and so has a record that is
        reset."""
        versions = []
        for reset in (store.drop, lambda session: store.forget(session, "a"), store.drop):
            for value in range(20):
                version, _ = store.read("one", "a")
                assert store.compare_and_set("one", "a", version, value)
                versions.append(store.read("one", "a")[0])
            reset("one")
            assert store.read("one", "a") == (0, None)
        assert sorted(set(versions)) == versions

    def test_sessions_and_names_are_separate(self, store: Store) -> None:
        for session in ("one", "two"):
            for name in ("a", "b"):
                store.compare_and_set(session, name, 0, [session, name])
                store.append(session, f"list {name}", [session, name], 5)
        assert store.read("two", "a")[1] == ["two", "a"]
        assert store.tail("one", "list b") == [(1, ["one", "b"])]

    def test_a_list_stores_its_last_items_and_numbers_all_items(self, store: Store) -> None:
        assert [store.append("one", "a", f"item {n}", 3) for n in range(1, 6)] == [1, 2, 3, 4, 5]
        items = [(3, "item 3"), (4, "item 4"), (5, "item 5")]
        assert store.tail("one", "a") == items
        for after in range(7):
            following = [item for item in items if item[0] > after]
            assert store.tail("one", "a", after) == following
            for most in (1, 2, 100):
                assert store.tail("one", "a", after, most) == following[:most]
        assert store.last("one", "a") == 5

    def test_a_reset_list_is_empty_and_its_numbers_continue(self, store: Store) -> None:
        store.append("one", "a", "first", 3)
        store.forget("one", "a")
        assert (store.tail("one", "a"), store.last("one", "a")) == ([], 0)
        assert store.append("one", "a", "second", 3) == 2
        assert store.tail("one", "a") == [(2, "second")]

    def test_a_reset_count_and_record_start_again(self, store: Store) -> None:
        assert [store.increment("one", "a") for _ in range(3)] == [1, 2, 3]
        store.compare_and_set("one", "b", 0, "first")
        for name in "ab":
            store.forget("one", name)
        assert store.increment("one", "a") == 1
        assert store.compare_and_set("one", "b", 0, "second")

    def test_a_dropped_session_has_no_records(self, store: Store) -> None:
        store.use("one", 1, 10, 0)
        store.compare_and_set("one", "a", 0, "value")
        store.increment("one", "b")
        store.append("one", "c", "item", 3)
        assert store.drop("one")
        assert (store.names(), store.read("one", "a"), store.tail("one", "c")) == (
            [],
            (0, None),
            [],
        )
        assert (store.increment("one", "b"), store.append("one", "c", "item", 3)) == (1, 1)
        assert store.drop("one")
        assert not store.drop("one")

    def test_sessions_are_listed_by_their_last_use(self, store: Store) -> None:
        for at, session in enumerate(["b", "a", "c", "b"], 1):
            assert store.use(session, at, 10, 0) == []
        assert store.names() == ["a", "c", "b"]
        store.renew(["a", "nobody"], 9)
        assert store.names() == ["c", "b", "a"]

    def test_a_new_session_replaces_the_least_recently_used(self, store: Store) -> None:
        for at, session in enumerate(["a", "b", "c"], 1):
            store.use(session, at, 3, 0)
            store.compare_and_set(session, "a", 0, session)
        assert store.use("d", 9, 3, before=0) is None
        assert store.use("a", 9, 3, before=0) == []
        assert store.names() == ["b", "c", "a"]
        assert store.use("d", 9, 3, before=2) == ["b"]
        assert store.read("b", "a") == (0, None)
        assert store.use("e", 9, 2, before=LATEST) is not None
        assert len(store.names()) == 2

    def test_a_session_that_was_written_but_not_used_is_replaced_first(self, store: Store) -> None:
        store.use("a", 5, 2, 0)
        store.append("late", "a", "item", 3)
        assert store.names() == ["late", "a"]
        assert store.use("b", 6, 2, before=0) == ["late"]

    def test_no_update_of_concurrent_threads_is_lost(self, store: Store) -> None:
        in_threads(lambda _: add(store, 25))
        assert store.read("one", "sum")[1] == WRITERS * 25

    def test_concurrent_threads_count_each_number_once(self, store: Store) -> None:
        counted = in_threads(lambda _: [store.increment("one", "a") for _ in range(25)])
        assert sorted(chain.from_iterable(counted)) == list(range(1, WRITERS * 25 + 1))

    def test_concurrent_threads_append_with_unique_numbers(self, store: Store) -> None:
        def append(writer: int) -> dict[int, Any]:
            items = [[writer, number] for number in range(25)]
            return {store.append("one", "a", item, 1000): item for item in items}

        items = {number: item for each in in_threads(append) for number, item in each.items()}
        assert store.tail("one", "a") == sorted(items.items())
        assert sorted(items) == list(range(1, WRITERS * 25 + 1))

    def test_concurrent_threads_do_not_exceed_the_maximum_number_of_sessions(
        self, store: Store
    ) -> None:
        created = in_threads(lambda number: store.use(f"s{number}", 5, 3, before=0))
        assert sum(each is not None for each in created) == len(store.names()) == 3

    def test_a_wait_returns_when_the_record_changes(self, store: Store) -> None:
        """For a value, for a list, and for a dropped session. A wait for an old number returns at
        once."""
        store.compare_and_set("one", "a", 0, "first")
        store.append("one", "b", "item", 3)
        version = store.read("one", "a")[0]
        steps: list[tuple[str, int, Callable[[], Any]]] = [
            ("a", version, lambda: store.compare_and_set("one", "a", version, "second")),
            ("b", 1, lambda: store.append("one", "b", "item", 3)),
            ("b", 2, lambda: store.drop("one")),
        ]
        for name, previous, change in steps:
            with ThreadPoolExecutor(1) as threads:
                waiting = threads.submit(store.wait, "one", name, previous, 60)
                assert not waiting.done()
                change()
                assert waiting.result(20) != previous
            assert store.wait("one", name, previous, 60) != previous

    def test_a_change_ends_only_the_waits_for_its_record(self, store: Store) -> None:
        with ThreadPoolExecutor(3) as threads:
            waiting, *others = [
                threads.submit(store.wait, session, name, 0, seconds)
                for session, name, seconds in (("a", "x", 60), ("a", "y", 0.3), ("b", "x", 0.3))
            ]
            assert store.append("a", "x", "item", 3) == waiting.result(20) == 1
            assert [other.result(20) for other in others] == [0, 0]
