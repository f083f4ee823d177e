"""A request and its answer as plain values, the same for the mock and for any target."""

from __future__ import annotations

from collections.abc import Generator, Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from .violations import Violation


@dataclass(frozen=True)
class Request:
    """A request. Header names are in lower case; query holds decoded pairs in their order.

    unread: how many bytes of a body that is too long were left where they are; broken: why it
    is no message of HTTP, and so asks for nothing.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    unread_bytes: int = 0
    parse_error: Violation | None = None

    @property
    def size(self) -> int:
        """How many bytes the body has, as far as they were read or announced."""
        return len(self.body) + self.unread_bytes

    @property
    def media_type(self) -> str:
        """The media type without parameters, in lower case; empty when none is given."""
        return media_type(self.headers.get("content-type", ""))


@dataclass(frozen=True)
class Delivery:
    """How an answer leaves when a fault asks for another way than the plain one.

    delay: seconds before the first byte; rate: bytes of the body a second; cut_at: how many bytes
    of the body are sent before the connection ends, -1 for not even the status line; reset: it ends
    with a reset (RST) and not as if all were well (FIN); cut_after: how many events of a stream
    are sent before it ends.
    """

    delay: float = 0.0
    rate: float | None = None
    cut_at: int | None = None
    reset: bool = False
    cut_after: int | None = None


@dataclass(frozen=True)
class Response:
    """An answer before it is HTTP. Header names as they are to be sent.

    stream: the body in parts that come in their time, in place of ``body``; an empty one is a
    moment to look whether anyone still listens. served: the names of the fixtures and scenarios
    that it shows; faults: the faults that disturbed it. shows: of what the body is made, so that
    the same request is answered with the same bytes for the same; None when that cannot be said.
    until: the instant (milliseconds) from which it shows something else; None for never.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    stream: Generator[bytes, None, None] | None = None
    served: tuple[str, ...] = ()
    content_key: tuple[Hashable, ...] | None = None
    valid_until: int | None = None
    faults: tuple[str, ...] = ()
    delivery: Delivery | None = None

    def header(self, name: str) -> str | None:
        """The value of a header, whatever the case of its name; None when it is absent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def media_type(self) -> str:
        """The media type without parameters, in lower case; empty when none is given."""
        return media_type(self.header("content-type") or "")

    @property
    def sent_in_parts(self) -> bool:
        """Whether it goes out in parts, some of which may be waited for."""
        return self.stream is not None or self.delivery is not None

    def with_headers(self, headers: Iterable[tuple[str, str]]) -> Response:
        """Return the same response with more headers."""
        # Every response passes here, and `dataclasses.replace` takes four times as long.
        response = object.__new__(Response)
        response.__dict__.update(self.__dict__, headers=(*self.headers, *headers))
        return response


def operation_method(method: str) -> str:
    """The method whose operation answers: HEAD is GET without the body (RFC 9110, 9.3.2)."""
    return "GET" if method == "HEAD" else method


def allowed_methods(methods: Iterable[str]) -> list[str]:
    """The methods of a path as ``Allow`` names them: HEAD where GET is, OPTIONS everywhere."""
    listed = list(methods)
    return [*listed, *(["HEAD"] if "GET" in listed else []), "OPTIONS"]


def media_type(text: str) -> str:
    """The essence of a Content-Type (RFC 9110, section 8.3.1)."""
    return text.partition(";")[0].strip().lower()
