"""Serves the mock on a socket, with Werkzeug's own server."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from wsgiref.types import WSGIEnvironment

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from .app import Mock, respond
from .contract.exchange import Answer, Request
from .contract.violations import ContractError, Violation
from .wsgi import application

POLL = 0.02  # seconds after which a server in a thread notices that it is to stop


class QuietRequestHandler(WSGIRequestHandler):
    """Leaves the log and the ``Date`` to the application."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 (the base's name)
        """Nothing: the application logs each exchange once."""

    def make_environ(self) -> WSGIEnvironment:
        """The environment, with the request's target as it was sent: http.server folds leading
        slashes into one, and so would make two paths of one."""
        target = self.requestline.split()[1:2]
        return {**super().make_environ(), "REQUEST_URI": "".join(target), "RAW_URI": ""}

    def send_response(self, code: int, message: str | None = None) -> None:
        """The status line alone: the application says ``Date`` itself, by the session's clock."""
        self.send_response_only(code, message)


def bind(answering: Callable[[Request], Answer], host: str, port: int) -> BaseWSGIServer:
    """A server that listens; it answers once ``serve_forever`` runs.

    port: 0 takes a free one. Raises ContractError when it cannot listen there.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=128)
    except (OSError, OverflowError) as error:
        cure = "choose another with --port, or --port 0 for a free one"
        number = getattr(error, "errno", None) or 0
        reason = os.strerror(number) if number > 0 else str(error)
        wrong = Violation("address", f"cannot listen on {host}:{port}: {reason}", cure=cure)
        raise ContractError([wrong]) from None
    with listening:
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
        yield address(server)
    finally:
        server.shutdown()
        thread.join()
        mock.sessions.let_go()
        server.server_close()


def address(server: BaseWSGIServer) -> str:
    """The address on which a server listens."""
    host = f"[{server.host}]" if ":" in server.host else server.host
    return f"http://{host}:{server.port}"
