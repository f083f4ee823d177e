"""The real server behind the proxy: send a request, and receive its response.

A call waits for its response in the event loop or in a thread. In the loop the socket does not
block, and a call is received as far as bytes have come. A thread waits for the rest of a call: it
opens connections, sends long bodies, passes streams on and repeats what failed.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ..contract.violations import ContractError, Violation
from .kept_connections import PORTS, KeptConnections
from .response_reader import InvalidResponseError, ResponseReader

READ_SIZE = 64 * 1024  # bytes
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")  # methods that can be sent again (RFC 9110, 9.2.2)
BAD_GATEWAY, GATEWAY_TIMEOUT = 502, 504
FAILURES = (OSError, InvalidResponseError)  # of a call
NOT_YET = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


# Of OpenSSL (X509_V_ERR_...): DEPTH_ZERO_SELF_SIGNED_CERT, SELF_SIGNED_CERT_IN_CHAIN,
# UNABLE_TO_GET_ISSUER_CERT_LOCALLY, UNABLE_TO_VERIFY_LEAF_SIGNATURE
OF_UNKNOWN_AUTHORITY = (18, 19, 20, 21)


class UpstreamError(Exception):
    """The upstream gave no response. status: of the response to the client."""

    def __init__(self, reason: str, status: int = BAD_GATEWAY) -> None:
        self.reason, self.status = reason, status
        super().__init__(reason)


@dataclass(frozen=True)
class UpstreamResponse:
    """A response of the upstream, as it came.

    body: None if it is a stream, or too large to be judged; then ``parts`` yields it. length: the
    value of ``Content-Length``, if there is one.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    parts: Generator[bytes, None, None] | None = None
    length: int | None = None

    def header(self, name: str) -> str:
        """Return the value of a header; "" if it is absent."""
        return next((text for key, text in self.headers if key.lower() == name), "")


@dataclass
class Call:
    """A request on a connection to the upstream, and its response as far as it has come.

    message: the bytes of the request. is_kept: whether the connection had other requests before.
    unsent: the rest of the request. failure: why there will be no response.
    """

    method: str
    message: bytes
    connection: socket.socket
    is_kept: bool
    reader: ResponseReader = field(init=False)
    unsent: memoryview | bytes = field(init=False)
    failure: Exception | None = None

    def __post_init__(self) -> None:
        self.reader, self.unsent = ResponseReader(self.method), self.message

    def send(self) -> None:
        """Send as much of the request as the connection takes.

        An error shows when the response is received: a server can respond before it has the whole
        request, and then close the connection.
        """
        try:
            while self.unsent:
                self.unsent = memoryview(self.unsent)[self.connection.send(self.unsent) :]
        except TimeoutError as error:
            self.failure = error
        except OSError:
            pass

    def receive(self) -> bool:
        """Take what has come of the response. Return whether it is known how it goes on.

        Returns False only if the connection does not block.
        """
        try:
            while not self.reader.is_settled and self.failure is None:
                self.reader.feed(self.connection.recv(READ_SIZE))
        except NOT_YET:
            return False
        except FAILURES as error:
            self.failure = error
        return True

    @property
    def has_whole_response(self) -> bool:
        """Return whether the response is there, so that nobody has to wait for it."""
        return self.failure is None and self.reader.complete and not self.reader.is_stream

    @property
    def can_be_repeated(self) -> bool:
        """Return whether a failed call may be sent again: the server can close a kept connection
        at the moment of its use."""
        unnoticed = self.is_kept and not self.reader.began
        return unnoticed and self.method in SAFE and not isinstance(self.failure, TimeoutError)


