"""The SQLite store fulfills the interface of a store, shared by several processes."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
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
from tests.helpers.disks import full_disk
from tests.helpers.requests import call, rebuild, release
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
    """A mock with a short timeout for writes."""
    with closing(SqliteStore(folder / "store.sqlite", busy_timeout=0.1)) as store:
        yield mock_of(judge, fixtures, clock=ManualClock(), store=store)


@contextmanager
def moved_away(folder: Path) -> Iterator[None]:
    """Move the folder to another path during the block."""
    other = folder.rename(folder.with_name("other"))
    yield
    other.rename(folder)


def assert_unavailable(response: Response) -> None:
    assert response.status == 503
    assert b'"unavailable"' in response.body
    assert dict(response.headers)["Retry-After"] == "1"


def test_a_missing_folder_is_503_and_all_records_exist_when_it_is_back(
    mock: Mock, folder: Path
) -> None:
    """Meanwhile no write succeeds, and open streams end. A client can resume a stream later."""
    with running(mock) as at, following(f"{at}/api", "rel_pending") as stream:
        first = stream.event()
        assert first is not None
        assert rebuild(f"{at}/api", "rel_successful").status == 200
        before = release(f"{at}/api", "rel_successful")
        with moved_away(folder):
            assert stream.rest() == []
            for path in ("/api/packages/get?package_id=pkg_3", "/_mock/clock", "/_mock/sessions"):
                reply = call(at, "GET", path)
                assert (reply.status, reply.error_code) == (503, "unavailable")
                assert reply.headers["Retry-After"] == "1"
            assert rebuild(f"{at}/api", "rel_successful").status == 503
        assert release(f"{at}/api", "rel_successful") == before
        assert len(call(at, "GET", "/_mock/journal").json["exchanges"]) == 4
        with following(f"{at}/api", "rel_pending", last=stream.last) as again:
            assert again.status == 200


def test_a_full_disk_is_503_and_loses_nothing(
    mock: Mock, folder: Path, judge: Judge, fixtures: Fixtures
) -> None:
    body = {"package_release_id": "rel_successful"}
    rebuilt = replace(
        request("POST", "/api/package_releases/rebuild", body),
        headers={**GET.headers, "authorization": "Bearer testuser-token"},
    )
    assert respond(mock, rebuilt).status == 200
    with full_disk(1000):
        assert_unavailable(respond(mock, rebuilt))
    shown = request("POST", "/api/package_releases/get", body)
    with closing(SqliteStore(folder / "store.sqlite")) as store:
        other = mock_of(judge, fixtures, clock=ManualClock(), store=store)
        for each in (mock, other):
            release = json.loads(respond(each, shown).body)["package_release"]
            assert release["display_status"] == "pending"
    assert respond(mock, rebuilt).status == 200


def test_a_locked_file_is_503_until_it_is_unlocked(mock: Mock, folder: Path) -> None:
    assert checked_response(mock, GET).status == 200
    with closing(sqlite3.connect(folder / "store.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for write in (GET, request("POST", "/_mock/reset")):
            assert_unavailable(checked_response(mock, write))
        assert checked_response(mock, CLOCK).status == 200
        other.execute("ROLLBACK")
    assert checked_response(mock, GET).status == 200


def test_a_file_that_replaced_the_store_is_not_written_to(mock: Mock, folder: Path) -> None:
    """A write to the removed file would succeed, but be lost."""
    assert checked_response(mock, GET).status == 200
    file = folder / "store.sqlite"
    file.unlink()
    assert_unavailable(respond(mock, GET))
    file.write_bytes(b"")
    assert_unavailable(respond(mock, CLOCK))
    assert file.read_bytes() == b""


def test_a_wait_raises_an_error_if_the_store_becomes_unavailable(mock: Mock, folder: Path) -> None:
    version, _ = mock.sessions.versioned("default")
    with moved_away(folder), pytest.raises(StoreUnavailableError):
        mock.sessions.store.wait("default", "state", version, 60)


def test_a_stream_that_could_not_be_recorded_does_not_count_as_open(
    mock: Mock, folder: Path
) -> None:
    stream = request("GET", "/api/package_releases/events?package_release_id=rel_pending")
    assert checked_response(mock, stream).stream is not None
    with closing(sqlite3.connect(folder / "store.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for _ in range(3):
            assert_unavailable(respond(mock, stream))
    mock.sessions.max_streams = 2
    assert checked_response(mock, stream).status == 200
