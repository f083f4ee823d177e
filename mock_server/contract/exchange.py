"""HTTP messages as plain values, used for the mock and for any other server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from werkzeug.http import parse_date

from .parts import Parts
from .violations import Violation

Query = tuple[tuple[str, str], ...]
PAIR = 200  # approximate bytes of memory of two texts in a tuple
WITHOUT_BODY = (204, 205, 304)  # statuses of responses without a body (RFC 9110)
ENCODED_SLASH = "%2F"  # in a decoded path: a slash within a segment


@dataclass(frozen=True)
class Request:
    """A request. Header names are in lower case; ``query`` holds decoded pairs in their order.

    unread_bytes: the number of body bytes that were not read because the body is too large.
    parse_error: why the bytes are not a valid HTTP message; None for a valid request.
    error_status: the status of the response to a request with a parse error.
    mount: the path at which a host application mounts the mock; ``path`` does not contain it.
    target: the path and the query as they were sent; "" if that is unknown.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    unread_bytes: int = 0
    parse_error: Violation | None = None
    error_status: int = 400
    mount: str = ""
    target: str = ""

    @classmethod
    def of(
        cls,
        method: str,
        path: str,
        query: Query,
        headers: Mapping[str, str],
        body: bytes,
        unread_bytes: int,
        target: str,
        size_in_memory: int | None,
    ) -> Request:
        """Return a valid request. Three times as fast as the constructor, for a server.

        size_in_memory: None to compute it when it is needed.
        """
        request = object.__new__(cls)
        request.__dict__.update(
            method=method,
            path=path,
            query=query,
            headers=headers,
            body=body,
            unread_bytes=unread_bytes,
            parse_error=None,
            error_status=400,
            mount="",
            target=target,
        )
        if size_in_memory is not None:
            request.__dict__["size_in_memory"] = size_in_memory
        return request

    @property
    def size(self) -> int:
        """Return the size of the body in bytes, including bytes that were not read."""
        return len(self.body) + self.unread_bytes

    @cached_property
    def size_in_memory(self) -> int:
        """Return the approximate size of the request in bytes, as far as it was read."""
        names = sum(map(len, self.headers)) + sum(map(len, self.headers.values()))
        pairs = (
            sum(len(name) + len(value) + PAIR for name, value in self.query) if self.query else 0
        )
        return len(self.body) + len(self.path) + names + pairs

    @property
    def media_type(self) -> str:
        """Return the media type without parameters, in lower case; empty without Content-Type."""
        return media_type(self.headers.get("content-type", ""))


@dataclass(frozen=True)
class Delivery:
    """How a fault changes the sending of a response.

    delay: seconds before the first byte.
    rate: bytes of the body per second; None for no limit.
    cut_at: bytes of the body that are sent before the connection closes, -1 to close it before the
    status line; None sends the complete body.
    reset: close the connection with RST instead of FIN.
    cut_after: events of a stream that are sent before it ends; None for all.
    """

    delay: float = 0.0
    rate: float | None = None
    cut_at: int | None = None
    reset: bool = False
    cut_after: int | None = None


@dataclass(frozen=True)
class Response:
    """A response before it is serialized. Header names have the case in which they are sent.

    stream: yields the body in parts over time, and replaces ``body``.
    served: the names of the fixtures and scenarios in the body.
    cacheable: the same request gets the same bytes again, in the same session state and until
    ``valid_until`` (ms since 1970; None for ever).
    faults: the names of the faults that changed the response.
    violations: what is wrong with the response that this one, a 500, replaces; or with this one, if
    it is forwarded.
    length: the size of the body in bytes, if it is not that of ``body``: of a stream, or for HEAD.
    forwarded: whether another server has made it, so that its headers are sent as they are.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    stream: Parts | None = None
    served: tuple[str, ...] = ()
    cacheable: bool = False
    valid_until: int | None = None
    faults: tuple[str, ...] = ()
    delivery: Delivery | None = None
    violations: tuple[Violation, ...] = ()
    length: int | None = None
    forwarded: bool = False

    def header(self, name: str) -> str | None:
        """Return the value of a header, ignoring the case of its name; None if it is absent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def media_type(self) -> str:
        """Return the media type without parameters, in lower case; empty without Content-Type."""
        return media_type(self.header("content-type") or "")

    @property
    def sent_in_parts(self) -> bool:
        """Return whether the response is sent in parts, with waits between them."""
        return self.stream is not None or self.delivery is not None

    def with_headers(self, headers: Iterable[tuple[str, str]]) -> Response:
        """Return the response with additional headers."""
        # called for every response, and `dataclasses.replace` takes four times as long
        response = object.__new__(Response)
        response.__dict__.update(self.__dict__, headers=(*self.headers, *headers))
        return response


