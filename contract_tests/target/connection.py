"""A connection to a target, which sends each request unchanged and reads the complete response.

It uses http.client because requests would normalize the URL and the headers, and is four times as
slow for a small response. The errors are those of requests, which Schemathesis expects.
"""

from __future__ import annotations

import http.client
import io
import os
import socket
import ssl
import time
import zlib
from base64 import b64encode
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

import requests
from certifi import where
from urllib3.util import wait_for_read

from mock_server.contract.exchange import Response

if TYPE_CHECKING:
    from typing_extensions import Buffer

LARGEST_RESPONSE = 64 * 1024 * 1024  # bytes
CHUNK = 64 * 1024  # bytes that are read at once
NAME = "contract-tests"
IDLE = 1.0  # seconds
CLOSED = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)
NOT_QUOTED = "!#$%&'()*+,/:;=?@[]~"  # in a path and query, besides letters and digits
ENCODINGS = {"gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
TOO_LONG = f"the response is longer than {LARGEST_RESPONSE} bytes"


class TargetConnection:
    """Opens a connection for the first request, and again if it was closed or the host changes.

    timeout: seconds to wait for the status and the headers. The body may take as long again. proxy:
    the URL of an HTTP proxy. idle: seconds without a request after which the server may have closed
    the connection.
    """

    def __init__(self, timeout: float, proxy: str | None = None, idle: float = IDLE) -> None:
        self.timeout, self._idle = timeout, idle
        self._proxy = urlsplit(proxy) if proxy else None
        self._host: tuple[str, str] | None = None
        self._open: http.client.HTTPConnection | None = None
        self._used_at = 0.0  # of the monotonic clock
        self._may_be_closed = False  # whether the current request uses such a connection
        self._had_error = False  # whether the last response was an error of the server

    def send(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Response:
        """Send a request and return its response. Raises requests.RequestException.

        A server may close a connection at any time (RFC 9112, section 9.5): many close an idle one,
        and some close one after a response with status 500. A request that fails for this reason
        is sent once more.
        """
        try:
            return self._send(method, url, body, headers)
        except BaseException as error:
            retry = self._may_be_closed and isinstance(error, CLOSED)
            self.close()
            if retry:
                return self.send(method, url, body, headers)
            raise _as_requests_error(error) from error

    def close(self) -> None:
        """Close the connection. The next request opens a new one."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def __del__(self) -> None:
        self.close()  # a session that nobody closes must not leave a socket open

    def _send(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Response:
        start = time.monotonic()
        parts = urlsplit(url)
        now = time.monotonic()
        before, connection = self._open, self._to(parts.scheme, parts.netloc)
        idle = now - self._used_at > self._idle
        self._may_be_closed = connection is before and (idle or self._had_error)
        path = url.partition("://")[2].removeprefix(parts.netloc).partition("#")[0]
        request_target, to_proxy = quote(path or "/", safe=NOT_QUOTED), {}
        if self._proxy is not None and parts.scheme == "http":
            # RFC 9112, section 3.2.2
            request_target = f"http://{parts.netloc}{request_target}"
            to_proxy = _proxy_credentials(self._proxy)
        connection.response_class = partial(  # type: ignore[assignment]
            _TimedResponse, timeout=self.timeout, deadline=start + self.timeout
        )
        connection.timeout = self.timeout
        if connection.sock is not None:
            connection.sock.settimeout(self.timeout)
        connection.putrequest(method, request_target)
        for name, value in {"User-Agent": NAME, **to_proxy, **headers}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        _acknowledge_at_once(connection)
        with connection.getresponse() as raw:
            raw.reader.deadline = start + 2 * self.timeout  # type: ignore[attr-defined]
            content = _decoded(raw, _read(raw))
            names = dict.fromkeys(name for name in raw.headers)
            received = ((name, ", ".join(raw.headers.get_all(name, ()))) for name in names)
            response = Response(raw.status, tuple(received), content)
            self._used_at, self._had_error = time.monotonic(), raw.status >= 500
            if raw.will_close:
                self.close()
        return response

    def _to(self, scheme: str, host: str) -> http.client.HTTPConnection:
        """Return the open connection, or a new one if the server closed it or sent more bytes."""
        current = self._open
        same = current is not None and current.sock is not None and self._host == (scheme, host)
        if current is not None and same and not wait_for_read(current.sock, timeout=0):
            return current
        self.close()
        first_host = self._proxy.netloc.rpartition("@")[2] if self._proxy is not None else host
        if scheme == "https":
            trusted = os.environ.get("SSL_CERT_FILE") or where()
            context = ssl.create_default_context(cafile=trusted)
            self._open = http.client.HTTPSConnection(
                first_host, timeout=self.timeout, context=context
            )
            if self._proxy is not None:
                self._open.set_tunnel(host, headers=_proxy_credentials(self._proxy))
        else:
            self._open = http.client.HTTPConnection(first_host, timeout=self.timeout)
        self._host = (scheme, host)
        return self._open


def _proxy_credentials(proxy: SplitResult) -> dict[str, str]:
    """Return the header with the user and password of a proxy's URL, if it has them."""
    if proxy.username is None:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": "Basic " + b64encode(pair.encode()).decode()}


class _TimedReader(io.RawIOBase):
    """Reads from a socket until a deadline, however often the server sends a byte.

    timeout: seconds to wait for the next bytes. deadline: of the monotonic clock.
    """

    def __init__(self, connected: socket.socket, timeout: float, deadline: float) -> None:
        self._socket, self._timeout, self.deadline = connected, timeout, deadline
        self._raw = connected.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int | None:
        remaining = self.deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the response does not end")
        self._socket.settimeout(min(self._timeout, remaining))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    """A response whose status line and headers, `100 Continue` included, have one deadline."""

    def __init__(
        self, connected: socket.socket, *args: Any, timeout: float, deadline: float, **kwargs: Any
    ) -> None:
        super().__init__(connected, *args, **kwargs)
        self.fp.close()
        self.reader = _TimedReader(connected, timeout, deadline)
        self.fp = io.BufferedReader(self.reader, CHUNK)


def _acknowledge_at_once(connection: http.client.HTTPConnection) -> None:
    """Do not delay acknowledgements, for which a server that writes twice would wait 40 ms."""
    if connection.sock is not None and hasattr(socket, "TCP_QUICKACK"):
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _read(response: http.client.HTTPResponse) -> bytes:
    content = bytearray()
    while chunk := response.read1(CHUNK):
        content += chunk
        if len(content) > LARGEST_RESPONSE:
            raise requests.exceptions.ContentDecodingError(TOO_LONG)
    if response.length:
        raise http.client.IncompleteRead(bytes(content), response.length)
    return bytes(content)


def _decoded(response: http.client.HTTPResponse, content: bytes) -> bytes:
    """Return the body without its content encoding.

    The run sends no `Accept-Encoding`, but a server may compress a body anyway.
    """
    encoding = response.getheader("content-encoding", "").strip().lower()
    if encoding not in ENCODINGS or not content:
        return content
    decompressor = zlib.decompressobj(ENCODINGS[encoding])
    decompressed = decompressor.decompress(content, LARGEST_RESPONSE)
    if decompressor.unconsumed_tail:
        raise requests.exceptions.ContentDecodingError(TOO_LONG)
    return decompressed


def _as_requests_error(error: BaseException) -> BaseException:
    """Return the exception that requests has for this error, or the error if it has none."""
    for kind, requests_error in ERRORS.items():
        if isinstance(error, kind):
            return requests_error(str(error))
    return error


ERRORS: Mapping[type[BaseException], type[requests.RequestException]] = {
    TimeoutError: requests.exceptions.ReadTimeout,
    ssl.SSLError: requests.exceptions.SSLError,
    OSError: requests.exceptions.ConnectionError,
    http.client.HTTPException: requests.exceptions.ConnectionError,
    UnicodeError: requests.exceptions.InvalidURL,  # a host name that IDNA cannot encode
    zlib.error: requests.exceptions.ContentDecodingError,
}
