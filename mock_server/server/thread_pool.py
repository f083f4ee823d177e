"""Threads for responses that may wait: streams, delays, a store on disk or far away."""

from __future__ import annotations

import logging
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from enum import Enum
from functools import partial

from ..contract.exchange import Response
from ..faults.delivery import deliver
from . import response_writer
from .bounded_queue import STUCK, BoundedQueue
from .connection import PATIENCE, Connection
from .request_parser import Message
from .socket_client import SocketClient, while_connected

log = logging.getLogger("mock_server")

MAX_THREADS = 600  # that make responses, and as many that send slow ones

UNSENT = "a response could not be sent"
CLIENT_LEFT = (ConnectionError, TimeoutError, BlockingIOError)


class RunOn(Enum):
    """Where a request is handled: on the loop; in the bounded queue, as it uses a store; in a
    thread, as it may wait for something."""

    LOOP, QUEUE, THREAD = range(3)


class ThreadPool:
    """Threads that each have one connection, until they give it back to the loop.

    respond: returns the response to a message; width: of the bounded queue.
    """

    def __init__(self, respond: Callable[[Message], Response], width: int) -> None:
        self._respond = respond
        # Two pools, so that many slow responses leave threads for new requests.
        self._responders = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="respond")
        self._senders = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="send")
        self._queue = BoundedQueue(self._responders, width)
        self._finished: deque[Connection] = deque()
        self._waker, self.wakeup = socket.socketpair()
        for end in (self._waker, self.wakeup):
            end.setblocking(False)

    def take(
        self, connection: Connection, message: Message, run_on: RunOn, response: Response | None
    ) -> None:
        """Have a thread respond to a message. response: if the loop has made it already."""
        if run_on is RunOn.QUEUE:
            self._queue.run(partial(self._handle, connection, message))
        elif response is None:
            self._responders.submit(self._handle, connection, message)
        else:
            self._senders.submit(self._handle, connection, message, response)

    def check_queue(self, longest: float) -> float:
        """Start waiting tasks. Return the seconds, at most ``longest``, until the next check."""
        return STUCK if self._queue.start_waiting() else longest

    def wake_loop(self) -> None:
        """Make ``wakeup`` readable, which the loop selects on. Safe in a signal handler."""
        with suppress(OSError):  # full: the loop wakes up anyway; closed: it has ended
            self._waker.send(b"\0")

    def finished(self) -> Iterator[Connection]:
        """Yield the connections that their threads have given back."""
        with suppress(BlockingIOError):
            self.wakeup.recv(4096)
        while self._finished:
            yield self._finished.popleft()

    def close(self) -> None:
        """Start no more tasks. Does not wait for those that run."""
        for pool in (self._responders, self._senders):
            pool.shutdown(wait=False, cancel_futures=True)
        self._waker.close()
        self.wakeup.close()

    def _handle(
        self, connection: Connection, message: Message, made: Response | None = None
    ) -> None:
        try:
            response = made or self._respond(message)
            if response.sent_in_parts and made is None:
                self._senders.submit(self._handle, connection, message, response)
                return
            connection.socket.settimeout(PATIENCE)
            if not _send(connection.socket, message, connection.last, response):
                connection.last = True
        except CLIENT_LEFT:
            connection.socket.close()
        except Exception:
            log.exception(UNSENT)
            connection.socket.close()
        self._finished.append(connection)
        self.wake_loop()


def _send(client: socket.socket, message: Message, last: bool, response: Response) -> bool:
    """Send a response. Return whether the connection can be used again.

    Raises OSError when the client has left, ConnectionError also where a fault ends it.
    """
    plain = response.stream is None
    # HTTP/1.0 has no chunks, so there the end of the connection is the end of a stream.
    last = last or response.delivery is not None or (not plain and message.old)
    head = response_writer.head(response, message, last)
    if plain and response.delivery is None:
        client.sendall(head + response_writer.body(response, message))
        return not last
    parts = _parts(response, message, client)
    if response.delivery is not None:
        parts = deliver(parts, response.delivery, SocketClient(client))
    for part in parts:
        sent = part if plain or message.old else response_writer.chunk(part)
        if head or sent:
            client.sendall(head + sent)
            head = b""
    if head:
        client.sendall(head)
    if not plain and not message.old and message.request.method != "HEAD":
        client.sendall(response_writer.LAST_CHUNK)
    return not last


def _parts(response: Response, message: Message, client: socket.socket) -> Iterable[bytes]:
    """The parts of a body. There is at least one, so that the headers are sent with it."""
    if response.stream is None:
        return [response_writer.body(response, message)]
    if message.request.method == "HEAD":
        response.stream.close()
        return [b""]
    return while_connected(response.stream, SocketClient(client))
