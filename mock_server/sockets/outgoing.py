"""Answers as the bytes of HTTP/1.1."""

from __future__ import annotations

from functools import cache

from ..contract.exchange import Answer
from ..wsgi import phrase
from .incoming import Message

CLOSE, KEEP = "Connection: close\r\n", "Connection: keep-alive\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"


def head(answer: Answer, message: Message, last: bool) -> bytes:
    """The status line and the headers. last: the connection ends after this answer.

    Raises ValueError for a header that would end its line.
    """
    lines = [status_line(answer.status)]
    for name, value in answer.headers:
        if "\n" in value or "\r" in value:
            raise ValueError(f"the header {name} is one line, not {value!r}")
        lines.append(f"{name}: {value}\r\n")
    if answer.stream is not None:
        lines.append("" if message.old else CHUNKED)
    elif answer.status != 204:
        lines.append(f"Content-Length: {len(answer.body)}\r\n")
    if last:
        lines.append(CLOSE)
    elif message.old:
        lines.append(KEEP)
    lines.append("\r\n")
    return "".join(lines).encode("latin-1")


def body(answer: Answer, message: Message) -> bytes:
    """What follows the headers; a HEAD is told only how long it would be."""
    return b"" if message.request.method == "HEAD" else answer.body


def chunk(part: bytes) -> bytes:
    """A part of a stream; an empty one would end it."""
    return b"%x\r\n%b\r\n" % (len(part), part) if part else b""


LAST_CHUNK = b"0\r\n\r\n"


@cache
def status_line(status: int) -> str:
    """The first line of an answer."""
    return f"HTTP/1.1 {status} {phrase(status)}\r\n"
