"""The event loop: one thread that accepts, reads, responds and writes.

A connection is in one of these states; `_serve` decides by them what comes next:

    reading    registered for EVENT_READ; requests are parsed and queued in ``parser.ready``
    writing    ``unsent`` holds the rest of a response; registered for EVENT_WRITE, and no further
               request is handled before it is out, so responses keep the order of their requests
    in_thread  a thread of the pool has it, and the socket is not registered here: the thread may
               block on it. It comes back through ``ThreadPool.finished``
    draining   the last response is out and our side is shut down; what the client still sends is
               read and dropped until it closes, or for ``LINGER`` seconds

Most responses take microseconds, so the loop makes them itself. Everything that may wait (a stream,
a delay, a store on disk or far away, the control API) goes to the thread pool.
"""

from __future__ import annotations

import errno
import logging
import selectors
import socket
import time
from collections.abc import Callable
from contextlib import suppress

from ..app.access_log import log_exchange
from ..contract.exchange import Request, Response
from . import response_writer
from .connection import PATIENCE, Connection
from .request_parser import Message, RequestParser, message_cache
from .thread_pool import UNSENT, RunOn, ThreadPool

log = logging.getLogger("mock_server")

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
READ_SIZE = 64 * 1024  # bytes
MAX_ACCEPTS = 64  # at once, so that new clients do not keep the others waiting
LINGER = 5.0  # seconds for which a client may go on sending after its last response
GRACE = 10.0  # seconds for the requests under way when the loop is to stop
TICK = 0.5  # seconds between two searches for connections that time out


