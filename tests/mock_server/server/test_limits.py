"""What one client can take from the others: bytes, connections, descriptors and time."""

import json
import logging
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from mock_server import journal
from mock_server.app.mock import Mock, mock_of
from mock_server.contract.exchange import Request, Response
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.server.in_process import event_loop, running
from mock_server.server.limits import KIB, Limits
from mock_server.server.listener import listen, url
from mock_server.server.threads.slow_requests import (
    ACCURACY,
    SLOW,
    VERY_SLOW,
    SlowRequests,
    Stopwatch,
)
from tests.helpers.requests import call
from tests.mock_server.helpers.command_line import PROGRAM, environment
from tests.mock_server.helpers.connections import GET, connect, next_response, next_status
from tests.mock_server.helpers.copies import ROOT

LONG = b"x" * 40 * KIB
HEAD = b"POST /api/packages/get HTTP/1.1\r\nHost: mock\r\nContent-Length: %d\r\n\r\n"
UNFINISHED = HEAD % (len(LONG) + 1) + LONG
PIECE = 100_000  # bytes
DELAYED = b"GET /_s/slow/api/packages/get?package_id=pkg_3 HTTP/1.1\r\nHost: mock\r\n\r\n"


@pytest.fixture
def mock(judge: Judge, fixtures: Fixtures) -> Mock:
    return mock_of(judge, fixtures)


