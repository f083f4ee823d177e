"""Threads for responses that may wait: streams, delays, a store on disk or far away.

A thread that makes a response gives it back to the loop, which sends it. So a client that reads
slowly has no thread. Streams and responses with a delivery have one until their end.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial

from ..contract.exchange import Response
from ..faults.delivery import deliver
from ..foundation.clock import monotonic
from . import response_writer
from .bounded_queue import STUCK, BoundedQueue
from .connections import Connection
from .limits import Limits
from .pending import Later
from .request_parser import Message
from .socket_client import SocketClient, while_connected

log = logging.getLogger("mock_server")

MAX_RESPONDERS = 600  # threads that make responses
MAX_STREAM_THREADS = 600  # threads of streams, beside those of delayed responses
END = 1.5  # seconds for which the threads may end after the last connection is closed

UNSENT = "a response could not be sent"
UNAVAILABLE = Response(503, (("Retry-After", "1"),))
CLIENT_LEFT = (ConnectionError, TimeoutError, BlockingIOError)


class ThreadPool:
    """Threads that each have one connection, until they give it back to the loop.

    width: of the bounded queue.
    """

    def __init__(self, width: int, limits: Limits) -> None:
        self._limits = limits
        # Two pools, so that many slow responses leave threads for new requests.
        self._responders = ThreadPoolExecutor(MAX_RESPONDERS, thread_name_prefix="respond")
        senders = MAX_STREAM_THREADS + limits.delayed
        self._senders = ThreadPoolExecutor(senders, thread_name_prefix="send")
        self._lock = threading.Lock()
        self._delayed = 0  # responses with a delivery
        self.queue = BoundedQueue(self._responders, width)
        self._finished: deque[Connection] = deque()
        self._waker, self.wakeup = socket.socketpair()
        for end in (self._waker, self.wakeup):
            end.setblocking(False)

    def take(self, connection: Connection, message: Message, made: Response | Later) -> None:
        """Have a thread respond to a message. made: the response, or what makes it."""
        if isinstance(made, Response):
            # To start a thread takes longer than most requests, so another thread does it.
            self.queue.run(partial(self._senders.submit, self._handle, connection, message, made))
        else:
            self.queue.run(partial(self._make, connection, message, made))

    def check_queue(self, longest: float) -> float:
        """Start waiting tasks. Return the seconds, at most ``longest``, until the next check."""
        return STUCK if self.queue.admit() else longest

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

    def close(self) -> bool:
        """Start no more tasks. Return whether all threads have ended, which they may for ``END``
        seconds: one that waits for a client sees that its socket is shut down."""
        self.queue.close()
        for pool in (self._responders, self._senders):
            pool.shutdown(wait=False, cancel_futures=True)
        self._waker.close()
        self.wakeup.close()
        until = monotonic() + END
        threads = [*self._responders._threads, *self._senders._threads]
        for thread in threads:
            thread.join(max(until - monotonic(), 0))
        return not any(thread.is_alive() for thread in threads)

    def _make(self, connection: Connection, message: Message, make: Later) -> None:
        try:
            response = make()
        except Exception:
            log.exception(UNSENT)
            connection.socket.close()
            self._give_back(connection)
            return
        if response.sent_in_parts:
            self._senders.submit(self._handle, connection, message, response)
        else:
            self._handle(connection, message, response)

    def _handle(self, connection: Connection, message: Message, response: Response) -> None:
        try:
            if response.sent_in_parts:
                self._send(connection, message, response)
            else:
                head = response_writer.head(response, message, connection.last)
                connection.unsent = head + response_writer.body(response, message)
        except CLIENT_LEFT:
            connection.socket.close()
        except Exception:
            log.exception(UNSENT)
            connection.socket.close()
        self._give_back(connection)

    def _give_back(self, connection: Connection) -> None:
        self._finished.append(connection)
        self.wake_loop()

    def _send(self, connection: Connection, message: Message, response: Response) -> None:
        connection.socket.settimeout(self._limits.read_time)
        if response.delivery is None:
            connection.last |= not self._send_parts(connection, message, response)
            return
        with self._lock:
            refused = self._delayed >= self._limits.delayed
            self._delayed += not refused
        if refused:
            response_writer.discard(response)
            head = response_writer.head(UNAVAILABLE, message, True)
            connection.unsent, connection.last = head, True
            return
        try:
            self._send_parts(connection, message, response)
            connection.last = True
        finally:
            with self._lock:
                self._delayed -= 1

    def _send_parts(self, connection: Connection, message: Message, response: Response) -> bool:
        """Send a response in parts. Return whether the connection can be used again.

        Raises OSError when the client has left, ConnectionError also where a fault ends it.
        """
        client, plain = connection.socket, response.stream is None or response.length is not None
        # HTTP/1.0 has no chunks, so there the end of the connection is the end of a stream.
        last = connection.last or response.delivery is not None or (not plain and message.old)
        head = response_writer.head(response, message, last)
        parts = self._parts(response, message, client)
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

    def _parts(
        self, response: Response, message: Message, client: socket.socket
    ) -> Iterable[bytes]:
        """The parts of a body. There is at least one, so that the headers are sent with it."""
        if response.stream is None:
            return [response_writer.body(response, message)]
        if message.request.method == "HEAD":
            response.stream.close()
            return [b""]
        return while_connected(self._in_slots(response.stream), SocketClient(client))

    def _in_slots(self, stream: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
        """Yield the parts of a stream. Each is computed in a slot of the bounded queue."""
        with closing(stream):
            while True:
                with self.queue.slot():
                    part = next(stream, None)
                if part is None:
                    return
                yield part
