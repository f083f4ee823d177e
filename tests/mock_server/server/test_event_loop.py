"""The server of `mock-server serve`: persistent connections, slow clients, signals, workers."""

import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mock_server import faults
from mock_server.app.handle import respond
from mock_server.app.mock import Mock, mock_of
from mock_server.contract.exchange import Request, Response
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.server.in_process import event_loop, running
from mock_server.server.listener import listen, url
from tests.helpers.requests import call, rebuild, release
from tests.mock_server.helpers.command_line import run_command, serving
from tests.mock_server.helpers.connections import (
    BODY,
    GET,
    connect,
    next_response,
    next_status,
    next_statuses,
)

FIND = b"GET /api/packages/get?package_id=%b HTTP/1.1\r\nHost: mock\r\n\r\n"
MEGABYTE = 1024 * 1024


@pytest.fixture
def mock(judge: Judge, fixtures: Fixtures) -> Mock:
    return mock_of(judge, fixtures)


@pytest.fixture
def address(mock: Mock) -> Iterator[str]:
    with running(mock) as address:
        yield address


def test_a_connection_serves_one_request_after_another(address: str) -> None:
    with connect(address) as client:
        for _ in range(100):
            client.sendall(GET)
            assert next_status(client) == 200


def test_pipelined_requests_have_responses_in_their_order(address: str) -> None:
    package_ids = [b"pkg_3", b"nothing", b"pkg_3", b"nothing"]
    with connect(address) as client:
        client.sendall(b"".join(FIND % package_id for package_id in package_ids))
        assert next_statuses(client, 4) == [200, 404, 200, 404]


def test_a_thousand_pipelined_requests_and_the_next_one_have_a_response(address: str) -> None:
    with connect(address) as client:
        sender = threading.Thread(target=client.sendall, args=(GET * 1000,))
        sender.start()
        assert next_statuses(client, 1000) == [200] * 1000
        sender.join()
        client.sendall(GET)
        assert next_status(client) == 200


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket", b"TLS/1.2, HTTP/3"])
def test_an_offer_to_upgrade_the_protocol_is_ignored(address: str, protocol: bytes) -> None:
    """RFC 9110, section 7.8. Java's HTTP client offers h2c with the first request."""
    offer = b"Host: mock\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: " + protocol
    offered = GET.replace(b"Host: mock", offer)
    with connect(address) as client:
        client.sendall(offered)
        assert next_status(client) == 200
        for byte in offered + GET[:1]:
            client.sendall(bytes([byte]))
        assert next_status(client) == 200
        client.sendall(GET[1:])
        assert next_status(client) == 200
        client.sendall(offered.replace(b"POST", b"PATCH"))
        assert next_status(client) == 405
    closing = offered.replace(b"Connection: ", b"Connection: close, ")
    with connect(address) as client:
        client.sendall(closing)
        assert next_status(client) == 200
        assert client.recv(1) == b""


def test_a_pipelined_request_that_expects_100_continue_gets_it(address: str) -> None:
    head, _, body = GET.partition(b"\r\n\r\n")
    with connect(address) as client:
        client.sendall(GET + head + b"\r\nExpect: 100-continue\r\n\r\n")
        received = b""
        while not received.endswith(b"HTTP/1.1 100 Continue\r\n\r\n"):
            received += client.recv(65536)
        assert received.startswith(b"HTTP/1.1 200 OK")
        client.sendall(body)
        assert next_status(client) == 200


def test_a_client_of_http_1_0_never_gets_100_continue(address: str) -> None:
    """RFC 9110, section 10.1.1."""
    head, _, body = GET.replace(b"HTTP/1.1", b"HTTP/1.0").partition(b"\r\n\r\n")
    with connect(address) as client:
        client.sendall(head + b"\r\nExpect: 100-continue\r\n\r\n")
        client.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.recv(1)
        client.settimeout(20)
        client.sendall(body)
        assert next_status(client) == 200


def test_a_header_that_is_too_long_is_rejected_before_its_end(address: str) -> None:
    with connect(address) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: mock\r\nX-Long: " + b"a" * (2 * MEGABYTE))
        assert next_status(client) == 431


def test_a_body_of_a_thousand_chunks_of_one_byte_is_accepted(address: str) -> None:
    padded = b'{"package_release_id":"rel_successful","x":"%b"}' % (b"a" * 1000)
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in padded) + b"0\r\n\r\n"
    head = GET.partition(b"\r\n\r\n")[0].replace(
        b"Content-Length: %d" % len(BODY), b"Transfer-Encoding: chunked"
    )
    with connect(address) as client:
        client.sendall(head + b"\r\n\r\n" + chunks)
        assert next_status(client) == 200


