"""The server under test, which a run reaches over HTTP only: requests out, exchanges back."""

from __future__ import annotations

import itertools
import re
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from urllib3 import HTTPResponse

from mock_server.contract.exchange import Exchange, Request, Response

from ..process import interruption
from .connection import TargetConnection
from .pace import Pace, Pauses, TargetBusyError
from .patience import GATEWAY_STATUSES, GatewayError, Patience, RecoveredError
from .redaction import TokenRedaction
from .shared_lists import SharedLists

JSON = "application/json"
RECENT = 5  # exchanges that may be the cause of an outage
MOST_OUTAGES = 2  # during one request
KNOWN_REASONS = re.compile(
    r"Connection refused|Name or service not known|Connection reset by peer"
    r"|certificate verify failed: [^()']*[^()' ]"
)
Query = Mapping[str, str] | tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Target:
    """The base URL of the server under test, the tokens of two callers, and how to reach it.

    timeout: seconds to wait for bytes. headers: further headers of every request to the host of the
    base URL; they are no part of a recorded request. proxy: the URL of an HTTP proxy.
    """

    base: str
    token: str | None = None
    other_token: str | None = None
    timeout: float = 10.0
    headers: Mapping[str, str] = field(default_factory=dict)
    proxy: str | None = None
    pace: Pace = field(default_factory=Pace, compare=False)
    patience: Patience = field(default_factory=Patience, compare=False)
    lists: SharedLists = field(default_factory=SharedLists, compare=False)

    @property
    def redaction(self) -> TokenRedaction:
        """Return the redaction of the tokens and of the further headers."""
        tokens = {"OTHER_TOKEN": self.other_token, "TOKEN": self.token}
        return TokenRedaction(tokens, self.headers)

    def headers_for(self, url: str, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the headers to send, which have precedence over the further headers."""
        if urlsplit(url).netloc != urlsplit(self.base).netloc:
            return dict(headers)
        sent = {name.lower() for name in headers}
        further = {name: text for name, text in self.headers.items() if name.lower() not in sent}
        return {**further, **headers}

    def probed(self, timeout: float) -> Target:
        """Return the same target for requests that are not part of the run."""
        shorter = min(timeout, self.timeout)
        return replace(self, timeout=shorter, patience=Patience(), pace=Pace())

    def url(self, path: str, query: Query = ()) -> str:
        """Return the URL of a path below the base URL."""
        return self.base + path + ("?" + urlencode(query) if query else "")


def _ignore_error(_request: Request, _url: str, _error: requests.RequestException) -> None:
    """Do nothing about a request without a response: the exception is still raised."""


def _give_up(_failed: Exchange, _recent: Sequence[Exchange], _error: Exception) -> bool:
    """Do not send a request again that got no response."""
    return False


Outage = Callable[[Exchange, Sequence[Exchange], requests.RequestException], bool]


@dataclass(eq=False)
class TargetSession(requests.Session):
    """The connections of one thread to a target.

    on_exchange: called with every exchange. on_error: called with every request that gets no
    response. on_outage: called before that with the request, the exchanges before it, and the first
    error; returns whether to send the request again. last: the last exchange.

    A session follows no redirect, and gives up on a response that is too long or too slow. The only
    environment variable that it reads is ``SSL_CERT_FILE``. Raises requests.RequestException.
    """

    target: Target
    on_exchange: Callable[[Exchange], None]
    on_error: Callable[[Request, str, requests.RequestException], None] = _ignore_error
    on_outage: Outage = _give_up
    last: Exchange = field(init=False)

    def __post_init__(self) -> None:
        super().__init__()
        self._recent: deque[Exchange] = deque(maxlen=RECENT)
        self.trust_env = False
        self.headers.clear()
        self._connection = TargetConnection(self.target.timeout, self.target.proxy)

    def send(self, request: requests.PreparedRequest, **_kwargs: Any) -> requests.Response:
        """Send a request of Schemathesis over the same connection as all other requests."""
        body = request.body.encode("utf-8") if isinstance(request.body, str) else request.body
        content = body if isinstance(body, bytes) and body else None  # a case has no stream
        headers = {_text(name): _text(text) for name, text in request.headers.items()}
        exchange = self._send(request.method or "", request.url or "", headers, content)
        return _as_requests_response(exchange, request)

    def close(self) -> None:
        self._connection.close()

    def send_request(
        self,
        method: str,
        path: str,
        query: Query = (),
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        """Send a request to a path below the base URL, and return the exchange."""
        return self.send_to_url(method, self.target.url(path, query), body, headers)

    def send_to_url(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Exchange:
        """Send a request to a URL without normalizing it, and return the exchange."""
        headers = dict(headers or {})
        if body is not None or method == "POST":
            headers["Content-Length"] = str(len(body or b""))
        return self._send(method, url, headers, body)

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Exchange:
        """Send a request at the pace of the run.

        It is sent again if the target wants it to wait, closes the connection, or cannot be reached
        by its gateway. An error of a request that then gets a response is a RecoveredError.
        """
        interruption.check()
        if interruption.reason():
            raise requests.ConnectionError("the run was interrupted")
        request = self._request(method, url, headers, body or b"")
        sent_headers = self.target.headers_for(url, headers)
        first_error: requests.RequestException | None = None
        outages = 0
        for attempt in itertools.count(1):
            try:
                self.last = self._attempt(request, url, sent_headers, body)
                break
            except requests.RequestException as error:
                pause = self._pause(error, attempt)
                if pause is None and isinstance(error, GatewayError):
                    self.last, first_error = error.exchange, None  # it is how the server responds
                    break
                if pause is None:
                    failed = Exchange.without_response(request, url)
                    latest = tuple(reversed(self._recent))
                    if outages < MOST_OUTAGES and self.on_outage(
                        failed, latest, first_error or error
                    ):
                        first_error, outages = None, outages + 1
                        continue
                    self.on_error(request, url, error)
                    raise
                first_error = first_error or error
                time.sleep(pause)
        if first_error is not None:
            recovered = RecoveredError()
            recovered.__cause__ = first_error
            self.on_error(request, url, recovered)
        status_only = Response(self.last.response.status)
        self._recent.append(replace(self.last, response=status_only))
        self.on_exchange(self.last)
        return self.last

    def _attempt(
        self, request: Request, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Exchange:
        pauses = Pauses(self.target.pace)
        if self._is_judged:
            self._connection.timeout = self.target.patience.timeout(self.target.timeout)
        while True:
            self.target.pace.wait()
            sent = datetime.now(UTC)
            response = self._connection.send(request.method, url, body, headers)
            received = datetime.now(UTC)
            if not pauses.pause(response, received):
                response = replace(response, body=self.target.lists.body(response.body))
                exchange = Exchange(request, response, url, sent, received)
                if self._is_judged and response.status in GATEWAY_STATUSES:
                    raise GatewayError(exchange)
                return exchange

    def _pause(self, error: requests.RequestException, attempt: int) -> float | None:
        """Return the seconds after which to send a request again; None if it finally failed.

        Without a function for errors, no response in time is expected: for example, a long stream.
        """
        if isinstance(error, requests.Timeout) and not self._is_judged:
            return None
        return self.target.patience.pause(error, attempt)

    @property
    def _is_judged(self) -> bool:
        return self.on_error is not _ignore_error

    def _request(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Request:
        parts, base = urlsplit(url), urlsplit(self.target.base)
        below = parts.path.startswith(base.path) and parts.netloc == base.netloc
        return Request(
            method=method,
            path=parts.path[len(base.path) :] if below else parts.path,
            query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): text for name, text in headers.items()},
            body=body,
        )


def _as_requests_response(
    exchange: Exchange, request: requests.PreparedRequest
) -> requests.Response:
    """Return a response as an object of requests, which Schemathesis reads."""
    received, response = exchange.response, requests.Response()
    response.request, response.url = request, exchange.url
    response.status_code = received.status
    response.headers.update(received.headers)
    response.raw = HTTPResponse(
        received.body, dict(received.headers), received.status, preload_content=False
    )
    response._content = received.body
    response.elapsed = exchange.received - exchange.sent
    return response


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def failure_reason(error: requests.RequestException) -> str:
    """Return a short reason why a request got no response."""
    if isinstance(error, TargetBusyError):
        return str(error)
    if isinstance(error, RecoveredError) and isinstance(error.__cause__, requests.RequestException):
        return failure_reason(error.__cause__)
    if isinstance(error, requests.Timeout):
        return "no response in time"
    text = str(error)
    if "IncompleteRead" in text:
        return "the connection closed before the end of the body"
    reason = KNOWN_REASONS.search(text)
    if reason:
        return reason[0].removeprefix("certificate verify failed: ")
    return (text.splitlines() or [type(error).__name__])[0][:160]
