"""From the parsed requests of a connection to their responses, whole or in parts."""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from ..app.access_log import log_exchange
from ..contract.exchange import Request, Response
from ..contract.parts import Disconnect, Part, Parts, Pause
from ..foundation.clock import monotonic
from . import response_writer
from .connections import Connection
from .limits import Limits
from .pauses import Pauses
from .pending import Later, Made, Pending, Wait, Waits
from .request_parser import Message
from .sockets import Sockets
from .threads.slow_requests import SLOW
from .threads.thread_pool import ThreadPool

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
UNAVAILABLE = Response(503, (("Retry-After", "1"),))
MAX_PARTS = 16  # of one response in a row, so that a long one does not keep others waiting
TURN = Pause(0.0)  # lets the requests of others come first

T = TypeVar("T")


class RequestHandler:
    """Handles the requests of all connections.

    respond: returns the response to a request, or what makes it in a thread, or what to wait for.
    is_stopping: each connection ends after the request that is under way.
    """

    def __init__(
        self,
        respond: Callable[[Request], Made],
        sockets: Sockets,
        pauses: Pauses,
        waits: Waits,
        threads: ThreadPool,
        limits: Limits,
    ) -> None:
        self._respond, self._limits = respond, limits
        self._sockets, self._threads = sockets, threads
        self._pauses, self._waits = pauses, waits
        self.is_stopping = False

    def handle_ready(self, connection: Connection) -> None:
        """Respond to the requests that have come, as long as each response is sent at once."""
        ready = connection.parser.ready
        while ready and not (connection.unsent or connection.is_busy or connection.last):
            self._handle(connection, ready.popleft())
        if connection.unsent or connection.is_busy:
            return
        if connection.last:
            self._sockets.drain(connection)
        elif connection.parser.expects:
            connection.parser.expects = False
            self._sockets.send(connection, CONTINUE)

    def go_on(self, connection: Connection) -> None:
        """Send the next parts of a response. After its end, handle the next request."""
        self._send_parts(connection)
        self.handle_ready(connection)

    def advance(self, wait: Wait, is_late: bool) -> None:
        """Go on with what another server has sent, or has not sent in time."""
        connection, pending = wait.connection, wait.pending
        made = pending.expire() if is_late else pending.advance()
        if made is None:
            wait.since = monotonic()
            return
        self._waits.end(wait)
        self._take_back(connection)
        self._complete(connection, wait.message, made, wait.started_at)
        self._read_next(connection)

    def _handle(self, connection: Connection, message: Message) -> None:
        connection.last = message.last or self.is_stopping
        started_at = time.perf_counter()
        self._complete(connection, message, self._respond(message.request), started_at)

    def _complete(
        self, connection: Connection, message: Message, made: Made, started_at: float
    ) -> None:
        """Send a response, or have it made first. started_at: a value of ``time.perf_counter``."""
        if isinstance(made, Response):
            # What another server sends may have to be waited for.
            connection.is_slow = made.forwarded
            log_exchange(message.request, made, started_at)
            self._send(connection, message, made)
        elif isinstance(made, Pending):
            self._hand_over(connection, message.request.size_in_memory)
            self._waits.add(connection, message, made, started_at)
        else:
            connection.is_slow, size = True, message.request.size_in_memory
            make = partial(_logged_response, message.request, made)
            self._in_thread(connection, make, partial(self._send, connection, message), size)

    def _send(self, connection: Connection, message: Message, response: Response) -> None:
        if not response.sent_in_parts:
            head = response_writer.head(response, message, connection.last)
            self._sockets.queue(connection, head + response_writer.body(response, message))
            return
        if response.delivery is not None:
            if self._sockets.open.delayed() >= self._limits.delayed:
                if response.stream is not None:
                    response.stream.close()
                connection.last = True
                self._send(connection, message, UNAVAILABLE)
                return
            connection.is_delayed = True
        connection.last |= response_writer.ends_connection(response, message)
        connection.parts = response_writer.parts(response, message, connection.last)
        self._sockets.wait_for(connection, 0)
        self._pauses.start(connection, TURN)

    def _send_parts(self, connection: Connection) -> None:
        """Send parts of a response until it pauses or ends, or its client takes no more."""
        for _ in range(MAX_PARTS):
            parts = connection.parts
            if parts is None:
                return
            if connection.is_slow:
                take = partial(self._take_from_thread, connection)
                self._in_thread(connection, partial(_next, parts), take)
                return
            start = time.thread_time()
            part = _next(parts)
            connection.is_slow = time.thread_time() - start >= SLOW
            if not self._take(connection, part):
                return
        self._pauses.start(connection, TURN)

    def _take(self, connection: Connection, part: Part | None) -> bool:
        """Take a part of a response, or None at its end. Return whether the next one may follow."""
        if isinstance(part, bytes):
            return self._sockets.send(connection, part)
        if isinstance(part, Pause):
            self._pauses.start(connection, part)
        elif isinstance(part, Disconnect):
            self._sockets.disconnect(connection, part.reset)
        else:
            connection.parts, connection.is_delayed = None, False
            self._sockets.wait_for(connection, selectors.EVENT_READ)
        return False

    def _take_from_thread(self, connection: Connection, part: Part | None) -> None:
        if self._take(connection, part):
            self._send_parts(connection)

    def _in_thread(
        self,
        connection: Connection,
        task: Callable[[], T],
        then: Callable[[T], None],
        size: int = 0,
    ) -> None:
        """Run a task in a thread; then handle its result and the next request of a connection."""

        def handle(result: T) -> None:
            self._take_back(connection)
            then(result)
            self._read_next(connection)

        def close() -> None:
            self._take_back(connection)
            self._sockets.close(connection)

        self._hand_over(connection, size)
        self._threads.run(connection, task, handle, close)

    def _hand_over(self, connection: Connection, size: int) -> None:
        """Have a connection wait for no event, until it is taken back."""
        self._sockets.wait_for(connection, 0)
        connection.responding, connection.handling = True, size
        self._sockets.open.count(connection)

    def _take_back(self, connection: Connection) -> None:
        connection.responding, connection.handling = False, 0
        connection.since = monotonic()
        self._sockets.open.count(connection)

    def _read_next(self, connection: Connection) -> None:
        """Read and handle the next request, once a response is sent."""
        if connection in self._sockets.open and not (connection.unsent or connection.is_busy):
            self._sockets.wait_for(connection, selectors.EVENT_READ)
            self.handle_ready(connection)


def _logged_response(request: Request, make: Later) -> Response:
    started_at = time.perf_counter()
    response = make()
    log_exchange(request, response, started_at)
    return response


def _next(parts: Parts) -> Part | None:
    """Return the next part of a response; None at its end."""
    try:
        return next(parts, None)
    except ConnectionError:  # the server that the part comes from has left
        return Disconnect(reset=False)