class EventLoop:
    """Serves a listening socket.

    respond: returns the response to a request; run_on: where that happens; width: how many requests
    of the bounded queue run at once; on_stop: called once when the loop is to stop, to end streams.
    """

    def __init__(
        self,
        listening: socket.socket,
        respond: Callable[[Request], Response],
        run_on: Callable[[Request], RunOn],
        width: int,
        on_stop: Callable[[], None],
    ) -> None:
        self._listening, self._respond, self._run_on = listening, respond, run_on
        self._on_stop = on_stop
        self._messages = message_cache()
        self._selector = selectors.DefaultSelector()
        self._threads = ThreadPool(self._response, width)
        self._open: set[Connection] = set()
        self._stopping: float | None = None

    def stop(self) -> None:
        """Have ``run`` return when the requests under way are done. Call it from any thread, or
        from a signal handler: it only sets a value and wakes the loop up."""
        self._stopping = self._stopping or time.monotonic()
        self._threads.wake_loop()

    def run(self) -> None:
        """Serve until ``stop`` is called."""
        self._listening.setblocking(False)
        self._selector.register(self._listening, selectors.EVENT_READ, None)
        self._selector.register(self._threads.wakeup, selectors.EVENT_READ, self._threads)
        next_tick = time.monotonic() + TICK
        ending = False
        while not (ending and self._is_done()):
            for key, _ in self._selector.select(self._threads.check_queue(TICK)):
                if key.data is None:
                    self._accept()
                elif key.data is self._threads:
                    self._take_back()
                else:
                    self._serve(key.data)
            now = time.monotonic()
            if now >= next_tick:
                self._close_idle(now)
                next_tick = now + TICK
            if self._stopping and not ending:
                ending = True
                # New clients are refused from now on, and a supervisor can start a successor.
                self._close_listening()
                self._on_stop()
        self._close_all()

    def _accept(self) -> None:
        for _ in range(MAX_ACCEPTS):
            try:
                client, _ = self._listening.accept()
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE):
                    log.warning("no connection can be accepted: %s", error.strerror)
                    # The client stays in the backlog, so select() returns at once.
                    time.sleep(0.05)
                return
            client.setblocking(False)
            with suppress(OSError):  # the client has left already
                # Without it a small response may wait for the client's delayed ACK (40 ms).
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(client, time.monotonic(), RequestParser(self._messages))
            self._open.add(connection)
            self._selector.register(client, selectors.EVENT_READ, connection)

    def _serve(self, connection: Connection) -> None:
        """Go on with a connection that is ready. An exception ends that connection alone."""
        try:
            if connection.unsent:
                self._write(connection)
            elif connection.in_thread:
                self._back_from_thread(connection)
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
            if was_idle and parser.started:
                # The timeout of a request runs from its first byte: a client that sends a byte now
                # and then does not extend it.
                connection.since = time.monotonic()
        else:
            parser.eof()
        self._handle_ready(connection)
        if not data and not connection.in_thread and not connection.unsent:
            self._close(connection)

    def _handle_ready(self, connection: Connection) -> None:
        """Respond to the requests that have come, as long as each response is sent at once."""
        ready = connection.parser.ready
        while ready and not (connection.unsent or connection.in_thread or connection.last):
            self._handle(connection, ready.popleft())
        if connection.unsent or connection.in_thread:
            return
        if connection.last:
            self._drain(connection)
        elif connection.parser.expects:
            connection.parser.expects = False
            self._send(connection, CONTINUE)

    def _handle(self, connection: Connection, message: Message) -> None:
        connection.last = message.last or self._stopping is not None
        run_on = self._run_on(message.request)
        response = self._response(message) if run_on is RunOn.LOOP else None
        if response is None or response.sent_in_parts:
            self._hand_over(connection, message, run_on, response)
            return
        head = response_writer.head(response, message, connection.last)
        self._send(connection, head + response_writer.body(response, message))

    def _send(self, connection: Connection, data: bytes) -> None:
        try:
            sent = connection.socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._close(connection)
            return
        connection.since = time.monotonic()
        if sent < len(data):
            connection.unsent = data[sent:]
            self._selector.modify(connection.socket, selectors.EVENT_WRITE, connection)

    def _write(self, connection: Connection) -> None:
        data, connection.unsent = connection.unsent, b""
        self._send(connection, data)
        if connection in self._open and not connection.unsent:
            self._selector.modify(connection.socket, selectors.EVENT_READ, connection)
            # Pipelined requests may wait in the parser; no event of the socket announces them.
            self._handle_ready(connection)

    def _response(self, message: Message) -> Response:
        started_at = time.perf_counter()
        response = self._respond(message.request)
        log_exchange(message.request, response, started_at)
        return response

    def _hand_over(
        self, connection: Connection, message: Message, run_on: RunOn, response: Response | None
    ) -> None:
        """Give a connection to a thread, which then has its socket for itself."""
        self._selector.unregister(connection.socket)
        connection.in_thread = True
        self._threads.take(connection, message, run_on, response)

    def _take_back(self) -> None:
        for connection in self._threads.finished():
            self._serve(connection)

    def _back_from_thread(self, connection: Connection) -> None:
        connection.in_thread = False
        if connection.socket.fileno() < 0:  # the thread has closed it
            self._open.discard(connection)
            return
        connection.socket.setblocking(False)
        connection.since = time.monotonic()
        self._selector.register(connection.socket, selectors.EVENT_READ, connection)
        self._handle_ready(connection)

    def _drain(self, connection: Connection) -> None:
        """Let the client close first (RFC 9112, section 9.6).

        Closing a socket with unread bytes sends a reset, and the client may lose the response.
        """
        if connection not in self._open or connection.draining:
            return
        connection.draining, connection.since = True, time.monotonic()
        try:
            connection.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(connection)

    def _close_idle(self, now: float) -> None:
        """Close the connections that time out. One that a thread has is its thread's affair."""
        for connection in list(self._open):
            limit = LINGER if connection.draining else PATIENCE
            if not connection.in_thread and now - connection.since > limit:
                self._close(connection)

    def _is_done(self) -> bool:
        """Return whether the requests under way are done, or had their time. Close idle
        connections on the way."""
        for connection in list(self._open):
            busy = connection.in_thread or connection.unsent or connection.parser.started
            if not (busy or connection.parser.ready or connection.draining):
                self._close(connection)
        late = time.monotonic() - (self._stopping or 0.0) > GRACE
        return late or all(connection.draining for connection in self._open)

    def _close(self, connection: Connection) -> None:
        if connection not in self._open:
            return
        self._open.discard(connection)
        with suppress(KeyError, ValueError):
            self._selector.unregister(connection.socket)
        if connection.in_thread:
            # Closing would free the descriptor while the thread uses it, and the next client could
            # get the same number. After a shutdown the thread sees the end, and closes it.
            with suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RDWR)
        else:
            connection.socket.close()

    def _close_listening(self) -> None:
        self._selector.unregister(self._listening)
        self._listening.close()

    def _close_all(self) -> None:
        for connection in list(self._open):
            self._close(connection)
        self._threads.close()
        self._selector.close()
