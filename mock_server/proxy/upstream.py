"""The real server behind the proxy. urllib3 keeps the connections to it."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError, LocationParseError

from ..contract.violations import ContractError, Violation

CONNECTIONS = 100  # that are kept open
LARGEST_JUDGED = (
    8 * 1024 * 1024
)  # bytes of a body that is read as a whole; a larger one is a stream
PART = 64 * 1024  # bytes of a stream that are read at once
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")  # methods that can be sent again (RFC 9110, 9.2.2)
STREAM = "text/event-stream"
BAD_GATEWAY, GATEWAY_TIMEOUT = 502, 504


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


@dataclass(frozen=True)
class Upstream:
    """The upstream at a base URL. timeout: seconds to connect, and to wait for bytes."""

    base: str
    timeout: float = 30.0
    _pool: urllib3.HTTPConnectionPool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        timeout = urllib3.Timeout(connect=min(self.timeout, 5.0), read=self.timeout)
        # A pool of one server sends a path as it is; a manager of pools would normalize it.
        pool = urllib3.connection_from_url(
            self.base, maxsize=CONNECTIONS, block=False, timeout=timeout
        )
        object.__setattr__(self, "_pool", pool)

    @property
    def host(self) -> str:
        """The host and the port of the base URL."""
        return urlsplit(self.base).netloc.rpartition("@")[2]

    def send(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> UpstreamResponse:
        """Send a request, and return the response. Redirects are not followed.

        target: the path and the query, as they were sent. Raises UpstreamError.
        """
        has_body = bool(body) or "content-length" in headers
        for attempt in (1, 2):
            try:
                response = self._pool.urlopen(
                    method,
                    urlsplit(self.base).path + target,
                    body=body if has_body else None,
                    headers=dict(headers),
                    preload_content=False,
                    decode_content=False,
                    redirect=False,
                    retries=False,
                )
                return self._received(method, response)
            except HTTPError as error:
                # A kept connection can be closed by the upstream at the moment of its use.
                stale = isinstance(error, urllib3.exceptions.ProtocolError)
                if attempt == 2 or method not in SAFE or not stale:
                    raise _failure(error) from None
        raise AssertionError("unreachable")

    def _received(self, method: str, response: urllib3.BaseHTTPResponse) -> UpstreamResponse:
        headers = tuple(response.headers.iteritems())
        length = response.headers.get("content-length")
        size = int(length) if length and length.isdecimal() else None
        if method == "HEAD" or response.status in (204, 304):
            response.release_conn()
            return UpstreamResponse(response.status, headers, b"", None, size)
        is_stream = response.headers.get("content-type", "").startswith(STREAM)
        if is_stream or (size or 0) > LARGEST_JUDGED:
            return UpstreamResponse(response.status, headers, None, _parts(response), size)
        start = response.read(LARGEST_JUDGED + 1)
        if len(start) > LARGEST_JUDGED:
            parts = _parts(response, start)
            return UpstreamResponse(response.status, headers, None, parts, size)
        if size is not None and len(start) < size:
            raise UpstreamError(f"it closed the connection after {len(start)} of {size} bytes")
        response.release_conn()
        return UpstreamResponse(response.status, headers, start, None, size)


def _parts(response: urllib3.BaseHTTPResponse, start: bytes = b"") -> Generator[bytes, None, None]:
    """Yield a body as it comes. Closes the connection if the client leaves before its end.

    Raises ConnectionError if the upstream does.
    """
    ended = False
    try:
        if start:
            yield start
        while part := response.read1(PART):
            yield part
        ended = True
    except HTTPError as error:
        raise ConnectionAbortedError(_failure(error).reason) from None
    finally:
        with suppress(HTTPError, OSError):
            response.release_conn() if ended else response.close()


def _failure(error: HTTPError) -> UpstreamError:
    """Return why the upstream gave no response, in words."""
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return UpstreamError(f"it cannot be reached: {str(error).rpartition('] ')[2]}")
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return UpstreamError("it did not respond in time", GATEWAY_TIMEOUT)
    cause = error.args[-1] if error.args else error
    reason = getattr(cause, "strerror", None) or getattr(error, "reason", None) or cause
    return UpstreamError(f"it sent no valid response: {str(reason)[:120]}")


def checked_base(text: str) -> str:
    """Return the base URL of an upstream, without a slash at its end. Raises ContractError."""
    try:
        parts = urllib3.util.parse_url(text)
        valid = parts.scheme in ("http", "https") and parts.host and not parts.query
    except LocationParseError:
        valid = False
    if not valid:
        message, fix = "must be the URL of a server", "write it as http://127.0.0.1:3000"
        raise ContractError([Violation("--upstream", message, found=text, fix=fix)])
    return text.rstrip("/")
