"""The event loop: one thread that accepts, reads, responds and writes.

A connection is in one of these states; its fields say in which:

    reading    waits for EVENT_READ; requests are parsed and queued in ``parser.ready``
    queued     ``unsent`` holds a response that is sent in this turn of the loop, after the others
               of this turn are made
    writing    ``unsent`` holds the rest of what is sent; waits for EVENT_WRITE, and no further
               request is handled before it is out, so responses keep the order of their requests
    pausing    ``parts`` makes what is sent next, after a pause; waits for no event
    responding a thread makes its response or the next part of it, or the loop waits for another
               server that makes it; waits for no event
    draining   the last response is out and our side is shut down; what the client still sends is
               read and dropped until it closes, or for ``linger_time``

Most responses and parts take microseconds, so the loop makes them itself. What may wait (a store on
disk or far away, the control API) or takes long goes to the thread pool. For a response of another
server the loop waits as it does for clients.
"""

from __future__ import annotations

import logging
import selectors
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

from ..contract.exchange import Request
from ..foundation.clock import monotonic
from .connections import Connection
from .limits import Limits
from .listener import Acceptor
from .pauses import Pauses
from .pending import Made, Wait, Waits
from .request_handling import RequestHandler
from .request_parser import RequestParser, message_cache
from .sockets import UNSENT, Sockets
from .threads.thread_pool import ThreadPool

log = logging.getLogger("mock_server")

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
        self._on_stop, self._limits = on_stop, limits
        self._new_parser = partial(RequestParser, message_cache(), limits)
        self._sockets = Sockets(limits)
        self._open = self._sockets.open
        self._threads = ThreadPool(width)
        self._pauses = Pauses(self._threads.wake_loop)
        self._waits = Waits(self._sockets.selector)
        self._handler = RequestHandler(
            respond, self._sockets, self._pauses, self._waits, self._threads, limits
        )
        self._acceptor = Acceptor(
            listening, self._open.is_full, self._sockets.close_longest_waiting
        )
        self._stop_by: float | None = None

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
        selector = self._sockets.selector
        selector.register(self._acceptor.listening, selectors.EVENT_READ, None)
        selector.register(self._threads.wakeup, selectors.EVENT_READ, self._threads)
        next_tick = monotonic() + TICK
        while not (self._handler.is_stopping and self._is_done()):
            uploads: list[Connection] = []
            for key, _ in selector.select(self._threads.check_queue(self._pauses.seconds(TICK))):
                if key.data is None:
                    self._accept()
                elif key.data is self._threads:
                    self._finish()
                elif isinstance(key.data, Wait):
                    self._advance(key.data)
                elif key.data.is_upload:
                    uploads.append(key.data)
                else:
                    self._serve(key.data)
                if self._sockets.is_due():
                    self._send_queued()
            self._send_queued()
            for connection in uploads[:MAX_UPLOADS]:
                self._serve(connection)
            for connection, has_left in self._pauses.over():
                if has_left:
                    self._sockets.close(connection)
                else:
                    self._serve(connection)
            now = monotonic()
            if now >= next_tick:
                self._close_late(now)
                next_tick = now + TICK
            self._send_queued()
            if self._stop_by is not None and not self._handler.is_stopping:
                self._start_to_stop()
        self._waits.close()
        self._sockets.close_all()
        return self._threads.close()

    def _accept(self) -> None:
        for client in self._acceptor.clients():
            self._sockets.add(client, self._new_parser())

    def _serve(self, connection: Connection) -> None:
        """Go on with a connection that is ready. An exception ends that connection alone."""
        try:
            if connection.unsent:
                self._write(connection)
            elif connection.parts is not None:
                self._handler.go_on(connection)
            else:
                self._read(connection)
        except Exception:
            log.exception(UNSENT)
            self._sockets.close(connection)

    def _send_queued(self) -> None:
        """Send the queued responses, and those to requests that were sent ahead."""
        while queued := self._sockets.take_queued():
            for connection in queued:
                self._serve(connection)

    def _read(self, connection: Connection) -> None:
        data = self._sockets.receive(connection)
        if data is None:
            return
        parser = connection.parser
        if connection.draining:
            if not data:
                self._sockets.close(connection)
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
        self._handler.handle_ready(connection)
        if not data and not (connection.is_busy or connection.unsent):
            self._sockets.close(connection)

    def _write(self, connection: Connection) -> None:
        if self._sockets.write(connection) and connection.has_more:
            self._handler.go_on(connection)

    def _advance(self, wait: Wait, is_late: bool = False) -> None:
        """Go on with what another server has sent, or has not sent in time."""
        try:
            self._handler.advance(wait, is_late)
        except Exception:
            log.exception(UNSENT)
            self._sockets.close(wait.connection)

    def _finish(self) -> None:
        """Go on with what threads have made."""
        for connection, go_on in self._threads.finished():
            try:
                go_on()
            except Exception:
                log.exception(UNSENT)
                self._sockets.close(connection)

    def _close_late(self, now: float) -> None:
        """Close the connections whose client takes too long, and end late waits for a server."""
        for wait in self._waits.late(now):
            self._advance(wait, is_late=True)
        for connection in self._sockets.late(now):
            parser = connection.parser
            if parser.started and not (connection.unsent or connection.draining):
                parser.refuse("the request did not arrive in time", TIMEOUT)
                self._handler.handle_ready(connection)
            else:
                self._sockets.close(connection)

    def _start_to_stop(self) -> None:
        self._handler.is_stopping = True
        # New clients are refused from now on, and a supervisor can start a successor.
        self._sockets.selector.unregister(self._acceptor.listening)
        self._acceptor.close()
        self._on_stop()
        self._pauses.end_watching()

    def _is_done(self) -> bool:
        """Return whether the requests under way are done, or had their time. Close idle
        connections on the way."""
        for connection in self._open:
            if connection.is_idle:
                self._sockets.close(connection)
        late = self._stop_by is not None and monotonic() >= self._stop_by
        return late or all(connection.draining for connection in self._open)
