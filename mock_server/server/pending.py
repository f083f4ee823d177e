"""Responses that are not there yet: a thread makes them, or another server does."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from ..contract.exchange import Response
from ..foundation.clock import monotonic
from .connections import Connection
from .request_parser import Message

Later = Callable[[], Response]  # a thread calls it, since it may wait


@dataclass
class Pending:
    """A response that another server makes. The event loop waits for it without a thread.

    socket: that of the other server; the loop waits until it can be read.
    advance: reads what has come, and returns the response, or what a thread has to do for it; None
    if more must come.
    expire: returns the same if nothing has come for some seconds.
    """

    socket: socket.socket
    seconds: float
    advance: Callable[[], Response | Later | None]
    expire: Callable[[], Response | Later]


Made = Response | Later | Pending


@dataclass(eq=False)
class Wait:
    """A connection whose response another server makes. since: of its last bytes (monotonic)."""

    connection: Connection
    message: Message
    pending: Pending
    started_at: float
    since: float


class Waits:
    """The waits of an event loop, which selects on their sockets."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector
        self._waits: set[Wait] = set()

    def add(
        self, connection: Connection, message: Message, pending: Pending, started_at: float
    ) -> None:
        """Start a wait. started_at: that of the request, a value of ``time.perf_counter``."""
        wait = Wait(connection, message, pending, started_at, monotonic())
        self._waits.add(wait)
        self._selector.register(pending.socket, selectors.EVENT_READ, wait)

    def end(self, wait: Wait) -> None:
        """End a wait. Its socket may be closed already."""
        self._waits.discard(wait)
        with suppress(KeyError, ValueError):
            self._selector.unregister(wait.pending.socket)

    def late(self, now: float) -> list[Wait]:
        """Return the waits for a server that has sent nothing for too long."""
        return [wait for wait in self._waits if now - wait.since > wait.pending.seconds]

    def close(self) -> None:
        """Close the connections to other servers."""
        for wait in list(self._waits):
            self.end(wait)
            wait.pending.socket.close()
