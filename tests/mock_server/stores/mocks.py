"""Tests with two mock processes on one store."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.helpers.requests import call, rebuild, release
from tests.mock_server.helpers.command_line import serving
from tests.mock_server.helpers.controlled import MockSession
from tests.mock_server.helpers.following import following

RELEASE = "rel_successful"


def session_at(base: str) -> MockSession:
    """Return the session ``shared`` of a mock, by the base URL of its API."""
    return MockSession(base.removesuffix("/api"), "shared")


class TestMocks:
    @pytest.fixture
    def mocks(self, url: str) -> Iterator[tuple[MockSession, MockSession]]:
        with (
            serving("--store", url, "--quiet") as (_, mock, _),
            serving("--store", url, "--quiet") as (_, other, _),
        ):
            yield session_at(mock), session_at(other)

    def test_both_processes_return_the_same_state(
        self, mocks: tuple[MockSession, MockSession]
    ) -> None:
        """It is the same during a complete build, with a clock that one process advances."""
        mock, other = mocks
        mock.result("POST", "clock", {"freeze": True})
        assert rebuild(f"{other.base}/api", RELEASE).status == 200
        statuses = []
        for _ in range(8):
            mock.result("POST", "clock", {"advance": 1})
            value, other_value = (release(f"{mock.base}/api", RELEASE) for mock in mocks)
            assert value == other_value
            statuses.append(value["display_status"])
        assert list(dict.fromkeys(statuses)) == ["building", "successful"]
        assert (
            mock.result("GET", "sessions")
            == other.result("GET", "sessions")
            == {"sessions": ["shared"]}
        )
        assert len(other.result("GET", "journal")["exchanges"]) == 17

    def test_a_slow_response_does_not_delay_other_responses(
        self, mocks: tuple[MockSession, MockSession]
    ) -> None:
        slow, quick = mocks[0], replace(mocks[0], session="quick")
        slow.result("POST", "faults", {"kind": "delay", "seconds": 3})
        with ThreadPoolExecutor(4) as threads:
            waiting = [threads.submit(release, f"{slow.base}/api", RELEASE) for _ in range(4)]
            for _ in range(10):
                assert release(f"{quick.base}/api", RELEASE)["display_status"] == "successful"
            assert not any(future.done() for future in waiting)

    def test_a_stream_of_one_process_contains_the_changes_by_the_other(
        self, mocks: tuple[MockSession, MockSession]
    ) -> None:
        mock, other = mocks
        mock.result("POST", "clock", {"freeze": True})
        with following(f"{mock.base}/api", "rel_pending") as stream:
            first = stream.event()
            assert first is not None
            assert first.data["display_status"] == "pending"
            assert rebuild(f"{other.base}/api", "rel_pending").status == 200
            other.result("POST", "clock", {"advance": 60})
            assert stream.rest()[-1].data == {"display_status": "successful"}
            assert stream.release == release(f"{other.base}/api", "rel_pending")
        other.result("POST", "reset")
        with following(f"{mock.base}/api", "rel_pending") as stream:
            assert stream.event() is not None
            other.result("DELETE", "sessions/shared")
            assert stream.event() is None

    def test_a_fault_counts_the_requests_of_both_processes(
        self, mocks: tuple[MockSession, MockSession]
    ) -> None:
        mocks[0].result("POST", "faults", {"kind": "status", "status": 503, "first": 2})
        path = "/api/packages/get?package_id=pkg_3"
        statuses = [call(mock.base, "GET", path).status for mock in (*mocks, *mocks)]
        assert statuses == [503, 503, 200, 200]

    def test_a_wait_for_the_journal_returns_requests_to_the_other_process(
        self, mocks: tuple[MockSession, MockSession]
    ) -> None:
        mock, other = mocks
        assert release(f"{mock.base}/api", RELEASE)
        with following(f"{other.base}/api", RELEASE) as stream:
            stream.rest()
        journal = mock.result("GET", "journal?operation=watchPackageRelease&wait=20")
        assert [exchange["number"] for exchange in journal["exchanges"]] == [2]

    def test_a_session_survives_a_killed_process(self, url: str) -> None:
        """A mock is killed with SIGKILL, and another mock continues with its sessions."""
        with serving("--store", url, "--quiet") as (process, base, _):
            mock = session_at(base)
            mock.result("POST", "clock", {"freeze": True})
            assert rebuild(f"{mock.base}/api", RELEASE).status == 200
            mock.result("POST", "clock", {"advance": 2})
            before = release(f"{mock.base}/api", RELEASE)
            process.kill()
            process.wait(20)
        assert before["display_status"] == "building"
        with serving("--store", url, "--quiet") as (_, base, _):
            assert release(f"{session_at(base).base}/api", RELEASE) == before
