"""The mock as a WSGI application (PEP 3333).

    from mock_server.app.wsgi import create_app

    app = create_app()                                           # gunicorn "module:app"
    flask_app.wsgi_app = DispatcherMiddleware(flask_app.wsgi_app, {"/mock": create_app()})
    client = werkzeug.test.Client(create_app())                  # in a test, without a socket

It runs the same pipeline as ``mock-server serve``, but has no socket: a fault that ends the
connection (``drop``, ``cut-stream``) raises ConnectionAbortedError from the body, and the host
server decides what the client receives. See docs/wsgi.md.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from wsgiref.types import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.datastructures import EnvironHeaders

from ..contract.exchange import Request, Response, decode_path, host_of_target, parse_query
from ..contract.parts import Disconnect, Parts, Pause
from ..contract.requests import LARGEST_BODY
from ..contract.violations import Violation
from ..faults.delivery import body_parts
from ..http.admin_access import admin_access_for
from ..http.messages import reason_phrase
from .access_log import log_exchange
from .handle import respond
from .mock import mock_of
from .sources import load_sources

CONTENT_LENGTH = re.compile(r"[0-9]{1,18}")


def create_app(
    spec: Path | None = None,
    fixtures: Path | None = None,
    allow_hosts: Iterable[str] = (),
    admin_token: str | None = None,
    allow_origins: Iterable[str] = (),
) -> WSGIApplication:
    """Return a WSGI application that mocks a document with its fixtures.

    spec, fixtures: paths, by default those that ship with the package. allow_hosts: host names,
    besides loopback, under which the control API (``/_mock/``) is reachable; admin_token: the token
    that it then requires; allow_origins: of pages that may use it. Raises ContractError with every
    problem of the files.
    """
    admin_access = admin_access_for("127.0.0.1", allow_hosts, admin_token, allow_origins)
    return wsgi_application(
        partial(respond, mock_of(*load_sources(spec, fixtures), admin_access=admin_access))
    )


def wsgi_application(respond: Callable[[Request], Response]) -> WSGIApplication:
    """Return the WSGI application that passes each request to ``respond``."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started_at = time.perf_counter()
        request = request_from(environ)
        response = respond(request)
        headers = [*response.headers]
        if response.status != 204 and response.stream is None:
            headers.append(("Content-Length", str(len(response.body))))
        start_response(f"{response.status} {reason_phrase(response.status)}", headers)
        log_exchange(request, response, started_at)
        return _sent(body_parts(response, request.method))

    return app


def _sent(parts: Parts) -> Iterator[bytes]:
    """Yield the bytes of a body, and wait between them. The host server closes this when its client
    leaves. Raises ConnectionAbortedError where a fault ends the connection."""
    with closing(parts):
        for part in parts:
            if isinstance(part, Pause):
                part.wait()
            elif isinstance(part, Disconnect):
                end = "RST" if part.reset else "FIN"
                raise ConnectionAbortedError(f"a fault ends the connection with {end}")
            elif part:
                yield part


def request_from(environ: WSGIEnvironment) -> Request:
    """Return the request of a WSGI environment.

    At most ``LARGEST_BODY`` bytes of a body are read; of a longer one only the size is kept.
    """
    headers = {name.lower(): value for name, value in EnvironHeaders(environ).items()}
    if host := _host_of_target(environ):
        headers["host"] = host
    body, unread, problem = _body(environ)
    return Request(
        method=str(environ["REQUEST_METHOD"]),
        path=_path(environ),
        query=parse_query(str(environ.get("QUERY_STRING", ""))),
        headers=headers,
        body=body,
        unread_bytes=unread,
        parse_error=Violation("message", problem) if problem else None,
        mount=str(environ.get("SCRIPT_NAME", "")),
    )


def _host_of_target(environ: WSGIEnvironment) -> str | None:
    try:
        return host_of_target(_target(environ))
    except ValueError:
        return None


def _target(environ: WSGIEnvironment) -> str:
    """The request target as it was sent, if the server passes it on; else empty."""
    return str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "")


def _path(environ: WSGIEnvironment) -> str:
    """The path below the mount point, decoded segment by segment.

    ``PATH_INFO`` has lost the difference between ``/`` and ``%2F``. Many servers also pass the
    request target as it was sent; it is used where it starts with the mount point.
    """
    mount = str(environ.get("SCRIPT_NAME", ""))
    target = _target(environ).partition("?")[0]
    if target.startswith("/") and target.startswith(mount):
        return decode_path(target.removeprefix(mount)) or "/"
    path = str(environ.get("PATH_INFO", "")).encode("latin-1").decode("utf-8", "replace")
    return path.replace("%", "%25") or "/"


def _body(environ: WSGIEnvironment) -> tuple[bytes, int, str]:
    """The body, how many of its bytes are left unread, and what is wrong with it."""
    length, stream = str(environ.get("CONTENT_LENGTH") or "0"), environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):  # a chunked body ends by itself
        return _read(stream, LARGEST_BODY + 1), 0, ""
    if not CONTENT_LENGTH.fullmatch(length):
        return b"", 0, f"Content-Length must be a whole number, not {length[:40]!r}"
    if int(length) > LARGEST_BODY:
        return b"", int(length), ""
    body = _read(stream, int(length))
    if len(body) < int(length):
        return b"", 0, f"Content-Length is {length}, but the body has {len(body)} bytes"
    return body, 0, ""


def _read(stream: InputStream, size: int) -> bytes:
    parts = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
