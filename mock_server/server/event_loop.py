"""The event loop: one thread that accepts, reads, responds and writes.

A connection is in one of these states; `_serve` decides by them what comes next:

    reading    registered for EVENT_READ; requests are parsed and queued in ``parser.ready``
    writing    ``unsent`` holds the rest of a response; registered for EVENT_WRITE, and no further
               request is handled before it is out, so responses keep the order of their requests
    responding the socket is not registered here. A thread of the pool has it, and may block on it;
               it comes back through ``ThreadPool.finished``. Or the loop waits for the socket of
               another server, whose response it is
    draining   the last response is out and our side is shut down; what the client still sends is
               read and dropped until it closes, or for ``linger_time``

Most responses take microseconds, so the loop makes them itself. Everything that may wait (a stream,
a delay, a store on disk or far away, the control API) goes to the thread pool. For a response of
another server the loop waits as it does for clients.
"""

from __future__ import annotations

import logging
import selectors
import socket
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from functools import partial

from ..app.access_log import log_exchange
from ..contract.exchange import Request, Response
from ..foundation.clock import monotonic
from . import response_writer
from .connections import Connection, OpenConnections
from .limits import Limits
from .listener import Acceptor
from .pending import Later, Made, Pending, Wait, Waits
from .request_parser import Message, RequestParser, message_cache
from .thread_pool import UNSENT, ThreadPool

log = logging.getLogger("mock_server")

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
READ_SIZE = 64 * 1024  # bytes
MAX_UPLOADS = 16  # long bodies that are read at once, so that many do not keep others waiting
TICK = 0.5  # seconds between two searches for connections that time out
TIMEOUT, UNAVAILABLE = 408, 503  # statuses


