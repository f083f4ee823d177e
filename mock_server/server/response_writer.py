"""Write responses as bytes of HTTP/1.1 (RFC 9112)."""

from __future__ import annotations

from contextlib import closing

from ..contract.exchange import Response
from ..contract.parts import Parts
from ..faults.delivery import body_parts
from ..http.messages import reason_phrase
from .request_parser import Message

CLOSE, KEEP = "Connection: close\r\n", "Connection: keep-alive\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"


def head(response: Response, message: Message, last: bool) -> bytes:
    """Return the status line and the headers. last: the connection ends after this response.

    Raises ValueError for a header value with a line break, which could smuggle a second response.
    """
    streams = response.stream is not None
    size = None if streams or response.status == 204 else len(response.body)
    size = size if response.length is None else response.length
    framing = CHUNKED if size is None and streams and not message.old else ""
    ending = CLOSE if last else KEEP if message.old else ""
    headers, status = response.headers, response.status
    fields = "".join([f"{name}: {value}\r\n" for name, value in headers])
    # Counting is faster than a look at each header.
    if fields.count("\n") > len(headers) or fields.count("\r") > len(headers):
        name, value = next((n, v) for n, v in headers if "\n" in v or "\r" in v)
        raise ValueError(f"the header {name} must be one line, not {value!r}")
    length = "" if size is None else f"Content-Length: {size}\r\n"
    status_line = f"HTTP/1.1 {status} {reason_phrase(status)}\r\n"
    return f"{status_line}{fields}{length}{framing}{ending}\r\n".encode("latin-1")


def body(response: Response, message: Message) -> bytes:
    """Return the body; nothing for HEAD, whose headers still have its length."""
    return b"" if message.request.method == "HEAD" else response.body


def ends_connection(response: Response, message: Message) -> bool:
    """Return whether the connection ends after a response that is sent in parts.

    HTTP/1.0 has no chunks, so there the end of the connection is the end of a stream.
    """
    ends_by_itself = response.stream is None or response.length is not None
    return response.delivery is not None or (message.old and not ends_by_itself)


def parts(response: Response, message: Message, last: bool) -> Parts:
    """Yield the bytes of a response that is sent in parts, and the pauses between them.

    The headers are sent with the first bytes of the body. Raises ValueError as ``head`` does.
    """
    in_chunks = response.stream is not None and response.length is None and not message.old
    with closing(body_parts(response, message.request.method)) as made:
        unsent = head(response, message, last)
        for part in made:
            if isinstance(part, bytes):
                data = unsent + (chunk(part) if in_chunks else part)
                unsent = b""
                if data:
                    yield data
            else:
                yield part
    if in_chunks and message.request.method != "HEAD":
        unsent += LAST_CHUNK
    if unsent:
        yield unsent


def chunk(part: bytes) -> bytes:
    """Return a part of a stream as a chunk; nothing for an empty part, which would end the body."""
    return b"%x\r\n%b\r\n" % (len(part), part) if part else b""


LAST_CHUNK = b"0\r\n\r\n"
