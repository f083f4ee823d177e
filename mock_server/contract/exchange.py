"""A request and its answer as plain values, the same for the mock and for any target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """A request. Header names are in lower case; query holds decoded pairs in their order."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def media_type(self) -> str:
        """The media type without parameters, in lower case; empty when none is given."""
        return media_type(self.headers.get("content-type", ""))


@dataclass(frozen=True)
class Answer:
    """An answer before it is HTTP. Header names as they are to be sent."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The value of a header, whatever the case of its name; None when it is absent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def media_type(self) -> str:
        """The media type without parameters, in lower case; empty when none is given."""
        return media_type(self.header("content-type") or "")

    def with_headers(self, headers: Iterable[tuple[str, str]]) -> Answer:
        """The same answer with more headers."""
        return Answer(self.status, (*self.headers, *headers), self.body)


def media_type(text: str) -> str:
    """The essence of a Content-Type (RFC 9110, section 8.3.1)."""
    return text.partition(";")[0].strip().lower()
