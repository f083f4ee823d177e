"""The Redis store passes the tests of all stores and of shared stores."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from hypothesis.stateful import run_state_machine_as_test
from redis import Redis

from mock_server.app.handle import respond
from mock_server.app.mock import mock_of
from mock_server.contract.violations import ContractError
from mock_server.live import load_sources
from mock_server.server.in_process import running
from mock_server.stores import MemoryStore, Store, StoreUnavailableError, open_store
from mock_server.stores.redis import KEEP, RedisStore
from tests.helpers.canaries import leaks
from tests.helpers.canary_traffic import NAMES, send, write_document
from tests.helpers.fuzzing import fuzzed
from tests.helpers.redis_server import RedisServer, redis_server
from tests.helpers.requests import call, rebuild, release
from tests.mock_server.helpers.clocks import ManualClock
from tests.mock_server.helpers.command_line import run_command, serving
from tests.mock_server.helpers.connections import connect
from tests.mock_server.helpers.controlled import request
from tests.mock_server.helpers.copies import ROOT
from tests.mock_server.helpers.following import following
from tests.mock_server.sequences.machine import Sequences, sources_of
from tests.mock_server.stores.mocks import TestMocks
from tests.mock_server.stores.processes import TestProcesses
from tests.mock_server.stores.records import TestRecords
from tests.mock_server.stores.sessions import TestSessions

__all__ = ["TestMocks", "TestProcesses", "TestRecords", "TestSessions"]

HEALTHY = "/api/packages/get?package_id=pkg_3"


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Start a server for many tests, which do not stop it."""
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """Start a server for one test, which can stop it."""
    with redis_server(tmp_path) as server:
        yield server


@pytest.fixture
def url(shared_server: RedisServer) -> str:
    """Return the URL of an empty database."""
    with Redis.from_url(shared_server.url()) as client:
        client.flushall()
    return shared_server.url()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with closing(open_store(url)) as store:
        yield store


def lifetimes(url: str) -> dict[str, int]:
    """Return the remaining lifetime of each key in seconds; -1 if it does not expire."""
    with Redis.from_url(url, decode_responses=True) as client:
        return {str(key): int(str(client.ttl(key))) for key in client.scan_iter()}


def test_keys_expire_after_a_week_without_use(url: str, store: Store) -> None:
    """Only the version counter, which all sessions share, does not expire."""
    store.use("a", 1, 10, 0)
    store.compare_and_set("a", "record", 0, "value")
    store.append("a", "list", "item", 5)
    store.increment("a", "count")
    remaining = lifetimes(url)
    assert remaining.pop("mock-server:turn") == -1
    assert len(remaining) == 3
    assert all(0 < seconds <= KEEP == 7 * 24 * 3600 for seconds in remaining.values())


def test_use_renews_the_lifetime_of_all_keys_of_a_session(url: str) -> None:
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
        remaining = lifetimes(url)
        assert all(remaining[key] > 500 for key in remaining if key != "mock-server:turn")
        with Redis.from_url(url) as client:
            client.flushall()


def test_an_expired_session_does_not_count_towards_the_limit(store: Store) -> None:
    week = KEEP * 1000
    for at, session in enumerate(["old", "kept"], 1):
        store.use(session, at * week, 2, 0)
    assert store.use("new", 2 * week + 1, 2, before=0) == []
    assert store.names() == ["kept", "new"]


def test_a_deleted_session_leaves_no_keys(url: str, store: Store) -> None:
    store.compare_and_set("a", "record", 0, "value")
    store.append("a", "list", "item", 5)
    store.append("a", "other list", "item", 5)
    store.drop("a")
    assert list(lifetimes(url)) == ["mock-server:turn"]


