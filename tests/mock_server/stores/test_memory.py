"""The store in memory keeps what every store promises, and is bounded."""

import pytest

from mock_server.sessions import MOST, Sessions
from mock_server.stores import MemoryStore
from tests.mock_server.clocks import Hand
from tests.mock_server.stores.records import TestRecords
from tests.mock_server.stores.sessions import TestSessions

__all__ = ["TestRecords", "TestSessions"]


@pytest.fixture
def url() -> str:
    return "memory:"


def test_ten_thousand_sessions_are_kept_unless_told_otherwise() -> None:
    assert Sessions(MemoryStore(), Hand()).most == MOST == 10_000


def test_it_is_of_this_process_alone() -> None:
    assert not MemoryStore().shared


def test_the_lists_of_all_sessions_together_are_bounded() -> None:
    """The oldest items go, whichever list they are in; what was dropped does not count."""
    store = MemoryStore(most_items=6)
    for number in range(4):
        for session in "abc":
            store.append(session, "list", number, 3)
    assert [store.tail(session, "list") for session in "abc"] == [[(3, 2), (4, 3)]] * 3
    store.drop("a")
    for number in range(4, 7):
        store.append("b", "list", number, 3)
    assert store.tail("b", "list") == [(5, 4), (6, 5), (7, 6)]
    assert store.tail("c", "list") == [(4, 3)]
