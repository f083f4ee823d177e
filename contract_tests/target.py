"""The implementation under test, met over HTTP alone: requests out, exchanges back."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

from mock_server.contract.exchange import Answer, Request

from .redaction import Redaction

LARGEST_ANSWER = 64 * 1024 * 1024  # bytes
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
    answer: Answer
    url: str
    sent: datetime
    received: datetime

    @property
    def now(self) -> datetime:
        """The answer's ``Date``, cut to whole seconds, or its receipt, whichever is later: a Date
        may be missing or odd."""
        try:
            date = parsedate_to_datetime(self.answer.header("date") or "")
            return max(date + timedelta(seconds=1), self.received)
        except (ValueError, TypeError, OverflowError):
            return self.received

    @property
    def seconds(self) -> float:
        """How long the answer took."""
        return (self.received - self.sent).total_seconds()

    @classmethod
    def unanswered(cls, request: Request, url: str) -> Exchange:
        """What stands for an exchange whose answer did not come: its status is 0."""
        now = datetime.now(UTC)
        return cls(request, Answer(0), url, now, now)


@dataclass(frozen=True)
class Target:
    """Where the implementation is, and as whom it is met. ``timeout`` is in seconds."""

    base: str
    token: str | None = None
    other_token: str | None = None
    timeout: float = 10.0

    @property
    def redaction(self) -> Redaction:
        """What hides the tokens."""
        return Redaction({"OTHER_TOKEN": self.other_token, "TOKEN": self.token})

    def url(self, path: str, query: Mapping[str, str] | tuple[tuple[str, str], ...] = ()) -> str:
        """The URL of a path below the base."""
        return self.base + path + ("?" + urlencode(query) if query else "")


def _nothing(_request: Request, _url: str, _error: requests.RequestException) -> None:
    """What is told of an answer that does not come, when nobody listens."""


@dataclass(eq=False)
class Session(requests.Session):
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
        self.verify = os.environ.get("SSL_CERT_FILE") or True
        self.headers.clear()

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        kwargs |= {"allow_redirects": False, "stream": True, "timeout": self.target.timeout}
        kwargs["verify"] = self.verify
        sent, began = datetime.now(UTC), time.monotonic()
        try:
            response = super().send(request, **kwargs)
            response._content = _read(response, began + 2 * self.target.timeout)
        except requests.RequestException as error:
            self.silent(self._request(request), request.url or "", error)
            raise
        response._content_consumed = True
        response.history = []
        exchange = self._exchange(request, response, sent)
        self.last = exchange
        self.heard(exchange)
        return response

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | tuple[tuple[str, str], ...] = (),
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        """Sends exactly this, and returns the exchange."""
        return self.repeat(method, self.target.url(path, query), body, headers)

    def repeat(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        """Sends a request to a URL as it is written."""
        prepared = requests.Request(method, self.target.base, headers=dict(headers or {})).prepare()
        prepared.url = url  # requests would tidy the path
        if body is not None:
            prepared.body = body
            prepared.headers["Content-Length"] = str(len(body))
        elif method == "POST":
            prepared.headers["Content-Length"] = "0"
        self.send(prepared)
        return self.last

    def _exchange(
        self, request: requests.PreparedRequest, response: requests.Response, sent: datetime
    ) -> Exchange:
        headers = tuple(response.headers.items())
        answer = Answer(response.status_code, headers, response.content)
        return Exchange(self._request(request), answer, request.url or "", sent, datetime.now(UTC))

    def _request(self, request: requests.PreparedRequest) -> Request:
        """A request as it goes out, its path below the target's base."""
        parts, base = urlsplit(request.url or ""), urlsplit(self.target.base)
        below = parts.path.startswith(base.path) and parts.netloc == base.netloc
        body = request.body or b""
        content = body.encode("utf-8") if isinstance(body, str) else body
        return Request(
            method=request.method or "",
            path=parts.path[len(base.path) :] if below else parts.path,
            query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
            headers={_text(name).lower(): _text(text) for name, text in request.headers.items()},
            body=content if isinstance(content, bytes) else b"",
        )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _read(response: requests.Response, deadline: float) -> bytes:
    content = bytearray()
    with response:
        for chunk in response.iter_content(64 * 1024):
            content += chunk
            if len(content) > LARGEST_ANSWER:
                raise requests.exceptions.ContentDecodingError(
                    f"the answer is longer than {LARGEST_ANSWER} bytes"
                )
            if time.monotonic() > deadline:
                raise requests.exceptions.ReadTimeout("the answer does not come to its end")
    return bytes(content)


def reason(error: requests.RequestException) -> str:
    """Why there is no answer, in a few words."""
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    text = str(error)
    known = KNOWN_REASONS.search(text)
    if known:
        return known[0].removeprefix("certificate verify failed: ")
    return (text.splitlines() or [type(error).__name__])[0][:160]
