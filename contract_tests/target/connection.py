"""A connection to a target: a request goes out as it is written, its answer comes back whole.

http.client speaks HTTP/1.1; requests, whose errors are raised here, would tidy what is sent, and
takes four times as long for a small answer.
"""

from __future__ import annotations

import http.client
import os
import ssl
import time
import zlib
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

import requests
from certifi import where
from urllib3.util import wait_for_read

from mock_server.contract.exchange import Response

LARGEST_ANSWER = 64 * 1024 * 1024  # bytes
PART = 64 * 1024  # bytes that are read at once
NAME = "contract-tests"
REST = 1.0  # seconds without a request after which a connection rests
ENDED = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)
UNTOUCHED = "!#$%&'()*+,/:;=?@[]~"  # of a path and query, beside letters and digits
ENCODINGS = {"gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}


class TargetConnection:
    """Connects when it is first used, and again when the target or another host is to be met.

    timeout: seconds to wait for bytes; an answer has come whole after twice as long.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._host: tuple[str, str] | None = None
        self._open: http.client.HTTPConnection | None = None
        self._used = 0.0  # when, and whether what is asked now is so on a connection that rested
        self._rested = False

    def answer(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Response:
        """The answer to a request. Raises requests.RequestException.

        A server may end a connection that rests at any moment (RFC 9112, section 9.5): what it then
        did not answer is asked once more.
        """
        try:
            return self._answer(method, url, body, headers)
        except BaseException as error:
            rested = self._rested and isinstance(error, ENDED)
            self.close()
            if rested:
                return self.answer(method, url, body, headers)
            raise _as_requests(error) from error

    def close(self) -> None:
        """Closes what is open; the next request connects anew."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def __del__(self) -> None:
        self.close()  # whoever forgets one leaves no socket behind

    def _answer(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Response:
        deadline = time.monotonic() + 2 * self._timeout
        parts = urlsplit(url)
        now = time.monotonic()
        before, connection = self._open, self._to(parts.scheme, parts.netloc)
        self._rested = connection is before and now - self._used > REST
        asked = url.partition("://")[2].removeprefix(parts.netloc).partition("#")[0]
        connection.putrequest(method, quote(asked or "/", safe=UNTOUCHED))
        for name, value in {"User-Agent": NAME, **headers}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        with connection.getresponse() as response:
            content = _decoded(response, _read(response, deadline))
            names = dict.fromkeys(name for name in response.headers)
            told = ((name, ", ".join(response.headers.get_all(name, ()))) for name in names)
            answer = Response(response.status, tuple(told), content)
            self._used = time.monotonic()
            if response.will_close:
                self.close()
        return answer

    def _to(self, scheme: str, host: str) -> http.client.HTTPConnection:
        """The open connection, unless the other side has ended it or has more to say."""
        used = self._open
        same = used is not None and used.sock is not None and self._host == (scheme, host)
        if used is not None and same and not wait_for_read(used.sock, timeout=0):
            return used
        self.close()
        if scheme == "https":
            trusted = os.environ.get("SSL_CERT_FILE") or where()
            context = ssl.create_default_context(cafile=trusted)
            self._open = http.client.HTTPSConnection(host, timeout=self._timeout, context=context)
        else:
            self._open = http.client.HTTPConnection(host, timeout=self._timeout)
        self._host = (scheme, host)
        return self._open


def _read(response: http.client.HTTPResponse, deadline: float) -> bytes:
    content = bytearray()
    while part := response.read1(PART):
        content += part
        if len(content) > LARGEST_ANSWER:
            raise requests.exceptions.ContentDecodingError(
                f"the answer is longer than {LARGEST_ANSWER} bytes"
            )
        if time.monotonic() > deadline:
            raise requests.exceptions.ReadTimeout("the answer does not come to its end")
    if response.length:
        raise http.client.IncompleteRead(bytes(content), response.length)
    return bytes(content)


def _decoded(response: http.client.HTTPResponse, content: bytes) -> bytes:
    """The body as it was before it was compressed, which nobody asked for but anyone may do."""
    encoding = response.getheader("content-encoding", "").strip().lower()
    if encoding not in ENCODINGS or not content:
        return content
    unpack = zlib.decompressobj(ENCODINGS[encoding])
    unpacked = unpack.decompress(content, LARGEST_ANSWER)
    if unpack.unconsumed_tail:
        raise requests.exceptions.ContentDecodingError(
            f"the answer is longer than {LARGEST_ANSWER} bytes"
        )
    return unpacked


def _as_requests(error: BaseException) -> BaseException:
    """The error that requests has for what went wrong."""
    for kind, named in ERRORS.items():
        if isinstance(error, kind):
            return named(str(error))
    return error


ERRORS: Mapping[type[BaseException], type[requests.RequestException]] = {
    TimeoutError: requests.exceptions.ReadTimeout,
    ssl.SSLError: requests.exceptions.SSLError,
    OSError: requests.exceptions.ConnectionError,
    http.client.HTTPException: requests.exceptions.ConnectionError,
    UnicodeError: requests.exceptions.InvalidURL,  # a host's name that is none
    zlib.error: requests.exceptions.ContentDecodingError,
}
