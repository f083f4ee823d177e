"""SIGTERM and SIGINT end the server while requests are under way."""

import signal
import socket
import sqlite3
import subprocess
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from mock_server.app.mock import Mock, mock_of
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.server.in_process import event_loop
from mock_server.server.limits import Limits
from mock_server.server.listener import listen, url
from tests.helpers.requests import call
from tests.mock_server.helpers.command_line import serving
from tests.mock_server.helpers.connections import GET, connect

WITHIN = 20  # seconds: the server takes 10 at most, and the machine may be busy
STREAM = (
    b"GET /api/package_releases/events?package_release_id=rel_pending HTTP/1.1\r\nHost: a\r\n\r\n"
)
FIND = b"GET %b/api/packages/get?package_id=pkg_3 HTTP/1.1\r\nHost: mock\r\n\r\n"
JOURNAL = b"GET %b/_mock/journal%b HTTP/1.1\r\nHost: localhost\r\n\r\n"
UNFINISHED = GET[:-1]
COSTLY = b"{" + b'"a":"' + b"?token" * 150_000 + b'"}'


@pytest.fixture
def mock(judge: Judge, fixtures: Fixtures) -> Mock:
    return mock_of(judge, fixtures)


def sent(stack: ExitStack, address: str, data: bytes) -> socket.socket:
    client = stack.enter_context(connect(address))
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.sendall(data)
    return client


def ended(process: subprocess.Popen[str]) -> bool:
    """Send SIGTERM. Return whether the server ends with exit code 0."""
    process.terminate()
    return process.wait(WITHIN) == 0


def test_a_signal_ends_a_server_with_all_kinds_of_requests_under_way() -> None:
    """Two servers stop at the same time, each at another signal."""
    with ExitStack() as stack:
        servers = [stack.enter_context(serving("--quiet")) for _ in range(2)]
        for _, base, _ in servers:
            keep_busy(stack, base)
        processes = [process for process, _, _ in servers]
        for process, number in zip(processes, (signal.SIGTERM, signal.SIGINT), strict=True):
            process.send_signal(number)
        assert [process.wait(WITHIN) for process in processes] == [0, 0]


def keep_busy(stack: ExitStack, base: str) -> None:
    """Send requests of all kinds that are still under way when the server gets a signal."""
    address = base.removesuffix("/api")
    for session, fault in {
        "late": {"kind": "delay", "seconds": 45},
        "slow": {"kind": "slow-body", "bytes_per_second": 1},
    }.items():
        assert call(address, "POST", f"/_s/{session}/_mock/faults", fault).status == 200
    for _ in range(300):
        call(base, "POST", "/package_releases/list", {"package_id": "pkg_3"})
    streams = [sent(stack, address, STREAM) for _ in range(100)]
    sent(stack, address, UNFINISHED)
    sent(stack, address, GET[:20])
    sent(stack, address, JOURNAL % (b"", b""))
    sent(stack, address, JOURNAL % (b"/_s/quiet", b"?wait=45"))
    slow = [sent(stack, address, FIND % name) for name in (b"/_s/late", b"/_s/slow")]
    sent(stack, address, GET.replace(b": 39", b": %d" % len(COSTLY))[:-39] + COSTLY)
    for client in (*streams, slow[1]):
        assert client.recv(1)


@pytest.mark.parametrize(("stop_time", "signals"), [(0.1, 1), (3600, 2)])
def test_requests_under_way_end_when_their_time_is_over_or_at_a_second_signal(
    mock: Mock, stop_time: float, signals: int
) -> None:
    listening = listen("127.0.0.1", 0)
    loop = event_loop(lambda: mock, listening, limits=Limits(stop_time=stop_time))
    thread = threading.Thread(target=loop.run)
    thread.start()
    address = url("127.0.0.1", listening.getsockname()[1])
    with ExitStack() as stack:
        sent(stack, address, UNFINISHED)
        assert call(address, "GET", "/api/packages/get?package_id=pkg_3").status == 200
        for _ in range(signals):  # as the handler of a signal does
            loop.stop()
        thread.join()


def test_a_signal_ends_a_server_whose_store_is_locked(tmp_path: Path) -> None:
    file = tmp_path / "mock.sqlite"
    with serving("--quiet", "--store", f"sqlite:///{file}") as (process, base, _):
        assert call(base, "GET", "/packages/get?package_id=pkg_3").status == 200
        lock = sqlite3.connect(file, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        with ExitStack() as stack:
            for _ in range(20):
                sent(stack, base.removesuffix("/api"), FIND % b"")
            assert ended(process)
        lock.close()


def test_a_signal_ends_workers_whose_store_is_locked(tmp_path: Path) -> None:
    file = tmp_path / "mock.sqlite"
    options = ("--quiet", "--workers", "2", "--store", f"sqlite:///{file}")
    with serving(*options) as (process, base, _):
        assert call(base, "GET", "/packages/get?package_id=pkg_3").status == 200
        lock = sqlite3.connect(file, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        with ExitStack() as stack:
            for _ in range(20):
                sent(stack, base.removesuffix("/api"), FIND % b"")
            assert ended(process)
        lock.close()
