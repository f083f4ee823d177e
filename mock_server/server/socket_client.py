"""The client at the other end of a socket: has it left, and how its connection is ended."""

from __future__ import annotations

import os
import select
import socket
import struct
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import NoReturn

# POLLRDHUP reports a client that has closed its side, also when it sent more requests before. Where
# the system lacks it (macOS), the next byte is looked at instead.
POLLRDHUP = getattr(select, "POLLRDHUP", 0)
LEFT = select.POLLHUP | select.POLLERR | POLLRDHUP
LINGER_0 = struct.pack("ii", 1, 0)  # SO_LINGER on, for 0 seconds: close() sends RST


@dataclass(frozen=True)
class SocketClient:
    """A client behind a socket."""

    socket: socket.socket

    def has_left(self, within: float = 0.0) -> bool:
        """Return whether the client has closed its connection, or does so within some seconds."""
        poll = select.poll()
        try:
            poll.register(self.socket, LEFT)
            if poll.poll(1000 * within):
                return True
            return not POLLRDHUP and self._at_end()
        except (OSError, ValueError):
            return True

    def wait(self, seconds: float) -> None:
        """Wait. Raises ConnectionAbortedError as soon as the client has left."""
        if seconds > 0 and self.has_left(seconds):
            raise ConnectionAbortedError("the client has left")

    def disconnect(self, reset: bool) -> NoReturn:
        """End the connection now with FIN, or with RST. Raises ConnectionAbortedError."""
        if reset:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_0)
            # An orderly shutdown by the caller would send FIN before the reset. So the caller is
            # left with a socket that leads nowhere, and the real one is closed here.
            nowhere, other = socket.socketpair()
            with nowhere, other:
                os.dup2(nowhere.fileno(), self.socket.fileno(), inheritable=False)
        else:
            with suppress(OSError):  # the client has left already
                self.socket.shutdown(socket.SHUT_RDWR)
        raise ConnectionAbortedError("a fault has ended the connection")

    def _at_end(self) -> bool:
        with suppress(BlockingIOError):
            return not self.socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        return False


def while_connected(stream: Generator[bytes, None, None], client: SocketClient) -> Iterator[bytes]:
    """Yield the parts of a stream until the client has left; an empty part is a time to check."""
    with closing(stream):
        for part in stream:
            if part:
                yield part
            elif client.has_left():
                return