def test_a_request_may_arrive_byte_by_byte(address: str) -> None:
    with connect(address) as client:
        for byte in GET:
            client.sendall(bytes([byte]))
        assert next_status(client) == 200


def test_a_request_after_connection_close_has_no_response(address: str) -> None:
    closing = GET.replace(b"Host: mock", b"Host: mock\r\nConnection: close")
    with connect(address) as client:
        client.sendall(closing + GET)
        received = b"".join(iter(lambda: client.recv(65536), b""))
    assert received.count(b"HTTP/1.1 ") == 1
    assert b"\r\nConnection: close\r\n" in received


def test_the_connection_of_an_http_1_0_client_is_closed_after_the_response(address: str) -> None:
    old = GET.replace(b"HTTP/1.1", b"HTTP/1.0")
    with connect(address) as client:
        client.sendall(old)
        received = b"".join(iter(lambda: client.recv(65536), b""))
    assert received.startswith(b"HTTP/1.1 200 ")
    assert json.loads(received.partition(b"\r\n\r\n")[2])["ok"] is True


def test_the_host_of_an_absolute_request_target_replaces_the_header(address: str) -> None:
    """RFC 9112, section 3.2.2. So a foreign host reaches the API, but not /_mock/."""
    with connect(address) as client:
        client.sendall(GET.replace(b"POST /api", b"POST http://other.example/api"))
        assert next_status(client) == 200
        for target, status in (
            (b"http://evil.example/_mock/health", 403),
            (b"HTTP://user@evil.example:80/_s/a/_mock/health", 403),
            (b"http:///_mock/health", 403),
            (b"http://localhost/_mock/health", 200),
            (b"http://user@127.0.0.1:3100/_mock/health", 200),
        ):
            client.sendall(b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % target)
            assert next_status(client) == status, target


def test_an_encoded_slash_does_not_separate_segments_of_the_path(address: str) -> None:
    assert call(address, "GET", "/api%2Fpackages/get?package_id=pkg_3").status == 404
    assert call(address, "GET", "/%61pi/packages/get?package_id=pkg_3").status == 200


def test_a_slow_reader_gets_a_complete_response_and_delays_no_other_client(address: str) -> None:
    session = {"x-mock-session": "long"}
    for _ in range(100):
        call(address, "POST", "/api/package_releases/list", {"package_id": "pkg_3"}, session)
    with connect(address) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(b"GET /_s/long/_mock/journal HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert call(address, "GET", "/api/packages/get?package_id=pkg_3").status == 200
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * MEGABYTE)  # now it reads fast
        response = next_response(client)
        assert len(json.loads(response.read())["exchanges"]) == 100


def test_delayed_responses_and_open_streams_delay_no_other_client(address: str, mock: Mock) -> None:
    delay = {"kind": "delay", "seconds": 3, "operation": "findPackage"}
    faults.add(mock.context, "default", delay)
    stream = (
        b"GET /api/package_releases/events?package_release_id=rel_pending HTTP/1.1\r\n"
        b"Host: mock\r\n\r\n"
    )
    with ExitStack() as stack:
        clients = [stack.enter_context(connect(address)) for _ in range(120)]
        for number, client in enumerate(clients):
            client.sendall(stream if number % 2 else GET)
        for client in clients:
            assert client.recv(15) == b"HTTP/1.1 200 OK"
        delayed = [stack.enter_context(connect(address)) for _ in range(40)]
        body = b'{"package_id":"pkg_3"}'
        for client in delayed:
            request = GET.replace(b"package_releases", b"packages").replace(BODY, body)
            client.sendall(request.replace(b": %d" % len(BODY), b": %d" % len(body)))
        assert call(address, "GET", "/api/accounts/get?account_id=account-1234").status == 200


def test_clients_that_disconnect_during_a_request_do_not_affect_the_server(address: str) -> None:
    for length in range(1, len(GET), 9):
        with connect(address) as client:
            client.sendall(GET[:length])
    assert call(address, "GET", "/api/packages/get?package_id=pkg_3").status == 200


def test_a_response_that_cannot_be_written_closes_only_its_connection(mock: Mock) -> None:
    def respond_or_fail(mock: Mock, request: Request) -> Response:
        if request.path == "/bad":
            return Response(200, (("X-Lines", "a\r\nb"),))
        return respond(mock, request)

    listening = listen("127.0.0.1", 0)
    loop = event_loop(lambda: mock, listening, respond_or_fail)
    address = url("127.0.0.1", listening.getsockname()[1])
    thread = threading.Thread(target=loop.run)
    thread.start()
    try:
        with connect(address) as client:
            client.sendall(b"GET /bad HTTP/1.1\r\nHost: mock\r\n\r\n")
            assert client.recv(1) == b""
        assert call(address, "GET", "/api/packages/get?package_id=pkg_3").status == 200
    finally:
        loop.stop()
        thread.join()


