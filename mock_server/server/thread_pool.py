"""Threads beside the loop, for answers that take their time: streams, slow faults, a store far
away."""

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

MOST = 600  # answers that take their time at the same moment, and as many that are looked for

UNSENT = "an answer could not be sent"
GONE = (ConnectionError, TimeoutError, BlockingIOError)


class Way(Enum):
    """Where a request is answered: on the loop, as it takes no time; in a thread of the lane, as it
    asks a store; in a thread of its own, as it may wait for something."""

    HERE, LANE, ASIDE = range(3)


class ThreadPool:
    """Threads that have a connection each, until it comes back to the loop.

    asked: answers a message; width: of the lane.
    """

    def __init__(self, asked: Callable[[Message], Response], width: int) -> None:
        self._asked = asked
        # apart, so that answers that take their time keep nobody else waiting
        self._asking = ThreadPoolExecutor(MOST, thread_name_prefix="ask")
        self._telling = ThreadPoolExecutor(MOST, thread_name_prefix="tell")
        self._lane = BoundedQueue(self._asking, width)
        self._back: deque[Connection] = deque()
        self._nudge, self.nudged = socket.socketpair()
        for each in (self._nudge, self.nudged):
            each.setblocking(False)

    def take(
        self, connection: Connection, message: Message, way: Way, answer: Response | None
    ) -> None:
        """Has a thread answer a message; answer: if there is one already."""
        if way is Way.LANE:
            self._lane.run(partial(self._answer, connection, message))
        elif answer is None:
            self._asking.submit(self._answer, connection, message)
        else:
            self._telling.submit(self._answer, connection, message, answer)

    def look(self, most: float) -> float:
        """Looks after who waits; the seconds, at most so many, until it is to be done again."""
        return STUCK if self._lane.look() else most

    def nudge(self) -> None:
        """Has the loop wake up: ``nudged`` can be read. From any thread, or a signal."""
        with suppress(OSError):  # it is full, so the loop wakes up anyway; or the loop has ended
            self._nudge.send(b"\0")

    def came_back(self) -> Iterator[Connection]:
        """The connections that their threads have given back."""
        with suppress(BlockingIOError):
            self.nudged.recv(4096)
        while self._back:
            yield self._back.popleft()

    def close(self) -> None:
        """Waits for nobody."""
        for threads in (self._asking, self._telling):
            threads.shutdown(wait=False, cancel_futures=True)
        self._nudge.close()
        self.nudged.close()

    def _answer(
        self, connection: Connection, message: Message, found: Response | None = None
    ) -> None:
        try:
            answer = found or self._asked(message)
            if answer.takes_time and found is None:
                self._telling.submit(self._answer, connection, message, answer)
                return
            connection.socket.settimeout(PATIENCE)
            if not _sent(connection.socket, message, connection.last, answer):
                connection.last = True
        except GONE:
            connection.socket.close()
        except Exception:
            log.exception(UNSENT)
            connection.socket.close()
        self._back.append(connection)
        self.nudge()


def _sent(client: socket.socket, message: Message, last: bool, told: Response) -> bool:
    """Sends the answer to a message; whether the connection can be used again.

    Raises OSError when the client has left, ConnectionError also where a fault ends it.
    """
    plain = told.stream is None
    last = last or told.delivery is not None or (not plain and message.old)
    head = response_writer.head(told, message, last)
    if plain and told.delivery is None:
        client.sendall(head + response_writer.body(told, message))
        return not last
    parts = _parts(told, message, client)
    if told.delivery is not None:
        parts = deliver(parts, told.delivery, SocketClient(client))
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


def _parts(told: Response, message: Message, client: socket.socket) -> Iterable[bytes]:
    """The parts of a body, the first one also when it is empty: the headers go before it."""
    if told.stream is None:
        return [response_writer.body(told, message)]
    if message.request.method == "HEAD":
        told.stream.close()
        return [b""]
    return while_connected(told.stream, SocketClient(client))