def test_the_mock_returns_503_while_the_server_is_down_and_recovers(server: RedisServer) -> None:
    """While it is down, each response has Retry-After and open streams end.

    After the restart the server has lost all data, and the mock shows no cached state.
    """
    with (
        closing(open_store(server.url())) as store,
        running(mock_of(*load_sources(), store=store)) as address,
    ):
        get_release = ("POST", "/api/package_releases/get", {"package_release_id": "rel_pending"})
        with following(f"{address}/api", "rel_pending") as stream:
            assert stream.event() is not None
            for _ in range(3):
                assert rebuild(f"{address}/api", "rel_successful").status == 200
            server.stop()
            assert stream.rest() == []
        for request in (
            get_release,
            ("GET", HEALTHY),
            ("GET", "/_mock/clock"),
            ("GET", "/_mock/sessions"),
        ):
            response = call(address, *request)
            assert (response.status, response.error_code) == (503, "unavailable")
            assert response.headers["Retry-After"] == "1"
        server.start()
        for _ in range(3):
            assert call(address, *get_release).status == 200
            assert release(f"{address}/api", "rel_successful")["display_status"] == "successful"
            assert rebuild(f"{address}/api", "rel_failed_transpilation").status == 200
        assert len(call(address, "GET", "/_mock/journal").json["exchanges"]) == 9


def test_a_waiting_request_fails_when_the_server_stops(server: RedisServer) -> None:
    with closing(open_store(server.url())) as store:
        mock = mock_of(*load_sources(), clock=ManualClock(), store=store)
        assert respond(mock, request("GET", HEALTHY)).status == 200
        server.stop()
        with pytest.raises(StoreUnavailableError):
            store.wait("default", "state", 0, 60)
        assert respond(mock, request("GET", "/_mock/journal?wait=60&after=9")).status == 503


def test_random_sequences_equal_the_model_on_redis(url: str) -> None:
    """The same sequences as in tests/mock_server/sequences, in memory and on a server."""

    class OnRedis(Sequences):
        sources = sources_of(ROOT / "examples" / "deployments" / "openapi.yaml")

    with closing(open_store(url)) as store:
        OnRedis.stores = MemoryStore(), store
        run_state_machine_as_test(OnRedis, settings=fuzzed(10, stateful_step_count=30))


def test_no_credential_is_in_the_database(tmp_path: Path, url: str) -> None:
    spec = write_document(tmp_path)
    with serving("--spec", spec, "--store", url) as (_, base, _):
        send(base.rstrip("/"))
    with Redis.from_url(url) as client:
        readers = {b"list": lambda key: client.lrange(key, 0, -1), b"hash": client.hgetall}
        readers |= {b"zset": lambda key: client.zrange(key, 0, -1), b"string": client.get}
        dump = {repr(k): repr(readers[client.type(k)](k)).encode() for k in client.scan_iter()}
    assert b"[redacted]" in b"".join(dump.values())
    assert leaks(NAMES, dump) == []


@pytest.mark.parametrize(
    ("options", "database", "message"),
    [((), 99, "out of range"), (("--requirepass", "a-password"), 0, "Authentication required")],
)
def test_an_unusable_server_is_reported_in_one_line(
    tmp_path: Path, options: tuple[str, ...], database: int, message: str
) -> None:
    with redis_server(tmp_path, *options) as server, pytest.raises(ContractError) as raised:
        open_store(server.url(database))
    (violation,) = map(str, raised.value.violations)
    assert violation.startswith("--store: cannot be used: ")
    assert message in violation


def test_the_password_in_the_url_is_used_and_never_shown(tmp_path: Path) -> None:
    with redis_server(tmp_path, "--requirepass", "a-password") as server:
        open_store(server.url().replace("//", "//:a-password@")).close()
        with pytest.raises(ContractError) as raised:
            open_store(server.url().replace("//", "//somebody:another-password@"))
    assert "another-password" not in str(raised.value)


def test_a_mock_does_not_start_without_its_server(server: RedisServer) -> None:
    server.stop()
    ended = run_command("serve", "--port", "0", "--store", server.url())
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("--store: cannot be used: ")
    assert ended.stderr.count("\n") == 1


def test_a_signal_ends_a_mock_whose_server_does_not_respond(server: RedisServer) -> None:
    assert server.process is not None
    with serving("--quiet", "--store", server.url()) as (process, base, _), ExitStack() as stack:
        assert call(base, "GET", "/packages/get?package_id=pkg_3").status == 200
        server.process.send_signal(signal.SIGSTOP)
        for _ in range(20):
            client = stack.enter_context(connect(base))
            client.sendall(b"GET /api/packages/get?package_id=pkg_3 HTTP/1.1\r\nHost: mock\r\n\r\n")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0  # it takes 10 seconds at most, if the machine is not busy
        server.process.send_signal(signal.SIGCONT)