@dataclass(frozen=True)
class Exchange:
    """A request with its response, its URL, and the times of sending and receiving.

    ``request.path`` is the path below the base URL of the server, or the complete path if the URL
    is not below it.
    """

    request: Request
    response: Response
    url: str
    sent: datetime
    received: datetime

    @property
    def now(self) -> datetime:
        """The latest current time of the server.

        It is the end of the second in the `Date` header, or the time of receiving if that is later:
        a `Date` may be missing or wrong.
        """
        return max(self._date(timedelta(seconds=1)) or self.received, self.received)

    @property
    def earliest(self) -> datetime:
        """The earliest current time of the server: its `Date`, or the time of sending."""
        return min(self._date(timedelta()) or self.sent, self.sent)

    def _date(self, later: timedelta) -> datetime | None:
        """Return the `Date` header plus a duration; None if it is missing or invalid."""
        date = parse_date(self.response.header("date"))
        try:
            return date and date + later
        except OverflowError:  # at the end of the year 9999
            return None

    @property
    def seconds(self) -> float:
        """The response time in seconds."""
        return (self.received - self.sent).total_seconds()

    @classmethod
    def without_response(cls, request: Request, url: str) -> Exchange:
        """Return an exchange with status 0, for a request that got no response."""
        now = datetime.now(UTC)
        return cls(request, Response(0), url, now, now)


def operation_method(method: str) -> str:
    """Return the method of the operation that handles a request: GET for HEAD (RFC 9110, 9.3.2)."""
    return "GET" if method == "HEAD" else method


def allowed_methods(methods: Iterable[str]) -> list[str]:
    """Return the ``Allow`` header of a path: its methods, OPTIONS, and HEAD if it has GET."""
    listed = list(methods)
    return [*listed, *(["HEAD"] if "GET" in listed else []), "OPTIONS"]


def media_type(text: str) -> str:
    """Return the media type of a Content-Type without parameters (RFC 9110, section 8.3.1)."""
    return text.partition(";")[0].strip().lower()


def host_of_target(target: str) -> str | None:
    """Return the host and port of a request target in absolute form; None for a path.

    It replaces the header Host (RFC 9112, section 3.2.2). Raises ValueError for an invalid URL.
    """
    if target.startswith("/") or "://" not in target:
        return None
    return urlsplit(target).netloc.rpartition("@")[2]


def decode_path(path: str) -> str:
    """Return a path with its percent-encoding decoded, segment by segment.

    Two characters stay encoded: a slash as ``%2F``, so that it does not separate segments, and so
    ``%`` as ``%25``. `decode_segment` and `encode_path` rely on it.
    """
    if "%" not in path:
        return path
    return "/".join(_decoded(segment) for segment in path.split("/"))


def _decoded(segment: str) -> str:
    return unquote(segment).replace("%", "%25").replace("/", "%2F")


def decode_segment(text: str) -> str:
    """Return the text of a part of a decoded path, in which ``%2F`` is a slash."""
    return text.replace("%2F", "/").replace("%25", "%")


def encode_path(path: str) -> str:
    """Return a decoded path as a URL contains it (RFC 3986, section 3.3)."""
    return quote(path, safe="/%:@!$&'()*+,;=~")


def parse_query(text: str) -> Query:
    """Return the decoded pairs of a query string, in their order.

    Bytes that are not UTF-8 become lone surrogates, so that request validation can reject them.
    """
    return tuple(parse_qsl(text, keep_blank_values=True, errors="surrogateescape"))
