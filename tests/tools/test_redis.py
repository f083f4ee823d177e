"""The store on Redis keeps what every store promises, and what a shared one does."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from redis import Redis

from mock_server.app.handle import respond
from mock_server.app.mock import mock_of
from mock_server.contract.violations import ContractError
from mock_server.live import load_sources
from mock_server.server.in_process import running
from mock_server.stores import Store, StoreUnavailableError, open_store
from mock_server.stores.redis import KEEP, RedisStore
from tests.helpers.redis_server import RedisServer, redis_server
from tests.helpers.requests import ask, rebuild, release
from tests.mock_server.commands.test_cli import run
from tests.mock_server.helpers.clocks import ManualClock
from tests.mock_server.helpers.controlled import request
from tests.mock_server.helpers.following import following
from tests.mock_server.stores.mocks import TestMocks
from tests.mock_server.stores.processes import TestProcesses
from tests.mock_server.stores.records import TestRecords
from tests.mock_server.stores.sessions import TestSessions

__all__ = ["TestMocks", "TestProcesses", "TestRecords", "TestSessions"]

HEALTHY = "/api/packages/get?package_id=pkg_3"


@pytest.fixture(scope="module")
def always(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A server for many tests, which are not to stop it."""
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """A server of the test's own."""
    with redis_server(tmp_path) as server:
        yield server


@pytest.fixture
def url(always: RedisServer) -> str:
    """An empty database."""
    with Redis.from_url(always.url()) as client:
        client.flushall()
    return always.url()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with closing(open_store(url)) as store:
        yield store


def keys(url: str) -> dict[str, int]:
    """All keys, with the seconds that they have to live; -1 for ever."""
    with Redis.from_url(url, decode_responses=True) as client:
        return {str(key): int(str(client.ttl(key))) for key in client.scan_iter()}


def test_what_is_not_used_for_a_week_is_forgotten_by_the_server(url: str, store: Store) -> None:
    """But for the number that tells versions apart, which is one for all sessions."""
    store.use("a", 1, 10, 0)
    store.compare_and_set("a", "record", 0, "value")
    store.append("a", "list", "item", 5)
    store.increment("a", "count")
    lives = keys(url)
    assert lives.pop("mock-server:turn") == -1
    assert len(lives) == 3
    assert all(0 < seconds <= KEEP == 7 * 24 * 3600 for seconds in lives.values())


def test_use_keeps_a_session_with_all_that_it_has(url: str) -> None:
    uses: list[Callable[[Store], object]] = [
        lambda store: store.use("a", 2, 10, 0),
        lambda store: store.renew(["a"], 2),
    ]
    for use in uses:
        with closing(RedisStore(url, keep=500)) as store:
            store.compare_and_set("a", "record", 0, "value")
            store.append("a", "list", "item", 5)
        with closing(RedisStore(url, keep=1000)) as store:
            use(store)
        lives = keys(url)
        assert all(lives[key] > 500 for key in lives if key != "mock-server:turn")
        with Redis.from_url(url) as client:
            client.flushall()


def test_one_that_was_forgotten_makes_room_for_a_new_one(store: Store) -> None:
    week = KEEP * 1000
    for at, session in enumerate(["old", "kept"], 1):
        store.use(session, at * week, 2, 0)
    assert store.use("new", 2 * week + 1, 2, before=0) == []
    assert store.names() == ["kept", "new"]


def test_nothing_of_a_session_that_is_dropped_is_left(url: str, store: Store) -> None:
    store.compare_and_set("a", "record", 0, "value")
    store.append("a", "list", "item", 5)
    store.append("a", "other list", "item", 5)
    store.drop("a")
    assert list(keys(url)) == ["mock-server:turn"]


def test_a_server_that_is_lost_is_503_and_is_found_again(server: RedisServer) -> None:
    """While it is away every call says when to come back; open streams end. Once it is there again
    all goes on, and nothing that it forgot is shown as if it knew it."""
    with (
        closing(open_store(server.url())) as store,
        running(mock_of(*load_sources(), store=store)) as at,
    ):
        asked = ("POST", "/api/package_releases/get", {"package_release_id": "rel_pending"})
        with following(f"{at}/api", "rel_pending") as stream:
            assert stream.event() is not None
            for _ in range(3):
                assert rebuild(f"{at}/api", "rel_successful").status == 200
            server.stop()
            assert stream.rest() == []
        for call in (asked, ("GET", HEALTHY), ("GET", "/_mock/clock"), ("GET", "/_mock/sessions")):
            lost = ask(at, *call)
            assert (lost.status, lost.error_code) == (503, "unavailable")
            assert lost.headers["Retry-After"] == "1"
        server.start()
        for _ in range(3):
            assert ask(at, *asked).status == 200
            assert release(f"{at}/api", "rel_successful")["display_status"] == "successful"
            assert rebuild(f"{at}/api", "rel_failed_transpilation").status == 200
        assert len(ask(at, "GET", "/_mock/journal").json["exchanges"]) == 9


def test_who_waits_is_told_that_the_store_is_lost(server: RedisServer) -> None:
    with closing(open_store(server.url())) as store:
        mock = mock_of(*load_sources(), clock=ManualClock(), store=store)
        assert respond(mock, request("GET", HEALTHY)).status == 200
        server.stop()
        with pytest.raises(StoreUnavailableError):
            store.wait("default", "state", 0, 60)
        assert respond(mock, request("GET", "/_mock/journal?wait=60&after=9")).status == 503


@pytest.mark.parametrize(
    ("options", "database", "message"),
    [((), 99, "out of range"), (("--requirepass", "a-password"), 0, "Authentication required")],
)
def test_a_server_that_cannot_be_used_is_told_in_one_line(
    tmp_path: Path, options: tuple[str, ...], database: int, message: str
) -> None:
    with redis_server(tmp_path, *options) as server, pytest.raises(ContractError) as wrong:
        open_store(server.url(database))
    (told,) = map(str, wrong.value.violations)
    assert told.startswith("--store: cannot be used: ")
    assert message in told


def test_a_password_is_taken_and_never_shown(tmp_path: Path) -> None:
    with redis_server(tmp_path, "--requirepass", "a-password") as server:
        open_store(server.url().replace("//", "//:a-password@")).close()
        with pytest.raises(ContractError) as wrong:
            open_store(server.url().replace("//", "//somebody:another-password@"))
    assert "another-password" not in str(wrong.value)


def test_a_mock_does_not_start_without_its_server(server: RedisServer) -> None:
    server.stop()
    ended = run("serve", "--port", "0", "--store", server.url())
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("--store: cannot be used: ")
    assert ended.stderr.count("\n") == 1
