"""The implementation under test, met over HTTP alone: requests out, exchanges back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from urllib3 import HTTPResponse

from mock_server.contract.exchange import Request, Response

from .connection import TargetConnection
from .redaction import TokenRedaction

JSON = "application/json"
KNOWN_REASONS = re.compile(
    r"Connection refused|Name or service not known|Connection reset by peer"
    r"|certificate verify failed: [^()']*[^()' ]"
)


@dataclass(frozen=True)
class Exchange:
    """A request, its answer, and when it was; ``now`` is the target's own clock.

    ``request`` has the path below the target's base URL, or the whole one when it is not below.
    """

    request: Request
    response: Response
    url: str
    sent: datetime
    received: datetime

    @property
    def now(self) -> datetime:
        """The answer's ``Date``, cut to whole seconds, or its receipt, whichever is later: a Date
        may be missing or odd."""
        return max(self._date(timedelta(seconds=1)) or self.received, self.received)

    @property
    def earliest(self) -> datetime:
        """The answer's ``Date``, or when the request was sent, whichever is earlier."""
        return min(self._date(timedelta()) or self.sent, self.sent)

    def _date(self, later: timedelta) -> datetime | None:
        """So long after the answer's ``Date``; None when it is missing, odd or of no zone."""
        try:
            date = parsedate_to_datetime(self.response.header("date") or "") + later
        except (ValueError, TypeError, OverflowError):
            return None
        return date if date.tzinfo else None

    @property
    def seconds(self) -> float:
        """How long the answer took."""
        return (self.received - self.sent).total_seconds()

    @classmethod
    def without_response(cls, request: Request, url: str) -> Exchange:
        """What stands for an exchange whose answer did not come: its status is 0."""
        now = datetime.now(UTC)
        return cls(request, Response(0), url, now, now)


@dataclass(frozen=True)
class Target:
    """Where the implementation is, and as whom it is met. ``timeout`` is in seconds."""

    base: str
    token: str | None = None
    other_token: str | None = None
    timeout: float = 10.0

    @property
    def redaction(self) -> TokenRedaction:
        """What hides the tokens."""
        return TokenRedaction({"OTHER_TOKEN": self.other_token, "TOKEN": self.token})

    def url(self, path: str, query: Mapping[str, str] | tuple[tuple[str, str], ...] = ()) -> str:
        """The URL of a path below the base."""
        return self.base + path + ("?" + urlencode(query) if query else "")


def _nothing(_request: Request, _url: str, _error: requests.RequestException) -> None:
    """What is told of an answer that does not come, when nobody listens."""


@dataclass(eq=False)
class TargetSession(requests.Session):
    """Connections to one target, of one thread; tells ``heard`` of every exchange on them.

    It follows no redirect, reads of the environment only which certificates to trust
    (``SSL_CERT_FILE``), and gives up on an answer that is too long or too slow. Raises
    requests.RequestException.
    """

    target: Target
    heard: Callable[[Exchange], None]
    silent: Callable[[Request, str, requests.RequestException], None] = _nothing
    last: Exchange = field(init=False)

    def __post_init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.headers.clear()
        self._connection = TargetConnection(self.target.timeout)

    def send(self, request: requests.PreparedRequest, **_kwargs: Any) -> requests.Response:
        """What Schemathesis sends goes the same way as all else."""
        body = request.body.encode("utf-8") if isinstance(request.body, str) else request.body
        content = body if isinstance(body, bytes) and body else None  # a case has no stream
        headers = {_text(name): _text(text) for name, text in request.headers.items()}
        exchange = self._hear(request.method or "", request.url or "", headers, content)
        return _as_requests(exchange, request)

    def close(self) -> None:
        self._connection.close()

    def send_request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | tuple[tuple[str, str], ...] = (),
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        """Sends exactly this, and returns the exchange."""
        return self.send_to_url(method, self.target.url(path, query), body, headers)

    def send_to_url(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        """Sends a request to a URL as it is written."""
        headers = dict(headers or {})
        if body is not None or method == "POST":
            headers["Content-Length"] = str(len(body or b""))
        return self._hear(method, url, headers, body)

    def _hear(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Exchange:
        request = self._request(method, url, headers, body or b"")
        sent = datetime.now(UTC)
        try:
            answer = self._connection.answer(method, url, body, headers)
        except requests.RequestException as error:
            self.silent(request, url, error)
            raise
        self.last = Exchange(request, answer, url, sent, datetime.now(UTC))
        self.heard(self.last)
        return self.last

    def _request(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Request:
        """A request as it goes out, its path below the target's base."""
        parts, base = urlsplit(url), urlsplit(self.target.base)
        below = parts.path.startswith(base.path) and parts.netloc == base.netloc
        return Request(
            method=method,
            path=parts.path[len(base.path) :] if below else parts.path,
            query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): text for name, text in headers.items()},
            body=body,
        )


def _as_requests(exchange: Exchange, request: requests.PreparedRequest) -> requests.Response:
    """The answer as requests would have it, and Schemathesis reads it."""
    answer, response = exchange.response, requests.Response()
    response.request, response.url = request, exchange.url
    response.status_code = answer.status
    response.headers.update(answer.headers)
    raw = HTTPResponse(answer.body, dict(answer.headers), answer.status, preload_content=False)
    response.raw = raw
    response._content = answer.body
    response.elapsed = exchange.received - exchange.sent
    return response


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def reason(error: requests.RequestException) -> str:
    """Why there is no answer, in a few words."""
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    text = str(error)
    known = KNOWN_REASONS.search(text)
    if known:
        return known[0].removeprefix("certificate verify failed: ")
    return (text.splitlines() or [type(error).__name__])[0][:160]
