"""The mock as a WSGI application (PEP 3333): bytes of the wire to a Request, an Answer to bytes."""

from __future__ import annotations

import logging
import re
import selectors
import socket
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from http import HTTPStatus
from typing import Protocol
from urllib.parse import parse_qsl, unquote
from wsgiref.types import StartResponse, WSGIEnvironment

from ..contract.exchange import Request, Response
from ..contract.requests import LARGEST_BODY
from ..contract.violations import Violation
from ..faults.delivery import SOCKET, deliver

log = logging.getLogger("mock_server")

LENGTH = re.compile(r"[0-9]{1,18}")


class Stream(Protocol):
    """A body to be read."""

    def read(self, size: int, /) -> bytes: ...


def application(
    respond: Callable[[Request], Response],
) -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
    """The WSGI application that answers with ``respond``."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began = time.perf_counter()
        request = request_of(environ)
        answer = respond(request)
        body = b"" if request.method == "HEAD" else answer.body
        parts: Iterable[bytes] = [body]
        if answer.stream is not None and request.method == "HEAD":
            answer.stream.close()
        elif answer.stream is not None:
            parts = while_listened(answer.stream, environ.get(SOCKET))
        headers = [*answer.headers]
        if answer.status != 204 and answer.stream is None:
            headers.append(("Content-Length", str(len(answer.body))))
        start_response(f"{answer.status} {phrase(answer.status)}", headers)
        tell(request, answer, began)
        return parts if answer.delivery is None else deliver(parts, answer.delivery, environ)

    return app


def while_listened(
    stream: Generator[bytes, None, None], client: socket.socket | None
) -> Iterator[bytes]:
    """The parts of a stream, until the client has left; an empty one is a moment to look."""
    with closing(stream):
        for part in stream:
            if part:
                yield part
            elif _has_left(client):
                return


def _has_left(client: socket.socket | None) -> bool:
    """Whether a client has closed its connection; unknown where a server does not show it."""
    if client is None:
        return False
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ)
            return bool(selector.select(0)) and not client.recv(1, socket.MSG_PEEK)
    except (OSError, ValueError):
        return True


def request_of(environ: WSGIEnvironment) -> Request:
    """The request of a WSGI environment; a body longer than is allowed is not read to its end."""
    headers = {
        key[5:].replace("_", "-").lower(): str(value)
        for key, value in environ.items()
        if key.startswith("HTTP_")
    }
    for key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(key):
            headers[key.replace("_", "-").lower()] = str(environ[key])
    query = str(environ.get("QUERY_STRING", ""))
    body, unread, broken = _body(environ)
    return Request(
        method=str(environ["REQUEST_METHOD"]),
        path=_path(environ),
        query=tuple(parse_qsl(query, keep_blank_values=True, errors="surrogateescape")),
        headers=headers,
        body=body,
        unread=unread,
        broken=Violation("message", broken) if broken else None,
    )


def _path(environ: WSGIEnvironment) -> str:
    """The path as it was sent, decoded segment by segment: an encoded slash parts nothing, and
    empty segments stay, as ``PATH_INFO`` would not tell."""
    sent = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "")
    if not sent.startswith("/"):  # absolute form, or a server that does not say
        return str(environ.get("PATH_INFO", "")).encode("latin-1").decode("utf-8", "replace")
    return decoded(sent.partition("?")[0])


def decoded(path: str) -> str:
    """A path as it was sent, decoded segment by segment: an encoded slash parts nothing."""
    return "/".join(unquote(segment).replace("/", "%2F") for segment in path.split("/"))


def _body(environ: WSGIEnvironment) -> tuple[bytes, int, str]:
    """The body, how many bytes of one that is too long are left, and why it is none."""
    length, stream = str(environ.get("CONTENT_LENGTH") or "0"), environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):  # a chunked body ends by itself
        return _read(stream, LARGEST_BODY + 1), 0, ""
    if not LENGTH.fullmatch(length):
        return b"", 0, f"Content-Length is a whole number, not {length[:40]!r}"
    if int(length) > LARGEST_BODY:
        return b"", int(length), ""
    body = _read(stream, int(length))
    if len(body) < int(length):
        return b"", 0, f"the body has the {length} bytes that Content-Length says, not {len(body)}"
    return body, 0, ""


def _read(stream: Stream, size: int) -> bytes:
    parts = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def phrase(status: int) -> str:
    """What a status is called."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def tell(request: Request, answer: Response, began: float) -> None:
    """Logs an exchange. began: of the performance counter, in seconds."""
    if log.isEnabledFor(logging.INFO):
        spent = (time.perf_counter() - began) * 1000
        log.info("%s %s → %d (%.1f ms)", request.method, _line(request), answer.status, spent)


def _line(request: Request) -> str:
    """The path for a log, without the query, which may hold a token; no control character."""
    return "".join(c if c.isprintable() else "\ufffd" for c in request.path)[:200]
