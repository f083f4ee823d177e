"""The loop: one thread that accepts, reads, answers what can be answered at once, and writes."""

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
from .request_parser import Incoming, Message, known_messages
from .thread_pool import UNSENT, ThreadPool, Way

log = logging.getLogger("mock_server")

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
READ_AT_ONCE = 64 * 1024  # bytes
ACCEPT_AT_ONCE = 64
LINGER = 5.0  # seconds for which a client may go on sending after its last answer
GRACE = 10.0  # seconds for what is under way when the loop is to stop
LOOK = 0.5  # seconds between two looks for who keeps the loop waiting


class Loop:
    """Serves a socket that listens.

    respond: answers a request; way: where it is answered; width: of the lane; ending: called once
    the loop is to stop, and lets streams end.
    """

    def __init__(
        self,
        listening: socket.socket,
        respond: Callable[[Request], Response],
        way: Callable[[Request], Way],
        width: int,
        ending: Callable[[], None],
    ) -> None:
        self._listening, self._respond, self._way = listening, respond, way
        self._ending = ending
        self._known = known_messages()
        self._selector = selectors.DefaultSelector()
        self._aside = ThreadPool(self._asked, width)
        self._open: set[Connection] = set()
        self._stopping: float | None = None

    def stop(self) -> None:
        """Has ``run`` return once what is under way is done. From any thread, or a signal."""
        self._stopping = self._stopping or time.monotonic()
        self._aside.nudge()

    def run(self) -> None:
        """Serves until it is told to stop."""
        self._listening.setblocking(False)
        self._selector.register(self._listening, selectors.EVENT_READ, None)
        self._selector.register(self._aside.nudged, selectors.EVENT_READ, self._aside)
        look = time.monotonic() + LOOK
        ending = False
        while not (ending and self._is_done()):
            for key, _ in self._selector.select(self._aside.look(LOOK)):
                if key.data is None:
                    self._accept()
                elif key.data is self._aside:
                    self._take_back()
                else:
                    self._serve(key.data)
            now = time.monotonic()
            if now >= look:
                self._give_up(now)
                look = now + LOOK
            if self._stopping and not ending:
                ending = True
                self._close_listening()
                self._ending()
        self._close_all()

    def _accept(self) -> None:
        for _ in range(ACCEPT_AT_ONCE):
            try:
                client, _ = self._listening.accept()
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE):
                    log.warning("no connection can be accepted: %s", error.strerror)
                    time.sleep(0.05)  # else it would be asked for again at once
                return
            client.setblocking(False)
            with suppress(OSError):
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(client, time.monotonic(), Incoming(self._known))
            self._open.add(connection)
            self._selector.register(client, selectors.EVENT_READ, connection)

    def _serve(self, connection: Connection) -> None:
        """Goes on with a connection that is ready; what goes wrong with it is its own affair."""
        try:
            if connection.unsent:
                self._write(connection)
            elif connection.away:
                self._came_back(connection)
            else:
                self._read(connection)
        except Exception:
            log.exception(UNSENT)
            self._close(connection)

    def _read(self, connection: Connection) -> None:
        try:
            data = connection.socket.recv(READ_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            self._close(connection)
            return
        incoming = connection.incoming
        if connection.lingers:
            if not data:
                self._close(connection)
            return
        if data:
            waited = not incoming.begun
            incoming.feed(data)
            if waited and incoming.begun:
                connection.since = time.monotonic()
        else:
            incoming.eof()
        self._answer(connection)
        if not data and not connection.away and not connection.unsent:
            self._close(connection)

    def _answer(self, connection: Connection) -> None:
        """Answers what has come, as long as each answer goes out at once."""
        ready = connection.incoming.ready
        while ready and not (connection.unsent or connection.away or connection.last):
            self._answer_one(connection, ready.popleft())
        if connection.unsent or connection.away:
            return
        if connection.last:
            self._linger(connection)
        elif connection.incoming.expects:
            connection.incoming.expects = False
            self._send(connection, CONTINUE)

    def _answer_one(self, connection: Connection, message: Message) -> None:
        connection.last = message.last or self._stopping is not None
        way = self._way(message.request)
        answer = self._asked(message) if way is Way.HERE else None
        if answer is None or answer.takes_time:
            self._put_aside(connection, message, way, answer)
            return
        head = response_writer.head(answer, message, connection.last)
        self._send(connection, head + response_writer.body(answer, message))

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
            self._answer(connection)

    def _asked(self, message: Message) -> Response:
        began = time.perf_counter()
        answer = self._respond(message.request)
        log_exchange(message.request, answer, began)
        return answer

    def _put_aside(
        self, connection: Connection, message: Message, way: Way, answer: Response | None
    ) -> None:
        self._selector.unregister(connection.socket)
        connection.away = True
        self._aside.take(connection, message, way, answer)

    def _take_back(self) -> None:
        for connection in self._aside.came_back():
            self._serve(connection)

    def _came_back(self, connection: Connection) -> None:
        connection.away = False
        if connection.socket.fileno() < 0:
            self._open.discard(connection)
            return
        connection.socket.setblocking(False)
        connection.since = time.monotonic()
        self._selector.register(connection.socket, selectors.EVENT_READ, connection)
        self._answer(connection)

    def _linger(self, connection: Connection) -> None:
        """Lets the client end (RFC 9112, section 9.6): whoever closes with bytes unread sends a
        reset, and the client may not see what it was answered."""
        if connection not in self._open or connection.lingers:
            return
        connection.lingers, connection.since = True, time.monotonic()
        try:
            connection.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(connection)

    def _give_up(self, now: float) -> None:
        """Closes connections on which nothing happens that should."""
        for connection in list(self._open):
            limit = LINGER if connection.lingers else PATIENCE
            if not connection.away and now - connection.since > limit:
                self._close(connection)

    def _is_done(self) -> bool:
        """Whether all that was under way is answered, or has had its time."""
        for connection in list(self._open):
            idle = not (connection.away or connection.unsent or connection.incoming.begun)
            if idle and not connection.incoming.ready and not connection.lingers:
                self._close(connection)
        late = time.monotonic() - (self._stopping or 0.0) > GRACE
        return late or all(connection.lingers for connection in self._open)

    def _close(self, connection: Connection) -> None:
        if connection not in self._open:
            return
        self._open.discard(connection)
        with suppress(KeyError, ValueError):
            self._selector.unregister(connection.socket)
        if connection.away:  # its thread sees that the client has left, and lets go of the socket
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
        self._aside.close()
        self._selector.close()
