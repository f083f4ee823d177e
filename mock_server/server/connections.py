"""The connections of clients, as the event loop and the threads see them, and what they hold."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nsmallest

from ..contract.parts import Parts
from ..foundation.clock import monotonic
from .limits import Limits
from .request_parser import RequestParser

log = logging.getLogger("mock_server")

AT_ONCE = 50  # connections that are searched for when one is to be closed
LOG_PAUSE = 10.0  # seconds between two lines about closed connections


@dataclass(eq=False)
class Connection:
    """One client.

    since: when the current wait started (monotonic clock, seconds); events: what its socket waits
    for; unsent: the rest of what is to be sent; parts: make the response that is being sent in
    parts; last: no further request is handled; draining: our side is closed; responding: a thread
    or another server makes the response or a part of it, and handling is the size of its request
    (bytes); is_slow: threads make all parts; is_delayed: by a fault.
    """

    socket: socket.socket
    since: float
    parser: RequestParser
    events: int = 0
    unsent: memoryview | bytes = b""
    parts: Parts | None = None
    last: bool = False
    draining: bool = False
    responding: bool = False
    handling: int = 0
    is_slow: bool = False
    is_delayed: bool = False

    @property
    def held(self) -> int:
        """Return the size of the requests that have no response yet, in bytes."""
        return self.parser.held + self.handling

    @property
    def is_upload(self) -> bool:
        """Return whether the client sends the rest of a body, or what nobody reads any more."""
        return self.draining or (self.parser.headed and not self.unsent)

    @property
    def is_idle(self) -> bool:
        """Return whether nothing of a request or a response is under way."""
        busy = self.is_busy or self.unsent or self.parser.started or self.parser.ready
        return not (busy or self.draining)

    @property
    def has_more(self) -> bool:
        """Return whether more is to be done after what is sent, which no event of the socket
        announces: parts, pipelined requests, an interim response, or to close it."""
        parser = self.parser
        return bool(parser.ready or self.parts or self.last or parser.expects)

    @property
    def is_busy(self) -> bool:
        """Return whether a response is under way that is not sent at once."""
        return self.responding or self.parts is not None


class OpenConnections:
    """The open connections. ``held`` and ``unsent``: the sums over all of them, in bytes."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.held = self.unsent = 0
        self._sizes: dict[Connection, tuple[int, int]] = {}  # held and unsent, as counted
        self._oldest: list[tuple[float, Connection]] = []  # the next ones to close come last
        self._logged_at = -LOG_PAUSE

    def __len__(self) -> int:
        return len(self._sizes)

    def __iter__(self) -> Iterator[Connection]:
        """Iterate over a copy, so that connections may be closed meanwhile."""
        return iter(list(self._sizes))

    def __contains__(self, connection: Connection) -> bool:
        return connection in self._sizes

    def add(self, connection: Connection) -> None:
        """Add a connection that holds nothing yet."""
        self._sizes[connection] = (0, 0)

    def discard(self, connection: Connection) -> None:
        """Remove a connection, and what it holds from the sums."""
        held, unsent = self._sizes.pop(connection, (0, 0))
        self.held, self.unsent = self.held - held, self.unsent - unsent

    def count(self, connection: Connection) -> None:
        """Count what a connection holds now."""
        before = self._sizes.get(connection)
        now = connection.held, len(connection.unsent)
        if before is not None and before != now:
            self._sizes[connection] = now
            self.held += now[0] - before[0]
            self.unsent += now[1] - before[1]

    def is_full(self) -> str:
        """Return why no more connections are accepted; empty if they are."""
        full = len(self._sizes) >= self._limits.connections
        return f"{len(self._sizes)} are open" if full else ""

    def has_room_for(self, connection: Connection) -> bool:
        """Return whether a connection may go on with its request.

        Small requests always may, so that no client waits for the large ones of another.
        """
        return self.held <= self._limits.held or connection.held <= self._limits.small

    def longest_waiting(self) -> Connection | None:
        """Return the connection that has waited longest; None if all have a response under way."""
        while True:
            while self._oldest:
                since, connection = self._oldest.pop()
                if connection in self._sizes and connection.since == since:
                    return connection
            waiting = (each for each in self._sizes if not each.is_busy)
            oldest = nsmallest(AT_ONCE, waiting, key=lambda connection: connection.since)
            if not oldest:
                return None
            self._oldest = [(each.since, each) for each in reversed(oldest)]

    def slowest_reader(self) -> Connection | None:
        """Return the connection that has not read its response for longest; None if all have."""
        readers = (each for each in self._sizes if each.unsent)
        return min(readers, key=lambda connection: connection.since, default=None)

    def log_closing(self, reason: str) -> None:
        """Log why connections are closed: one line, not one for each."""
        now = monotonic()
        if now - self._logged_at >= LOG_PAUSE:
            self._logged_at = now
            log.warning("closing the connections that have waited longest: %s", reason)

    def delayed(self) -> int:
        """Return how many connections have a response that a fault delays or slows down."""
        return sum(each.is_delayed for each in self._sizes)

    def timeout(self, connection: Connection) -> float | None:
        """Return the seconds that a connection may wait for its client, from ``since``; None if the
        client waits for the server."""
        limits = self._limits
        if connection.draining:
            return limits.linger_time
        if connection.unsent:
            return limits.read_time
        if connection.is_busy:
            return None
        if connection.parser.started:
            return limits.request_time if connection.parser.headed else limits.head_time
        return limits.idle_time