class EventLoop:
    """Serves a listening socket.

    respond: returns the response to a request, or what makes it in a thread, or what to wait for;
    width: how many threads compute at once; on_stop: called once when the loop is to stop, to end
    streams.
    """

    def __init__(
        self,
        listening: socket.socket,
        respond: Callable[[Request], Made],
        width: int,
        on_stop: Callable[[], None],
        limits: Limits,
    ) -> None:
        self._respond, self._on_stop, self._limits = respond, on_stop, limits
        self._messages = message_cache()
        self._selector = selectors.DefaultSelector()
        self._threads = ThreadPool(width, limits)
        self._waits = Waits(self._selector)
        self._open = OpenConnections(limits)
        self._stop_by: float | None = None
        self._acceptor = Acceptor(listening, self._open.is_full, self._close_longest_waiting)

    def released(self) -> AbstractContextManager[None]:
        """Return a context in which a thread waits, so that another one may compute."""
        return self._threads.queue.released()

    def stop(self) -> None:
        """Have ``run`` return when the requests under way are done, or ``stop_time`` is over; at
        once if called again. Call it from any thread, or from a signal handler: it only sets a
        value and wakes the loop up."""
        again = self._stop_by is not None
        self._stop_by = monotonic() + (0 if again else self._limits.stop_time)
        self._threads.wake_loop()

    def run(self) -> bool:
        """Serve until ``stop`` is called. Return whether no thread is left with a request."""
        self._selector.register(self._acceptor.listening, selectors.EVENT_READ, None)
        self._selector.register(self._threads.wakeup, selectors.EVENT_READ, self._threads)
        next_tick = monotonic() + TICK
        ending = False
        while not (ending and self._is_done()):
            uploads: list[Connection] = []
            for key, _ in self._selector.select(self._threads.check_queue(TICK)):
                if key.data is None:
                    self._accept()
                elif key.data is self._threads:
                    self._take_back()
                elif isinstance(key.data, Wait):
                    self._advance(key.data)
                elif key.data.is_upload:
                    uploads.append(key.data)
                else:
                    self._serve(key.data)
            for connection in uploads[:MAX_UPLOADS]:
                self._serve(connection)
            now = monotonic()
            if now >= next_tick:
                self._close_late(now)
                next_tick = now + TICK
            if self._stop_by is not None and not ending:
                ending = True
                # New clients are refused from now on, and a supervisor can start a successor.
                self._selector.unregister(self._acceptor.listening)
                self._acceptor.close()
                self._on_stop()
        return self._close_all()

    def _accept(self) -> None:
        for client in self._acceptor.clients():
            parser = RequestParser(self._messages, self._limits)
            connection = Connection(client, monotonic(), parser)
            self._open.add(connection)
            self._selector.register(client, selectors.EVENT_READ, connection)

    def _close_longest_waiting(self, reason: str) -> bool:
        connection = self._open.longest_waiting()
        if connection is not None:
            self._open.log_closing(reason)
            self._close(connection)
        return connection is not None

    def _serve(self, connection: Connection) -> None:
        """Go on with a connection that is ready. An exception ends that connection alone."""
        try:
            if connection.responding:
                self._back_from_thread(connection)
            elif connection.unsent:
                self._write(connection)
            else:
                self._read(connection)
        except Exception:
            log.exception(UNSENT)
            self._close(connection)

    def _read(self, connection: Connection) -> None:
        try:
            data = connection.socket.recv(READ_SIZE)
        except BlockingIOError:
            return
        except OSError:
            self._close(connection)
            return
        parser = connection.parser
        if connection.draining:
            if not data:
                self._close(connection)
            return
        if data:
            was_idle = not parser.started
            parser.feed(data)
            if parser.started:
                if was_idle:
                    # The timeout of a request runs from its first byte: a client that sends a byte
                    # now and then does not extend it.
                    connection.since = monotonic()
                self._open.count(connection)
                if not self._open.has_room_for(connection):
                    parser.refuse("other requests take all memory", UNAVAILABLE)
            elif not was_idle:
                self._open.count(connection)
        else:
            parser.eof()
        self._handle_ready(connection)
        if not data and not connection.responding and not connection.unsent:
            self._close(connection)

    def _handle_ready(self, connection: Connection) -> None:
        """Respond to the requests that have come, as long as each response is sent at once."""
        ready = connection.parser.ready
        while ready and not (connection.unsent or connection.responding or connection.last):
            self._handle(connection, ready.popleft())
        if connection.unsent or connection.responding:
            return
        if connection.last:
            self._drain(connection)
        elif connection.parser.expects:
            connection.parser.expects = False
            self._send(connection, CONTINUE)

    def _handle(self, connection: Connection, message: Message) -> None:
        connection.last = message.last or self._stop_by is not None
        started_at = time.perf_counter()
        self._go_on(connection, message, self._respond(message.request), started_at)

    def _go_on(
        self, connection: Connection, message: Message, made: Made, started_at: float
    ) -> None:
        """Send a response, or have it made. started_at: a value of ``time.perf_counter``."""
        if isinstance(made, Pending):
            self._stop_reading(connection, message)
            self._waits.add(connection, message, made, started_at)
        elif not isinstance(made, Response):
            self._hand_over(connection, message, partial(_logged, message, made))
        else:
            log_exchange(message.request, made, started_at)
            if made.sent_in_parts:
                self._hand_over(connection, message, made)
                return
            head = response_writer.head(made, message, connection.last)
            self._send(connection, head + response_writer.body(made, message))

    def _advance(self, wait: Wait, is_late: bool = False) -> None:
        """Go on with what another server has sent, or has not sent in time."""
        pending, connection = wait.pending, wait.connection
        made = pending.expire() if is_late else pending.advance()
        if made is None:
            wait.since = monotonic()
            return
        self._waits.end(wait)
        connection.responding, connection.handling = False, 0
        if connection not in self._open:  # closed meanwhile, so that nobody gets the response
            connection.socket.close()
            if isinstance(made, Response):
                response_writer.discard(made)
            else:
                pending.socket.close()
            return
        self._selector.register(connection.socket, selectors.EVENT_READ, connection)
        try:
            self._go_on(connection, wait.message, made, wait.started_at)
            self._handle_ready(connection)
        except Exception:
            log.exception(UNSENT)
            self._close(connection)

    def _send(self, connection: Connection, data: memoryview | bytes) -> None:
        try:
            sent = connection.socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._close(connection)
            return
        connection.since = monotonic()
        if sent < len(data):
            connection.unsent = memoryview(data)[sent:]
            self._selector.modify(connection.socket, selectors.EVENT_WRITE, connection)
            self._open.count(connection)
            while self._open.unsent > self._limits.unsent:
                slowest = self._open.slowest_reader()
                if slowest is None:
                    break
                self._open.log_closing("clients do not read their responses")
                self._close(slowest)

    def _write(self, connection: Connection) -> None:
        data, connection.unsent = connection.unsent, b""
        self._send(connection, data)
        self._open.count(connection)
        if connection in self._open and not connection.unsent:
            self._selector.modify(connection.socket, selectors.EVENT_READ, connection)
            # Pipelined requests may wait in the parser; no event of the socket announces them.
            self._handle_ready(connection)

    def _hand_over(self, connection: Connection, message: Message, made: Response | Later) -> None:
        """Give a connection to a thread, which then has its socket for itself."""
        self._stop_reading(connection, message)
        self._threads.take(connection, message, made)

    def _stop_reading(self, connection: Connection, message: Message) -> None:
        self._selector.unregister(connection.socket)
        connection.responding, connection.handling = True, message.request.size_in_memory
        self._open.count(connection)

    def _take_back(self) -> None:
        for connection in self._threads.finished():
            self._serve(connection)

    def _back_from_thread(self, connection: Connection) -> None:
        connection.responding, connection.handling = False, 0
        if connection.socket.fileno() < 0:  # the thread has closed it
            self._open.discard(connection)
            return
        connection.socket.setblocking(False)
        connection.since = monotonic()
        self._selector.register(connection.socket, selectors.EVENT_READ, connection)
        if connection.unsent:
            self._write(connection)
        else:
            self._open.count(connection)
            self._handle_ready(connection)

    def _drain(self, connection: Connection) -> None:
        """Let the client close first (RFC 9112, section 9.6).

        Closing a socket with unread bytes sends a reset, and the client may lose the response.
        """
        if connection not in self._open or connection.draining:
            return
        connection.draining, connection.since = True, monotonic()
        try:
            connection.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(connection)

    def _close_late(self, now: float) -> None:
        """Close the connections that time out. One whose response is made waits for that."""
        for wait in self._waits.late(now):
            self._advance(wait, is_late=True)
        for connection in self._open:
            late = now - connection.since > self._open.timeout(connection)
            if connection.responding or not late:
                continue
            if connection.parser.started and not (connection.unsent or connection.draining):
                connection.parser.refuse("the request did not arrive in time", TIMEOUT)
                self._handle_ready(connection)
            else:
                self._close(connection)

    def _is_done(self) -> bool:
        """Return whether the requests under way are done, or had their time. Close idle
        connections on the way."""
        for connection in self._open:
            if connection.is_idle:
                self._close(connection)
        late = self._stop_by is not None and monotonic() >= self._stop_by
        return late or all(connection.draining for connection in self._open)

    def _close(self, connection: Connection) -> None:
        if connection not in self._open:
            return
        self._open.discard(connection)
        with suppress(KeyError, ValueError):
            self._selector.unregister(connection.socket)
        if connection.responding:
            # Closing would free the descriptor while a thread uses it, and the next client could
            # get the same number. After a shutdown the thread sees the end.
            with suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RDWR)
        else:
            connection.socket.close()

    def _close_all(self) -> bool:
        """Close every connection. Return whether no thread is left with one."""
        responding = [connection for connection in self._open if connection.responding]
        for connection in self._open:
            self._close(connection)
        self._selector.close()
        ended = self._threads.close()
        self._waits.close()
        for connection in responding if ended else ():
            connection.socket.close()
        return ended


def _logged(message: Message, make: Later) -> Response:
    started_at = time.perf_counter()
    response = make()
    log_exchange(message.request, response, started_at)
    return response