def ends(client: socket.socket) -> bool:
    """Wait until the server closes a connection. Return whether it sent nothing before."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def test_unfinished_bodies_are_refused_beyond_their_sum_and_small_ones_are_not(mock: Mock) -> None:
    limits = Limits(held=100 * KIB, small=1 * KIB)
    with running(mock, limits=limits) as address, ExitStack() as stack:
        clients = [stack.enter_context(connect(address)) for _ in range(3)]
        for client in clients:
            client.sendall(UNFINISHED)
        refused = next_response(clients[2])
        assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
        with connect(address) as other:
            other.sendall(GET[:-1])
            other.sendall(GET[-1:])
            assert next_status(other) == 200
        clients[0].sendall(b"x")  # the end of its body
        assert next_status(clients[0]) != 503


def test_bytes_of_connections_that_are_closed_are_free_again(mock: Mock) -> None:
    with running(mock, limits=Limits(held=50 * KIB, small=1 * KIB)) as address:
        for _ in range(5):
            with connect(address) as client:
                client.sendall(UNFINISHED + b"x")
                assert next_status(client) != 503


@pytest.mark.parametrize(
    "sent",
    [b"GET / HT", b"GET / HTTP/1.1\r\nHost: mock\r\n", UNFINISHED],
    ids=["request line", "headers", "body"],
)
def test_a_request_that_does_not_arrive_in_time_is_408(mock: Mock, sent: bytes) -> None:
    limits = Limits(head_time=0.1, request_time=0.1)
    with running(mock, limits=limits) as address, connect(address) as client:
        client.sendall(sent)
        assert next_status(client) == 408
        assert ends(client)


def test_a_slow_request_is_not_prolonged_by_its_bytes(mock: Mock) -> None:
    limits = Limits(request_time=0.1)
    with running(mock, limits=limits) as address, connect(address) as client:
        client.sendall(UNFINISHED[:-10_000])
        client.settimeout(0.01)
        received = b""
        while not received:
            client.sendall(b"x")
            with suppress(TimeoutError):
                received = client.recv(12)
        assert received == b"HTTP/1.1 408"


def test_an_idle_connection_is_closed_without_a_response(mock: Mock) -> None:
    with running(mock, limits=Limits(idle_time=0.1)) as address:
        with connect(address) as client:
            assert ends(client)
        with connect(address) as client:
            client.sendall(GET)
            assert next_status(client) == 200
            assert ends(client)


def test_beyond_the_limit_of_connections_the_longest_idle_one_is_closed(
    mock: Mock, caplog: pytest.LogCaptureFixture
) -> None:
    with running(mock, limits=Limits(connections=3)) as address, ExitStack() as stack:
        clients = [stack.enter_context(connect(address)) for _ in range(3)]
        for client in clients:
            client.sendall(GET)
            assert next_status(client) == 200
        for _ in range(2):
            stack.enter_context(connect(address))
        assert ends(clients[0])
        assert ends(clients[1])
        clients[2].sendall(GET)
        assert next_status(clients[2]) == 200
    lines = [record.getMessage() for record in caplog.records if record.levelno > logging.INFO]
    assert lines == ["closing the connections that have waited longest: 3 are open"]


def test_a_client_is_refused_when_threads_have_every_connection(mock: Mock) -> None:
    path = b"/api/package_releases/events?package_release_id=rel_pending"
    with running(mock, limits=Limits(connections=1)) as address, connect(address) as stream:
        stream.sendall(b"GET %b HTTP/1.1\r\nHost: mock\r\n\r\n" % path)
        assert stream.recv(12) == b"HTTP/1.1 200"
        with connect(address) as client:
            assert client.recv(12) == b"HTTP/1.1 503"


@contextmanager
def serving_large_responses(mock: Mock, limits: Limits) -> Iterator[str]:
    """Serve 50 MB at any path, without the session of the mock."""

    def respond(_: Mock, request: Request) -> Response:
        return Response(200, body=b"x" * 500 * PIECE if request.path == "/large" else b"small")

    listening = listen("127.0.0.1", 0)
    loop = event_loop(lambda: mock, listening, respond, limits)
    thread = threading.Thread(target=loop.run)
    thread.start()
    try:
        yield url("127.0.0.1", listening.getsockname()[1])
    finally:
        loop.stop()
        thread.join()


def slow_reader(address: str) -> socket.socket:
    client = connect(address)
    client.sendall(b"GET /large HTTP/1.1\r\nHost: mock\r\n\r\n")
    assert client.recv(10) == b"HTTP/1.1 2"
    return client


def rest_of(client: socket.socket) -> int:
    """Read until the server closes a connection. Return the number of bytes."""
    size = 0
    try:
        while part := client.recv(PIECE):
            size += len(part)
    except ConnectionResetError:
        pass
    return size


def test_a_client_that_does_not_read_is_closed(mock: Mock) -> None:
    limits = Limits(read_time=0.1, unsent=1_000 * PIECE)
    with serving_large_responses(mock, limits) as address, slow_reader(address) as client:
        assert call(address, "GET", "/small").content == b"small"
        threading.Event().wait(2)
        assert rest_of(client) < 500 * PIECE


def test_beyond_the_sum_of_unsent_bytes_the_slowest_reader_is_closed(mock: Mock) -> None:
    limits = Limits(unsent=600 * PIECE)
    with serving_large_responses(mock, limits) as address, slow_reader(address) as slowest:
        assert len(call(address, "GET", "/large").content) == 500 * PIECE
        assert rest_of(slowest) < 500 * PIECE


def test_delayed_responses_beyond_their_limit_are_503(mock: Mock) -> None:
    with running(mock, limits=Limits(delayed=1)) as address, connect(address) as delayed:
        fault = {"kind": "delay", "seconds": 5}
        assert call(address, "POST", "/_s/slow/_mock/faults", fault).status == 200
        delayed.sendall(DELAYED)
        statuses = []
        while 503 not in statuses:
            with connect(address) as client:
                client.sendall(DELAYED)
                client.settimeout(0.5)
                try:
                    statuses.append(next_status(client))
                except TimeoutError:  # this one came first
                    continue


@pytest.mark.parametrize(
    "fault", [{"kind": "delay", "seconds": 300}, {"kind": "slow-body", "bytes_per_second": 1}]
)
def test_a_delayed_response_whose_client_has_left_makes_room_for_another(
    mock: Mock, fault: dict[str, object]
) -> None:
    with running(mock, limits=Limits(delayed=1)) as address:
        assert call(address, "POST", "/_s/slow/_mock/faults", fault).status == 200
        with connect(address) as first, connect(address) as second:
            first.sendall(DELAYED)
            while not journal.read(mock.context, "slow").records:
                pass
            second.sendall(DELAYED)
            assert next_status(second) == 503
        has_room = False
        while not has_room:
            with connect(address) as client:
                client.sendall(DELAYED)
                client.settimeout(0.5)
                try:
                    has_room = client.recv(12) != b"HTTP/1.1 503"
                except TimeoutError:  # it is delayed
                    has_room = True


def computing(seconds: dict[str, float]) -> tuple[SlowRequests, list[Request]]:
    slow = SlowRequests(lambda request: request.path)
    for path, spent in seconds.items():
        slow.note(Request("GET", path), spent)
    return slow, [Request("GET", path) for path in seconds]


def test_the_second_slow_request_makes_its_kind_slow_and_a_very_slow_one_does_at_once() -> None:
    slow, (fast, first, very) = computing({"/a": SLOW / 2, "/b": SLOW, "/c": VERY_SLOW})
    assert [slow.includes(each) for each in (fast, first, very)] == [False, False, True]
    slow.note(first, SLOW)
    assert slow.includes(first)
    assert not slow.includes(fast)


def test_a_stopwatch_measures_computing_and_not_waiting() -> None:
    stopwatch = Stopwatch()
    started_at = stopwatch.start()
    time.sleep(2 * SLOW)
    waited = stopwatch.seconds(started_at)
    started_at, end = stopwatch.start(), time.thread_time() + SLOW
    while time.thread_time() < end:
        pass
    assert waited < SLOW
    assert stopwatch.seconds(started_at) >= SLOW - ACCURACY


SERVE_WITH_DESCRIPTORS = (
    "import resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, ({0}, {0}));"
    " from mock_server.cli import main; sys.exit(main())"
)


@pytest.mark.parametrize("store", ["memory:", "sqlite:///{}"])
@pytest.mark.parametrize("lowered", [False, True], ids=["limit at the start", "limit lowered"])
def test_without_descriptors_new_clients_are_served_and_one_line_is_logged(
    tmp_path: object, store: str, lowered: bool
) -> None:
    """Nothing that a request needs is opened late: the limit is reached before the first one."""
    program = [*PROGRAM[:2], SERVE_WITH_DESCRIPTORS.format(256 if lowered else 64)]
    options = ["serve", "--port", "0", "--quiet", "--store", store.format(f"{tmp_path}/m.sqlite")]
    with subprocess.Popen(
        [sys.executable, *program[1:], *options],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            ready = next(line for line in process.stdout if line.startswith("Ready on "))
            address = ready.split()[2].removesuffix("/api")
            if lowered:
                resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (40, 40))
            with ExitStack() as stack:
                for _ in range(100):
                    stack.enter_context(connect(address))
                html = {"Accept": "text/html"}
                for path in ("/_mock/", "/_mock/map", "/_mock/journal", "/_mock/health"):
                    assert call(address, "GET", path, headers=html).status == 200
                owner = {"Authorization": "Bearer testuser-token"}
                body = {"package_release_id": "rel_successful"}
                rebuilt = call(address, "POST", "/api/package_releases/rebuild", body, owner)
                assert rebuilt.status == 200, rebuilt.content
        finally:
            process.terminate()
            errors = process.communicate(timeout=20)[1]
    assert process.returncode == 0
    lines = errors.splitlines()
    assert len(lines) == 1, errors
    assert lines[0].startswith("closing the connections that have waited longest: ")


def test_hostile_bodies_of_the_control_api_are_refused(mock: Mock) -> None:
    bodies = {
        b'{"advance": ' + b"[" * 100_000 + b"]" * 100_000 + b"}": 400,
        b'{"advance": 1e999999}': 400,
        b'{"advance": ' + b"9" * 100_000 + b"}": 400,
        json.dumps(dict.fromkeys(range(5_000), 1)).encode(): 400,
        json.dumps(dict.fromkeys(range(80_000), 1)).encode(): 400,
        b'{"advance": [' + b"0," * 340_000 + b"0]}": 400,
        b'{"advance": "' + b"a" * 2_000_000 + b'"}': 413,
    }
    with running(mock) as address:
        for body, status in bodies.items():
            headers = {"Content-Type": "application/json"}
            reply = call(address, "POST", "/_mock/clock", body, headers)
            assert reply.status == status, body[:40]
            assert reply.json["error"]["issues"]
            assert len(reply.content) < 10_000
