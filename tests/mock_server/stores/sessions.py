"""Tests of the sessions in every store: their maximum number, and which one is removed first."""

import logging
from collections.abc import Iterator
from contextlib import closing

import pytest

from mock_server.state.sessions import IN_USE, STATE, Sessions, TooManySessionsError
from mock_server.stores import Store, open_store
from tests.mock_server.helpers.clocks import ManualClock


class TestSessions:
    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    @pytest.fixture
    def store(self, url: str) -> Iterator[Store]:
        with closing(open_store(url)) as store:
            yield store

    @pytest.fixture
    def three(self, store: Store, clock: ManualClock) -> Sessions:
        """At most three sessions, which exist already: a, b and c."""
        sessions = Sessions(store, clock, max_sessions=3)
        for name in "abc":
            sessions.session_state(name)
            clock.now += 1
        return sessions

    def test_the_least_recently_used_session_is_removed_and_logged(
        self, three: Sessions, clock: ManualClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        clock.now += three.idle
        three.session_state("a")
        clock.now += 1
        with caplog.at_level(logging.INFO, "mock_server"):
            three.session_state("d")
        assert three.names() == ["c", "a", "d"]
        assert "removed session b" in caplog.text
        assert three.store.read("b", STATE) == (0, None)

    def test_a_removed_session_starts_again(self, three: Sessions, clock: ManualClock) -> None:
        three.change("a", lambda session_state: session_state.with_playback("r", "t", 1))
        clock.now += three.idle
        three.session_state("b")
        three.session_state("c")
        three.session_state("d")
        clock.now += three.idle
        assert three.session_state("a").playbacks == {}
        assert three.session_state("a").started_at == clock.now

    def test_a_session_that_was_used_in_the_last_minute_is_not_removed(
        self, three: Sessions, clock: ManualClock
    ) -> None:
        clock.now += IN_USE - 4
        with pytest.raises(TooManySessionsError):
            three.session_state("d")
        assert three.names() == ["a", "b", "c"]
        clock.now += three.idle - IN_USE + 1
        three.session_state("d")
        assert three.names() == ["b", "c", "d"]

    def test_a_session_with_an_open_stream_is_not_removed(
        self, three: Sessions, clock: ManualClock
    ) -> None:
        clock.now += three.idle
        with three.open_stream("a"), three.open_stream("a"), three.open_stream("b"):
            three.session_state("d")
            assert three.names() == ["a", "b", "d"]
            with pytest.raises(TooManySessionsError):
                three.session_state("e")
        clock.now += three.idle
        three.session_state("e")
        assert "e" in three.names()

    def test_a_waiting_stream_is_a_use_for_every_process(
        self, three: Sessions, clock: ManualClock
    ) -> None:
        """While one process only waits in session a, another process removes session c."""
        other = Sessions(three.store, clock, max_sessions=3)
        with three.open_stream("a"):
            for _ in range(3):
                clock.now += IN_USE // 2
                three.wait("a", three.versioned("b")[0], 0.001)
            other.session_state("d")
        assert sorted(other.names()) == ["a", "b", "d"]

    def test_reading_changing_and_restarting_are_uses(
        self, three: Sessions, clock: ManualClock
    ) -> None:
        clock.now += three.idle
        three.change("a", lambda session_state: session_state)
        three.restart("b")
        three.session_state("d")
        assert three.names() == ["a", "b", "d"]

    def test_a_session_that_another_process_deleted_starts_again(
        self, three: Sessions, clock: ManualClock
    ) -> None:
        """Its cached state is not used, and it is listed again."""
        other = Sessions(three.store, clock, max_sessions=3)
        three.change("a", lambda session_state: session_state.with_playback("r", "t", 1))
        assert other.session_state("a").playbacks
        assert three.delete("a")
        assert three.names() == ["b", "c"]
        assert other.stored("a") is None
        assert other.session_state("a").playbacks == {}
        assert sorted(three.names()) == ["a", "b", "c"]
        assert three.versioned("a") == other.versioned("a")

    def test_two_processes_that_change_one_session_lose_no_change(
        self, three: Sessions, clock: ManualClock
    ) -> None:
        other = Sessions(three.store, clock, max_sessions=3)
        for _ in range(10):
            for sessions in (three, other):
                sessions.change(
                    "a",
                    lambda session_state: session_state.with_playback(
                        "r", "t", session_state.playback_count
                    ),
                )
        assert three.session_state("a") == other.session_state("a")
        assert three.session_state("a").playback_count == 20
