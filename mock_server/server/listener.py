"""The socket on which the server listens, and the clients that it accepts there."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress

from ..contract.violations import ContractError, Violation

BACKLOG = 1024  # connections that may wait to be accepted
MAX_ACCEPTS = 16  # at once, so that new clients do not keep the others waiting
ROOM = 16  # descriptors that are freed at once, since a request may open files
NO_DESCRIPTOR = (errno.EMFILE, errno.ENFILE)
REFUSED = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\n"
    b"Connection: close\r\n\r\n"
)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one. Raises ContractError if that fails."""
    bare = host.removeprefix("[").removesuffix("]")  # as in a URL
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    # Every address: of IPv4 too, as other servers do
    both = bare == "::" and socket.has_dualstack_ipv6()
    try:
        return socket.create_server(
            (bare, port), family=family, backlog=BACKLOG, dualstack_ipv6=both
        )
    except (OSError, OverflowError) as error:
        fix = "choose another with --port, or --port 0 for a free one"
        number = getattr(error, "errno", None) or 0
        reason = os.strerror(number) if number > 0 else str(error)
        where = url(host, port).removeprefix("http://")
        wrong = Violation("address", f"cannot listen on {where}: {reason}", fix=fix)
        raise ContractError([wrong]) from None


def url(host: str, port: int) -> str:
    """Return the URL of a host and port."""
    needs_brackets = ":" in host and not host.startswith("[")
    return f"http://{f'[{host}]' if needs_brackets else host}:{port}"


class Acceptor:
    """Accepts the clients of a listening socket, which it makes non-blocking.

    is_full: returns why no more clients are accepted; empty if they are. make_room: closes a
    connection for a reason, and returns whether there was one to close. Without room, a client gets
    503: it must not wait in the backlog, which would make the socket readable all the time.
    """

    def __init__(
        self,
        listening: socket.socket,
        is_full: Callable[[], str],
        make_room: Callable[[str], bool],
    ) -> None:
        self.listening = listening
        self._is_full, self._make_room = is_full, make_room
        self._spare = os.dup(listening.fileno())  # a descriptor to refuse a client with
        listening.setblocking(False)

    def clients(self) -> Iterator[socket.socket]:
        """Yield the new clients, MAX_ACCEPTS at most."""
        for _ in range(MAX_ACCEPTS):
            try:
                client, _ = self.listening.accept()
            except OSError as error:
                if error.errno not in NO_DESCRIPTOR:
                    return
                freed = sum(self._make_room(str(error.strerror)) for _ in range(ROOM))
                if not freed:
                    self._refuse_with_spare()
                continue
            client.setblocking(False)
            reason = self._is_full()
            if reason and not self._make_room(reason):
                _refuse(client)
                continue
            with suppress(OSError):  # the client has left already
                # Without it a small response may wait for the client's delayed ACK (40 ms).
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield client

    def close(self) -> None:
        """Close the listening socket."""
        self.listening.close()
        os.close(self._spare)

    def _refuse_with_spare(self) -> None:
        os.close(self._spare)
        with suppress(OSError):
            _refuse(self.listening.accept()[0])
        self._spare = os.dup(self.listening.fileno())


def _refuse(client: socket.socket) -> None:
    with client, suppress(OSError):
        client.setblocking(False)
        client.send(REFUSED)