def test_after_a_signal_requests_in_progress_get_their_response() -> None:
    """The server accepts no new connection, and ends after the last response."""
    with serving("--quiet") as (process, base, _):
        root = base.removesuffix("/api")
        call(root, "POST", "/_mock/faults", {"kind": "delay", "seconds": 1.5})
        statuses: list[int] = []
        sender = threading.Thread(
            target=lambda: statuses.append(rebuild(base, "rel_pending").status)
        )
        sender.start()
        while not call(root, "GET", "/_mock/journal").json["exchanges"]:
            pass
        process.send_signal(signal.SIGTERM)
        sender.join()
        assert statuses == [200]
        assert process.wait(20) == 0
        with pytest.raises(ConnectionRefusedError):
            call(base, "GET", "/packages/get?package_id=pkg_3")


def test_a_signal_ends_a_wait_for_the_journal_and_the_delay_of_a_closed_connection() -> None:
    with serving("--quiet") as (process, base, _):
        root = base.removesuffix("/api")
        address = urlsplit(root)
        journals: list[dict[str, object]] = []
        waiting = threading.Thread(
            target=lambda: journals.append(call(root, "GET", "/_s/w/_mock/journal?wait=45").json)
        )
        waiting.start()
        call(root, "POST", "/_s/d/_mock/faults", {"kind": "delay", "seconds": 45})
        with socket.create_connection((address.hostname, address.port)) as client:
            client.sendall(GET.replace(b"/api", b"/_s/d/api"))
            while not call(root, "GET", "/_s/d/_mock/journal").json["exchanges"]:
                pass
            client.sendall(GET)
        process.send_signal(signal.SIGTERM)
        waiting.join(8)
        assert process.wait(8) == 0
        (journal,) = journals
        assert journal["exchanges"] == []


@pytest.mark.parametrize("milliseconds", [0, 2, 5, 10, 20, 50, 300])
def test_one_signal_ends_all_workers_also_while_they_start(
    tmp_path: Path, milliseconds: int
) -> None:
    store = f"sqlite:///{tmp_path / 'mock.sqlite'}"
    with serving("--workers", "4", "--store", store, "--quiet") as (process, _, _):
        threading.Event().wait(milliseconds / 1000)
        process.send_signal(signal.SIGTERM)
        assert process.wait(8) in (0, -signal.SIGTERM)


def test_workers_need_a_store_that_they_share() -> None:
    result = run_command("serve", "--workers", "2", "--port", "0")
    assert result.returncode == 2
    assert "--workers" in result.stderr
    assert "--store sqlite:///FILE" in result.stderr


def test_all_workers_return_the_same_response(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'mock.sqlite'}"
    with serving("--workers", "3", "--store", store, "--quiet") as (process, base, _):
        root = base.removesuffix("/api")
        call(root, "POST", "/_mock/clock", {"freeze": True})
        assert rebuild(base, "rel_successful").status == 200
        call(root, "POST", "/_mock/clock", {"advance": 3})
        responses = {json.dumps(release(base, "rel_successful")) for _ in range(40)}
        assert len(responses) == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_workers_end_when_the_process_that_started_them_is_killed(
    tmp_path: Path,
) -> None:
    store = f"sqlite:///{tmp_path / 'mock.sqlite'}"
    with serving("--workers", "2", "--store", store, "--quiet") as (process, _, _):
        file = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while len(children := file.read_text().split()) < 2:
            pass
        process.kill()
        process.wait()
        while any(Path("/proc", pid).exists() for pid in children):
            pass


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'mock.sqlite'}"
    with serving("--workers", "2", "--store", store, "--quiet") as (process, base, _):
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        for _ in range(50):
            assert call(base, "GET", "/packages/get?package_id=pkg_3").status == 200
        first = {int(pid) for pid in children.read_text().split()}
        assert len(first) == 2
        lasting, now = max(first), first
        for _ in range(2):  # the second time, a worker that has just started
            before, killed = now, min(now - {lasting})
            os.kill(killed, signal.SIGKILL)
            while (
                len(now := {int(pid) for pid in children.read_text().split()}) < 2 or now == before
            ):
                pass
            assert lasting in now
        for _ in range(20):
            assert call(base, "GET", "/packages/get?package_id=pkg_3").status == 200
