"""The mock as a WSGI application (PEP 3333): bytes of the wire to a Request, an Answer to bytes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Protocol
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIEnvironment

from .contract.exchange import Answer, Request
from .contract.requests import LARGEST_BODY

log = logging.getLogger("mock_server")

MOST_DISCARDED = 64 * LARGEST_BODY  # bytes of a body too large that are read so that it can be told


class Stream(Protocol):
    """A body to be read."""

    def read(self, size: int, /) -> bytes: ...


def application(
    respond: Callable[[Request], Answer],
) -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
    """The WSGI application that answers with ``respond``."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began = time.perf_counter()
        request = request_of(environ)
        answer = respond(request)
        body = b"" if request.method == "HEAD" else answer.body
        headers = [*answer.headers]
        if answer.status != 204:
            headers.append(("Content-Length", str(len(answer.body))))
        start_response(f"{answer.status} {_phrase(answer.status)}", headers)
        spent = (time.perf_counter() - began) * 1000
        log.info("%s %s → %d (%.1f ms)", request.method, _line(request), answer.status, spent)
        return [body]

    return app


def request_of(environ: WSGIEnvironment) -> Request:
    """The request of a WSGI environment; of its body at most one byte more than is allowed."""
    headers = {
        key[5:].replace("_", "-").lower(): str(value)
        for key, value in environ.items()
        if key.startswith("HTTP_")
    }
    for key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(key):
            headers[key.replace("_", "-").lower()] = str(environ[key])
    path = str(environ.get("PATH_INFO", "")).encode("latin-1").decode("utf-8", "replace")
    query = str(environ.get("QUERY_STRING", ""))
    return Request(
        method=str(environ["REQUEST_METHOD"]),
        path=path,
        query=tuple(parse_qsl(query, keep_blank_values=True, max_num_fields=None)),
        headers=headers,
        body=_body(environ),
    )


def _body(environ: WSGIEnvironment) -> bytes:
    length = str(environ.get("CONTENT_LENGTH") or "")
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):  # a chunked body ends by itself
        left = MOST_DISCARDED
    elif length.isascii() and length.isdigit():
        left = min(int(length), MOST_DISCARDED)
    else:
        return b""
    body = _read(stream, min(left, LARGEST_BODY + 1))
    rest = left - len(body)
    while rest > 0 and len(body) > LARGEST_BODY and (more := stream.read(min(rest, LARGEST_BODY))):
        rest -= len(more)  # a client that is still sending would not see the answer
    return body


def _read(stream: Stream, size: int) -> bytes:
    parts = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _line(request: Request) -> str:
    """The path and query for a log: no control character passes."""
    query = "&".join(f"{name}={value}" for name, value in request.query)
    line = f"{request.path}?{query}" if query else request.path
    return "".join(c if c.isprintable() else "\ufffd" for c in line)[:200]
