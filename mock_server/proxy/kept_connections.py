"""Connections to the upstream, which are kept open between requests."""

from __future__ import annotations

import socket
import ssl
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlsplit

CONNECTIONS = 100  # that are kept open
LONGEST_CONNECT = 5.0  # seconds
PORTS = {"http": 80, "https": 443}


@dataclass
class KeptConnections:
    """The connections to the server at a base URL. Thread-safe.

    A kept connection does not block. timeout: seconds to connect, and to wait for bytes on a new
    one.
    """

    base: str
    timeout: float
    _idle: deque[socket.socket] = field(default_factory=deque)
    _closed: bool = False

    def take(self) -> socket.socket | None:
        """Return a kept connection that the server has not closed; None if there is none."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if _is_open(connection):
                return connection
            connection.close()

    def open(self) -> socket.socket:
        """Return a new connection, which blocks. Raises OSError."""
        parts = urlsplit(self.base)
        address = parts.hostname or "", parts.port or PORTS[parts.scheme]
        connection = socket.create_connection(address, min(self.timeout, LONGEST_CONNECT))
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if parts.scheme == "https":
                connection = self._tls.wrap_socket(connection, server_hostname=parts.hostname)
            connection.settimeout(self.timeout)
        except OSError:
            connection.close()
            raise
        return connection

    def keep(self, connection: socket.socket) -> None:
        """Keep a connection whose response is complete, unless there are too many."""
        if self._closed or len(self._idle) >= CONNECTIONS:
            connection.close()
            return
        with suppress(OSError):
            connection.setblocking(False)
            self._idle.append(connection)

    def close(self) -> None:
        """Close the connections, also those that come back later."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()


def _is_open(connection: socket.socket) -> bool:
    """Return whether a kept connection is open, and nothing has come on it."""
    try:
        # The method of the class, since that of a TLS socket cannot peek.
        socket.socket.recv(connection, 1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
