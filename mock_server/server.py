"""Serves the mock on a socket, with Werkzeug's own server."""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import Message
from functools import partial
from http import HTTPStatus
from io import BufferedReader
from typing import Any
from wsgiref.types import WSGIEnvironment

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from .address import listen, url
from .app import respond
from .chunks import Chunks
from .contract.exchange import Answer, Request
from .mock import Mock
from .wsgi import BROKEN, application

PATIENCE = 60  # seconds for a request to come whole, and between two reads of a client
POLL = 0.02  # seconds after which a server in a thread notices that it is to stop
LINGER = 5.0  # seconds for which a client may go on sending after it was answered
READ_AT_ONCE = 65_536  # bytes


class AsItComes(BufferedReader):
    """Reads what has come, at least a byte, without waiting for all that was asked for."""

    def read(self, size: int | None = -1, /) -> bytes:
        return self.read1(-1 if size is None else size)


class QuietRequestHandler(WSGIRequestHandler):
    """Leaves to the application the log, the ``Date``, and what every refusal says."""

    protocol_version = "HTTP/1.1"
    timeout = PATIENCE
    broken = ""

    def setup(self) -> None:
        super().setup()
        self.rfile = AsItComes(self.rfile.detach())

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 (the base's name)
        """Nothing: the application logs each exchange once."""

    def finish(self) -> None:
        """Ends the answer, then lets the client end (RFC 9112, section 9.6): whoever closes with
        bytes unread sends a reset, and the client may not see what it was answered."""
        until = time.monotonic() + LINGER
        with suppress(OSError), selectors.DefaultSelector() as selector:
            self.connection.shutdown(socket.SHUT_WR)
            selector.register(self.connection, selectors.EVENT_READ)
            while (left := until - time.monotonic()) > 0 and selector.select(left):
                if not self.connection.recv(READ_AT_ONCE):
                    break
        super().finish()

    def handle_expect_100(self) -> bool:
        """Tells the client to go on; without the header Werkzeug does not tell it again."""
        del self.headers["Expect"]
        return super().handle_expect_100()

    def make_environ(self) -> WSGIEnvironment:
        """The environment, with the request's target as it was sent: http.server folds leading
        slashes into one, and so would make two paths of one."""
        try:
            environ = super().make_environ()
        except ValueError as error:
            self.path, self.broken = "/", f"the target is an address: {error}"
            environ = super().make_environ()
        if environ.get("wsgi.input_terminated"):  # in chunks, of which Werkzeug knows the plain
            environ["wsgi.input"] = Chunks(self.rfile)
        target = self.requestline.split()[1:2]
        return {**environ, "REQUEST_URI": "".join(target), "RAW_URI": "", BROKEN: self.broken}

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Has the application refuse what is no message of HTTP, in the form of its errors."""
        reason = message or HTTPStatus(code).phrase
        self.broken = f"{reason}: {explain}" if explain else reason
        self.command, self.path, self.headers = self.command or "GET", "/", Message()
        self.request_version = self.protocol_version
        self.run_wsgi()

    def send_response(self, code: int, message: str | None = None) -> None:
        """The status line alone: the application says ``Date`` itself, by the session's clock."""
        self.send_response_only(code, message)


def bind(answering: Callable[[Request], Answer], host: str, port: int) -> BaseWSGIServer:
    """A server that listens; it answers once ``serve_forever`` runs.

    port: 0 takes a free one. Raises ContractError when it cannot listen there.
    """
    with listen(host, port) as listening:
        return make_server(
            host,
            listening.getsockname()[1],
            application(answering),
            threaded=True,
            request_handler=QuietRequestHandler,
            fd=listening.fileno(),
        )


@contextmanager
def running(mock: Mock, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serves the mock from a thread; yields its address, such as ``http://127.0.0.1:40123``."""
    server = bind(partial(respond, mock), host, port)
    thread = threading.Thread(target=server.serve_forever, args=(POLL,), daemon=True)
    thread.start()
    try:
        yield url(server.host, server.port)
    finally:
        server.shutdown()
        thread.join()
        mock.sessions.end()
        server.server_close()
