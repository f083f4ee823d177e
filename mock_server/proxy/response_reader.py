"""Parse the response of another server, with httptools (llhttp). It reads no socket."""

from __future__ import annotations

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

MIB = 1024 * 1024
LARGEST_HEAD = MIB // 4  # bytes of a status line and headers
LARGEST_JUDGED = 8 * MIB  # bytes of a body that is kept as a whole; a larger one is a stream
STREAM = "text/event-stream"
SWITCHING = 101  # a status


class InvalidResponseError(ValueError):
    """The bytes are not a valid response, or it ends too early."""


class ResponseReader:
    """Parses the response to one request, from bytes as they come.

    method: of the request. began: some bytes have come; headed: the headers have; complete: the
    body has; reusable: the connection can take another request; is_stream: the body is to be passed
    on in parts, since it may have no end, or is too large. Interim responses (1xx) are dropped.
    """

    def __init__(self, method: str) -> None:
        self.status = 0
        self.headers: list[tuple[str, str]] = []
        self.began = self.headed = self.complete = self.reusable = self.is_stream = False
        self.length: int | None = None  # the value of Content-Length
        self._has_body = method != "HEAD"
        self._parts: list[bytes] = []
        self._read = self._kept = 0
        self._is_interim = False
        self._parser = HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True)

    @property
    def is_settled(self) -> bool:
        """Return whether it is known how the response goes on: it is complete, or a stream."""
        return self.complete or self.is_stream

    def feed(self, data: bytes) -> None:
        """Take bytes; none if the server has closed the connection.

        Raises InvalidResponseError.
        """
        if not data:
            self._end()
            return
        self.began = True
        self._read += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            raise InvalidResponseError("it switched to another protocol") from None
        except HttpParserError as error:
            if not self.complete:
                raise InvalidResponseError(str(error) or type(error).__name__) from None
            self.reusable = False  # something follows the response
        if not self.headed and self._read > LARGEST_HEAD:
            raise InvalidResponseError(f"its headers have more than {LARGEST_HEAD} bytes")

    def take(self) -> bytes:
        """Return the part of the body that has come since the last call."""
        parts, self._parts, self._kept = self._parts, [], 0
        return parts[0] if len(parts) == 1 else b"".join(parts)

    @property
    def size(self) -> int:
        """The bytes of the body that ``take`` would return."""
        return self._kept

    def _end(self) -> None:
        self.reusable = False
        if self.complete:
            return
        chunked = any(name.lower() == "transfer-encoding" for name, _ in self.headers)
        if not self.headed:
            raise InvalidResponseError("it closed the connection without a response")
        if self.length is not None or chunked:
            of = "the body" if self.length is None else f"{self.length} bytes"
            raise InvalidResponseError(f"it closed the connection before the end of {of}")
        self.complete = True  # RFC 9112, section 6.3: the end of the connection ends the body

    def on_message_begin(self) -> None:
        if self.complete:
            self.reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.headed:  # otherwise it is a trailer (RFC 9110, section 6.5.1)
            self.headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        if self.headed:
            return
        status = self._parser.get_status_code()
        if 100 <= status < 200 and status != SWITCHING:
            self._is_interim = True
            self.headers.clear()
            return
        self.status, self.headed = status, True
        for name, value in self.headers:
            lower = name.lower()
            if lower == "content-length" and value.isdecimal():
                self.length = int(value)
            elif lower == "content-type" and value.startswith(STREAM):
                self.is_stream = self._has_body
        self.is_stream |= self._has_body and (self.length or 0) > LARGEST_JUDGED
        if not self._has_body:
            self.complete, self.reusable = True, self._parser.should_keep_alive()

    def on_body(self, part: bytes) -> None:
        if self.complete:
            self.reusable = False
            return
        self._parts.append(part)
        self._kept += len(part)
        self.is_stream |= self._kept > LARGEST_JUDGED

    def on_message_complete(self) -> None:
        if self._is_interim:
            self._is_interim = False
        elif not self.complete:
            self.complete, self.reusable = True, self._parser.should_keep_alive()
