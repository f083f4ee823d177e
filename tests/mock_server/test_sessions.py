"""Sessions: how many are kept, and which one makes room for another."""

import logging

import pytest

from mock_server.sessions import IN_USE, MOST, Sessions, TooManySessionsError
from mock_server.store import MemoryStore
from tests.mock_server.clocks import Hand


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def three(hand: Hand) -> Sessions:
    """Sessions of which three are kept, all of them begun: a, b and c."""
    sessions = Sessions(MemoryStore(), hand, most=3)
    for name in "abc":
        sessions.world(name)
        hand.now += 1
    return sessions


def test_ten_thousand_are_kept_unless_told_otherwise() -> None:
    assert Sessions(MemoryStore(), Hand()).most == MOST == 10_000


def test_the_least_recently_used_makes_room_and_the_log_says_so(
    three: Sessions, hand: Hand, caplog: pytest.LogCaptureFixture
) -> None:
    hand.now += IN_USE
    three.world("a")
    with caplog.at_level(logging.INFO, "mock_server"):
        three.world("d")
    assert three.names() == ["c", "a", "d"]
    assert "session b is put away" in caplog.text
    assert three.store.read("b", "world") == (0, None)


def test_one_that_was_put_away_begins_anew(three: Sessions, hand: Hand) -> None:
    three.change("a", lambda world: world.playing("r", "t", 1))
    hand.now += IN_USE
    three.world("b")
    three.world("c")
    three.world("d")
    hand.now += IN_USE
    assert three.world("a").plays == {}
    assert three.world("a").began == hand.now


def test_none_that_was_used_in_the_last_minute_makes_room(three: Sessions, hand: Hand) -> None:
    hand.now += IN_USE - 4
    with pytest.raises(TooManySessionsError):
        three.world("d")
    assert three.names() == ["a", "b", "c"]
    hand.now += 1
    three.world("d")
    assert three.names() == ["b", "c", "d"]


def test_none_with_an_open_stream_makes_room(three: Sessions, hand: Hand) -> None:
    hand.now += IN_USE
    with three.held("a"), three.held("a"), three.held("b"):
        three.world("d")
        assert three.names() == ["a", "b", "d"]
        with pytest.raises(TooManySessionsError):
            three.world("e")
    hand.now += IN_USE
    three.world("e")
    assert three.names() == ["b", "d", "e"]


def test_reading_changing_and_beginning_anew_are_all_use(three: Sessions, hand: Hand) -> None:
    hand.now += IN_USE
    three.change("a", lambda world: world)
    three.anew("b")
    three.world("d")
    assert three.names() == ["a", "b", "d"]
