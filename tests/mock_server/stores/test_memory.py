"""The memory store fulfills the interface of a store, and its size is limited."""

import weakref

import pytest

from mock_server.state.sessions import MAX_SESSIONS, Sessions
from mock_server.stores import MemoryStore, StoreUnavailableError
from tests.mock_server.helpers.clocks import ManualClock
from tests.mock_server.stores.records import TestRecords
from tests.mock_server.stores.sessions import TestSessions

__all__ = ["TestRecords", "TestSessions"]


@pytest.fixture
def url() -> str:
    return "memory:"


def test_ten_thousand_sessions_are_stored_by_default() -> None:
    assert Sessions(MemoryStore(), ManualClock()).max_sessions == MAX_SESSIONS == 10_000


def test_the_memory_store_is_not_shared() -> None:
    assert not MemoryStore().shared


def test_the_items_of_all_lists_are_limited() -> None:
    """The oldest items of all lists are removed first. Dropped items do not count."""
    store = MemoryStore(max_items=6)
    for number in range(4):
        for session in "abc":
            store.append(session, "list", number, 3)
    assert [store.tail(session, "list") for session in "abc"] == [[(3, 2), (4, 3)]] * 3
    store.drop("a")
    for number in range(4, 7):
        store.append("b", "list", number, 3)
    assert store.tail("b", "list") == [(5, 4), (6, 5), (7, 6)]
    assert store.tail("c", "list") == [(3, 2), (4, 3)]


def test_the_bytes_of_all_lists_are_limited() -> None:
    store = MemoryStore(max_bytes=100)
    for number in range(4):
        store.append("a", "list", number, 10, weight=20)
    store.append("b", "list", "much", 10, weight=90)
    assert (store.tail("a", "list"), store.tail("b", "list")) == ([], [(1, "much")])
    store.append("b", "list", "too much", 10, weight=101)
    assert store.tail("b", "list") == []
    store.append("b", "list", "little", 10, weight=1)
    assert store.tail("b", "list") == [(3, "little")]


def test_a_busy_session_removes_no_items_of_another_session_below_the_limits() -> None:
    store = MemoryStore(max_items=10, max_bytes=100)
    store.append("quiet", "list", "old", 5, weight=10)
    for number in range(5000):
        store.append("busy", "list", number, 5, weight=10)
    store.forget("busy", "list")
    for number in range(5000):
        store.append("busy", "other", number, 5, weight=10)
    assert store.tail("quiet", "list") == [(1, "old")]
    assert [number for number, _ in store.tail("busy", "other")] == [*range(4996, 5001)]


def test_removed_items_use_no_memory() -> None:
    """Items of a dropped session and items beyond the limit of a list are not referenced."""

    class Item:
        pass

    store, items = MemoryStore(), [Item() for _ in range(4)]
    for session, item in zip("aabb", items, strict=True):
        store.append(session, "list", item, 1)
    store.drop("b")
    held = [weakref.ref(item) for item in items]
    del items, item
    assert [each() is not None for each in held] == [False, True, False, False]


def test_the_bytes_of_all_values_are_limited() -> None:
    store = MemoryStore(max_value_bytes=100)
    assert store.compare_and_set("a", "state", 0, "large", 90)
    assert store.compare_and_set("b", "state", 0, "small", 10)
    with pytest.raises(StoreUnavailableError, match="at most 100 bytes; reset or delete some"):
        store.compare_and_set("b", "state", store.read("b", "state")[0], "larger", 11)
    assert store.read("b", "state")[1] == "small"
    store.drop("a")
    assert store.compare_and_set("b", "state", store.read("b", "state")[0], "larger", 100)
    store.forget("b", "state")
    assert store.compare_and_set("c", "state", 0, "large", 100)
