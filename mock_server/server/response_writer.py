"""Answers as the bytes of HTTP/1.1."""

from __future__ import annotations

from functools import lru_cache

from ..contract.exchange import Response
from ..http.messages import reason_phrase
from .request_parser import Message

CLOSE, KEEP = "Connection: close\r\n", "Connection: keep-alive\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"


def head(answer: Response, message: Message, last: bool) -> bytes:
    """The status line and the headers. last: the connection ends after this answer.

    Raises ValueError for a header that would end its line.
    """
    size = None if answer.stream is not None or answer.status == 204 else len(answer.body)
    framing = CHUNKED if answer.stream is not None and not message.old else ""
    ending = CLOSE if last else KEEP if message.old else ""
    return _head(answer.status, answer.headers, size, framing + ending)


@lru_cache(256)
def _head(status: int, headers: tuple[tuple[str, str], ...], size: int | None, rest: str) -> bytes:
    lines = [f"HTTP/1.1 {status} {reason_phrase(status)}\r\n"]
    for name, value in headers:
        if "\n" in value or "\r" in value:
            raise ValueError(f"the header {name} is one line, not {value!r}")
        lines.append(f"{name}: {value}\r\n")
    if size is not None:
        lines.append(f"Content-Length: {size}\r\n")
    return "".join([*lines, rest, "\r\n"]).encode("latin-1")


def body(answer: Response, message: Message) -> bytes:
    """What follows the headers; a HEAD is told only how long it would be."""
    return b"" if message.request.method == "HEAD" else answer.body


def chunk(part: bytes) -> bytes:
    """A part of a stream; an empty one would end it."""
    return b"%x\r\n%b\r\n" % (len(part), part) if part else b""


LAST_CHUNK = b"0\r\n\r\n"