class Upstream:
    """The upstream at a base URL. timeout: seconds to wait for bytes."""

    def __init__(self, base: str, timeout: float = 30.0) -> None:
        parts = urlsplit(base)
        self.base, self.timeout = base, timeout
        self.host, self._path = parts.netloc.rpartition("@")[2], parts.path
        self._connections = KeptConnections(base, timeout)

    def start(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Call | None:
        """Send a request on a kept connection, without waiting; None if there is none.

        target: the path and the query, as they were sent.
        """
        connection = self._connections.take()
        if connection is None:
            return None
        call = Call(method, self._message(method, target, headers, body), connection, True)
        call.send()
        return call

    def send(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> UpstreamResponse:
        """Send a request, and return the response. Redirects are not followed.

        Raises UpstreamError.
        """
        call = self.start(method, target, headers, body)
        if call is None:
            call = self._opened(method, self._message(method, target, headers, body))
        return self.finish(call)

    def finish(self, call: Call) -> UpstreamResponse:
        """Return the response of a call; wait for it if it has not come. Raises UpstreamError."""
        if not call.has_whole_response:
            call.connection.settimeout(self.timeout)
            call.send()
            call.receive()
        if call.failure is not None:
            call.connection.close()
            if call.can_be_repeated:
                return self.finish(self._opened(call.method, call.message))
            raise _failure(call.failure)
        reader, headers = call.reader, tuple(call.reader.headers)
        if not reader.complete:
            parts = self._parts(call)
            return UpstreamResponse(reader.status, headers, None, parts, reader.length)
        self._release(call)
        return UpstreamResponse(reader.status, headers, reader.take(), None, reader.length)

    def close(self) -> None:
        """Close the connections that no call uses."""
        self._connections.close()

    def _opened(self, method: str, message: bytes) -> Call:
        """Return a call on a new connection. Raises UpstreamError."""
        try:
            return Call(method, message, self._connections.open(), False)
        except OSError as error:
            reason = error.strerror or str(error)
            if isinstance(error, ssl.SSLCertVerificationError):
                raise UpstreamError(_untrusted(error)) from None
            status = GATEWAY_TIMEOUT if isinstance(error, TimeoutError) else BAD_GATEWAY
            raise UpstreamError(f"it cannot be reached: {reason}", status) from None

    def _message(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
        fields = "".join(
            [f"{name}: {text}\r\n" for name, text in headers.items() if name != "content-length"]
        )
        has_body = body or "content-length" in headers
        length = f"content-length: {len(body)}\r\n" if has_body else ""
        head = f"{method} {self._path}{target} HTTP/1.1\r\n{fields}{length}\r\n"
        return head.encode("latin-1") + body

    def _parts(self, call: Call) -> Generator[bytes, None, None]:
        """Yield a body as it comes. Closes the connection if the client leaves before its end.

        Raises ConnectionError if the upstream does.
        """
        try:
            call.connection.settimeout(self.timeout)
            while True:
                if part := call.reader.take():
                    yield part
                if call.reader.complete:
                    return
                call.reader.feed(call.connection.recv(READ_SIZE))
        except FAILURES as error:
            raise ConnectionAbortedError(_failure(error).reason) from None
        finally:
            self._release(call)

    def _release(self, call: Call) -> None:
        """Keep the connection of a call if it can take another one, or close it."""
        if call.reader.reusable and not call.unsent:
            self._connections.keep(call.connection)
        else:
            with suppress(OSError):
                call.connection.close()


def _untrusted(error: ssl.SSLCertVerificationError) -> str:
    """Return why a certificate is not trusted, in words."""
    reason = f"its certificate is not trusted: {error.verify_message}"
    if error.verify_code in OF_UNKNOWN_AUTHORITY:
        return f"{reason}; set SSL_CERT_FILE to the file of its CA"
    return reason


def _late() -> UpstreamError:
    """Return the error of a server that does not respond in time."""
    return UpstreamError("it did not respond in time", GATEWAY_TIMEOUT)


def _failure(error: Exception) -> UpstreamError:
    """Return why the upstream gave no response, in words."""
    if isinstance(error, TimeoutError):
        return _late()
    reason = getattr(error, "strerror", None) or error
    return UpstreamError(f"it sent no valid response: {str(reason)[:120]}")


def checked_base(text: str) -> str:
    """Return the base URL of an upstream, without a slash at its end. Raises ContractError."""
    try:
        parts = urlsplit(text)
        valid = parts.scheme in PORTS and parts.hostname and not parts.query
        valid = valid and parts.port != 0  # raises ValueError for one that is no number
    except ValueError:
        valid = False
    if not valid or any(each.isspace() for each in text):
        message, fix = "must be the URL of a server", "write it as http://127.0.0.1:3000"
        raise ContractError([Violation("--upstream", message, found=text, fix=fix)])
    return text.rstrip("/")
