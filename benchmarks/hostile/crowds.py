"""Crowds: many connections of one client that are all open at the same time."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from .inputs import BODY, message

STREAM = "/api/package_releases/events?package_release_id=rel_pending"
PAUSE = 0.5  # seconds for which a crowd that returns stays
SMALL_BUFFER = 4096  # bytes that a slow reader can receive before it reads


@dataclass(frozen=True)
class Crowd:
    """Connections that send the same bytes and stay open. reads: whether they read what comes.

    prepared: requests that are sent before, each on its own connection. returns: whether all leave
    and come again, many times.
    """

    name: str
    count: int
    data: bytes
    reads: bool = False
    prepared: tuple[bytes, ...] = ()
    returns: bool = False


def crowds() -> tuple[Crowd, ...]:
    """Return every crowd."""
    return (
        Crowd("crowd: idle", 2_500, b""),
        Crowd("crowd: unfinished heads", 600, b"GET / HTTP/1.1\r\nX: " + b"a" * 60_000),
        Crowd("crowd: many short headers", 600, b"GET / HTTP/1.1\r\n" + b"a:b\r\n" * 95),
        Crowd("crowd: unfinished bodies", 600, message(body=b"a" * BODY)[:-1]),
        Crowd("crowd: whole bodies", 200, message(body=b"a" * BODY)),
        Crowd(
            "crowd: slow readers of the journal",
            60,
            _get("/_mock/journal"),
            prepared=(message(body=b'{"a": "' + b"\\n" * 30_000 + b'"}'),) * 500,
        ),
        Crowd("crowd: event streams", 400, _get(STREAM), reads=True),
        Crowd("crowd: event streams that return", 400, _get(STREAM), reads=True, returns=True),
        Crowd("crowd: waits for the journal", 400, _get("/_s/quiet/_mock/journal?wait=30")),
        Crowd(
            "crowd: delayed responses",
            400,
            _get("/_s/slow/api/packages/get?package_id=pkg_3"),
            prepared=(_fault({"kind": "delay", "seconds": 30}),),
        ),
        Crowd(
            "crowd: slow bodies",
            400,
            _get("/_s/slow/api/packages/get?package_id=pkg_3"),
            prepared=(_fault({"kind": "slow-body", "bytes_per_second": 1}),),
        ),
    )


@contextmanager
def gathered(port: int, crowd: Crowd) -> Iterator[int]:
    """Open the connections of a crowd until the block ends. Yield how many were accepted."""
    for data in crowd.prepared:
        with socket.create_connection(("127.0.0.1", port), 20) as client:
            client.sendall(data)
            client.recv(100)
    clients = _clients(port, crowd)
    left = threading.Event()

    def return_() -> None:
        while not left.wait(PAUSE):
            _close(clients)
            clients[:] = _clients(port, crowd)

    returning = threading.Thread(target=return_)
    if crowd.returns:
        returning.start()
    try:
        yield len(clients)
    finally:
        left.set()
        if crowd.returns:
            returning.join()
        _close(clients)


def _clients(port: int, crowd: Crowd) -> list[socket.socket]:
    clients = []
    for _ in range(crowd.count):
        with suppress(OSError):
            clients.append(_client(port, crowd))
    return clients


def _close(clients: Iterable[socket.socket]) -> None:
    for client in clients:
        client.close()


def _client(port: int, crowd: Crowd) -> socket.socket:
    client = socket.socket()
    if not crowd.reads:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    client.settimeout(5)
    client.connect(("127.0.0.1", port))
    client.settimeout(0.2)
    with suppress(OSError):  # refused, or the server reads no more
        client.sendall(crowd.data)
    return client


def _get(path: str) -> bytes:
    return message(body=b"", method="GET", path=path)


def _fault(fault: dict[str, object]) -> bytes:
    return message(body=json.dumps(fault).encode(), path="/_s/slow/_mock/faults")
