"""The store in an SQLite file keeps what every store promises, and what a shared one does."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from mock_server.app.handle import respond
from mock_server.app.mock import Mock, mock_of
from mock_server.contract.exchange import Response
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.server.in_process import running
from mock_server.stores import StoreUnavailableError
from mock_server.stores.sqlite import SqliteStore
from tests.helpers.requests import ask, rebuild, release
from tests.mock_server.helpers.clocks import ManualClock
from tests.mock_server.helpers.controlled import checked_response, request
from tests.mock_server.helpers.following import following
from tests.mock_server.stores.mocks import TestMocks
from tests.mock_server.stores.processes import TestProcesses
from tests.mock_server.stores.records import TestRecords
from tests.mock_server.stores.sessions import TestSessions

__all__ = ["TestMocks", "TestProcesses", "TestRecords", "TestSessions"]

GET = request("POST", "/api/package_releases/get", {"package_release_id": "rel_pending"})
CLOCK = request("GET", "/_mock/clock")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


@pytest.fixture
def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'store.sqlite'}"


@pytest.fixture
def mock(folder: Path, judge: Judge, fixtures: Fixtures) -> Iterator[Mock]:
    """A mock that soon loses patience."""
    with closing(SqliteStore(folder / "store.sqlite", patience=0.1)) as store:
        yield mock_of(judge, fixtures, clock=ManualClock(), store=store)


@contextmanager
def away(folder: Path) -> Iterator[None]:
    """While the folder is elsewhere."""
    static_responses = folder.rename(folder.with_name("static-responses"))
    yield
    static_responses.rename(folder)


def lost(answer: Response) -> None:
    assert answer.status == 503
    assert b'"unavailable"' in answer.body
    assert dict(answer.headers)["Retry-After"] == "1"


def test_a_folder_that_is_away_is_503_and_all_is_there_when_it_is_back(
    mock: Mock, folder: Path
) -> None:
    """Nothing is acknowledged meanwhile; open streams end, and can be gone on with."""
    with running(mock) as at, following(f"{at}/api", "rel_pending") as stream:
        first = stream.event()
        assert first is not None
        assert rebuild(f"{at}/api", "rel_successful").status == 200
        before = release(f"{at}/api", "rel_successful")
        with away(folder):
            assert stream.rest() == []
            for path in ("/api/packages/get?package_id=pkg_3", "/_mock/clock", "/_mock/sessions"):
                reply = ask(at, "GET", path)
                assert (reply.status, reply.error_code) == (503, "unavailable")
                assert reply.headers["Retry-After"] == "1"
            assert rebuild(f"{at}/api", "rel_successful").status == 503
        assert release(f"{at}/api", "rel_successful") == before
        assert len(ask(at, "GET", "/_mock/journal").json["exchanges"]) == 4
        with following(f"{at}/api", "rel_pending", last=stream.last) as again:
            assert again.status == 200


def test_a_file_that_somebody_locks_is_503_until_it_is_free(mock: Mock, folder: Path) -> None:
    assert checked_response(mock, GET).status == 200
    with closing(sqlite3.connect(folder / "store.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for asked in (GET, request("POST", "/_mock/reset")):
            lost(checked_response(mock, asked))
        assert checked_response(mock, CLOCK).status == 200
        other.execute("ROLLBACK")
    assert checked_response(mock, GET).status == 200


def test_a_file_that_was_put_in_its_place_is_not_written_to(mock: Mock, folder: Path) -> None:
    """What would be written to the file that is gone would be acknowledged, and lost."""
    assert checked_response(mock, GET).status == 200
    file = folder / "store.sqlite"
    file.unlink()
    lost(respond(mock, GET))
    file.write_bytes(b"")
    lost(respond(mock, CLOCK))
    assert file.read_bytes() == b""


def test_who_waits_is_told_that_the_store_is_lost(mock: Mock, folder: Path) -> None:
    version, _ = mock.sessions.versioned("default")
    with away(folder), pytest.raises(StoreUnavailableError):
        mock.sessions.store.wait("default", "state", version, 60)


def test_a_stream_that_could_not_be_noted_gives_its_place_back(mock: Mock, folder: Path) -> None:
    asked = request("GET", "/api/package_releases/events?package_release_id=rel_pending")
    assert checked_response(mock, asked).stream is not None
    with closing(sqlite3.connect(folder / "store.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for _ in range(3):
            lost(respond(mock, asked))
    mock.sessions.max_streams = 2
    assert checked_response(mock, asked).status == 200
