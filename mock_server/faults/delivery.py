"""How an answer leaves when a fault asks for another way than the plain one: late, slowly, in part.

Everything that touches a connection stands here. A server takes part by giving the socket of the
request as ``environ["werkzeug.socket"]``, and by taking a ConnectionError from the body as a client
that has left.
"""

from __future__ import annotations

import os
import select
import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NoReturn
from wsgiref.types import WSGIEnvironment

from ..contract.exchange import Delivery

SOCKET = "werkzeug.socket"
PIECES = 10  # of a slow body in a second, at most
LEFT = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: on, for no second


def deliver(
    parts: Iterable[bytes], delivery: Delivery, environ: WSGIEnvironment
) -> Iterator[bytes]:
    """The parts of a body in their time; a ConnectionError ends them where the connection ends.

    Raises RuntimeError on a server that does not give the socket of a request.
    """
    connection = environ.get(SOCKET)
    if connection is None:
        raise RuntimeError(f"this server gives no environ[{SOCKET!r}], which faults need")
    return _delivered(parts, delivery, connection)


def _delivered(
    parts: Iterable[bytes], delivery: Delivery, connection: socket.socket
) -> Iterator[bytes]:
    try:
        _wait(connection, delivery.delay)
        if delivery.cut_at == -1:
            _end(connection, delivery.reset)
        for part in _until_cut(parts, delivery):
            if part is None:
                _end(connection, delivery.reset)
            elif delivery.rate is None or not part:
                yield part
            else:
                yield from _slowly(part, delivery.rate, connection)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()


def _until_cut(parts: Iterable[bytes], delivery: Delivery) -> Iterator[bytes | None]:
    """The parts up to where they are cut, and there None; the headers go before, with nothing."""
    left, events = delivery.cut_at, delivery.cut_after
    if left == 0 or events == 0:
        yield b""
        yield None
    for part in parts:
        if left is not None:
            yield part[:left]
            left -= min(left, len(part))
        else:
            yield part
        if events is not None and part.startswith(b"id:"):  # a comment has none
            events -= 1
        if left == 0 or events == 0:
            yield None
    if left is not None:  # there was less to send, as to a HEAD
        yield None


def _slowly(part: bytes, rate: float, connection: socket.socket) -> Iterator[bytes]:
    size = max(1, int(rate / PIECES))
    for begin in range(0, len(part), size):
        piece = part[begin : begin + size]
        yield piece
        _wait(connection, len(piece) / rate)


def _wait(connection: socket.socket, seconds: float) -> None:
    """Waits. Raises ConnectionError as soon as the client has left."""
    poll = select.poll()
    poll.register(connection, LEFT)  # not what it may have sent beside the request
    if seconds > 0 and poll.poll(1000 * seconds):
        raise ConnectionAbortedError("the client has left")


def _end(connection: socket.socket, reset: bool) -> NoReturn:
    """Ends the connection now, whatever the server would still do with it."""
    if reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        # Whoever closes a socket in an orderly way sends FIN before the reset: so the server is
        # left with one that leads nowhere, and the true one is closed here.
        nowhere, gone = socket.socketpair()
        with nowhere, gone:
            os.dup2(nowhere.fileno(), connection.fileno(), inheritable=False)
    else:
        with suppress(OSError):  # the client was quicker
            connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("a fault has ended the connection")
