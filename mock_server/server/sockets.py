"""The sockets of the open connections: wait for their events, receive, send and close."""

from __future__ import annotations

import logging
import selectors
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress

from ..foundation.clock import monotonic
from .connections import Connection, OpenConnections
from .limits import Limits
from .request_parser import RequestParser

log = logging.getLogger("mock_server")

READ_SIZE = 64 * 1024  # bytes
LINGER_0 = struct.pack("ii", 1, 0)  # SO_LINGER on, for 0 seconds: close() sends RST
MAX_QUEUED = 16  # responses
MAX_QUEUED_TIME = 0.001  # seconds in which further responses are made before the first is sent
MAX_QUEUED_SIZE = 16 * 1024  # bytes of a response; a longer one is sent at once
UNSENT = "a response could not be sent"


class Sockets:
    """The sockets of the open connections, registered for the events that they wait for."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.open = OpenConnections(limits)
        self.selector = selectors.DefaultSelector()
        self._queue: list[Connection] = []

    def add(self, client: socket.socket, parser: RequestParser) -> None:
        """Add a client, and wait for its first bytes."""
        connection = Connection(client, monotonic(), parser)
        self.open.add(connection)
        self.wait_for(connection, selectors.EVENT_READ)

    def wait_for(self, connection: Connection, events: int) -> None:
        """Wait for EVENT_READ or EVENT_WRITE of a socket, or for none (0)."""
        if events == connection.events:
            return
        if not connection.events:
            self.selector.register(connection.socket, events, connection)
        elif not events:
            self.selector.unregister(connection.socket)
        else:
            self.selector.modify(connection.socket, events, connection)
        connection.events = events

    def receive(self, connection: Connection) -> bytes | None:
        """Return what a client has sent, b"" at its end; None if there is nothing to read."""
        try:
            return connection.socket.recv(READ_SIZE)
        except BlockingIOError:
            return None
        except OSError:
            self.close(connection)
            return None

    def send(self, connection: Connection, data: memoryview | bytes) -> bool:
        """Send bytes. Return whether the client has taken all of them.

        What it does not take is kept, and the loop is to ``write`` it.
        """
        try:
            sent = connection.socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close(connection)
            return False
        connection.since = monotonic()
        if sent == len(data):
            return True
        connection.unsent = memoryview(data)[sent:]
        self.wait_for(connection, selectors.EVENT_WRITE)
        self.open.count(connection)
        self._limit_unsent()
        return False

    def queue(self, connection: Connection, data: bytes) -> None:
        """Keep a short response, for the loop to ``write`` it with those of other connections.

        To send wakes up a client that waits, which takes as long as to make a response. A client
        with many connections is awake for the second of the responses that are sent in a row.
        """
        if connection.last or len(data) > MAX_QUEUED_SIZE:
            self.send(connection, data)
            return
        connection.unsent, connection.since = data, monotonic()
        self._queue.append(connection)

    def is_due(self) -> bool:
        """Return whether the queued responses are to be sent now, before others are made."""
        queue = self._queue
        return len(queue) >= MAX_QUEUED or (
            len(queue) > 1 and queue[-1].since - queue[0].since > MAX_QUEUED_TIME
        )

    def take_queued(self) -> list[Connection]:
        """Return the connections with a queued response, and empty the queue."""
        queued, self._queue = self._queue, []
        return queued

    def write(self, connection: Connection) -> bool:
        """Send what is left of a response, or a queued one. Return whether all is sent."""
        data, connection.unsent = connection.unsent, b""
        if not self.send(connection, data):
            return False
        if connection.events != selectors.EVENT_READ:
            self.open.count(connection)
            self.wait_for(connection, 0 if connection.parts else selectors.EVENT_READ)
        return True

    def drain(self, connection: Connection) -> None:
        """Let the client close first (RFC 9112, section 9.6).

        Closing a socket with unread bytes sends a reset, and the client may lose the response.
        """
        if connection not in self.open or connection.draining:
            return
        connection.draining, connection.since = True, monotonic()
        self.wait_for(connection, selectors.EVENT_READ)
        try:
            connection.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.close(connection)

    def disconnect(self, connection: Connection, reset: bool) -> None:
        """End a connection now, with FIN or with RST."""
        with suppress(OSError):  # the client has left already
            if reset:
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_0)
            else:
                connection.socket.shutdown(socket.SHUT_RDWR)
        self.close(connection)

    def close(self, connection: Connection) -> None:
        """Close a connection. Its response ends, unless it is being made."""
        if connection not in self.open:
            return
        self.open.discard(connection)
        self.wait_for(connection, 0)
        connection.socket.close()
        connection.last = True
        if not connection.responding:
            end_response(connection)

    def close_longest_waiting(self, reason: str) -> bool:
        """Close a connection to make room. Return whether there was one to close."""
        connection = self.open.longest_waiting()
        if connection is not None:
            self.open.log_closing(reason)
            self.close(connection)
        return connection is not None

    def close_all(self) -> None:
        """Close every connection, and the selector."""
        for connection in self.open:
            self.close(connection)
        self.selector.close()

    def late(self, now: float) -> Iterator[Connection]:
        """Yield the connections whose client takes too long to send or to read."""
        for connection in self.open:
            limit = self.open.timeout(connection)
            if limit is not None and now - connection.since > limit:
                yield connection

    def _limit_unsent(self) -> None:
        while self.open.unsent > self._limits.unsent:
            slowest = self.open.slowest_reader()
            if slowest is None:
                return
            self.open.log_closing("clients do not read their responses")
            self.close(slowest)


def end_response(connection: Connection) -> None:
    """End the response that a connection sends in parts, if there is one."""
    parts, connection.parts = connection.parts, None
    if parts is not None:
        try:
            parts.close()
        except Exception:
            log.exception(UNSENT)
