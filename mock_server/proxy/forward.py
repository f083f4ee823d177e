"""Forward a request to the upstream, judge the exchange, and return the response.

request → enforce: refuse what the contract does not allow → upstream → fallback: the mock, for
what the upstream lacks → judge → record → response, with its violations in a header

The event loop waits for most responses. A thread waits for what the loop cannot handle: a new
connection, a body that does not fit into the buffers of a connection, a stream, and a request in a
session with faults, since they decide whether it is forwarded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from ..app.handle import RequestInSession, in_session, outcome, respond, respond_in_session
from ..app.mock import Mock
from ..app.request_resolution import ResolvedRequest
from ..contract.document.operation import Operation
from ..contract.exchange import Exchange, Request, Response
from ..contract.traffic import TrafficJudge
from ..contract.traffic.bodies import BodyError, decoded
from ..contract.violations import Violation
from ..http import error_responses
from ..server.pending import Later, Made, Pending
from .headers import forwarded_request, forwarded_response
from .recording import Recorder
from .reporting import ViolationLog, header, of_api
from .response_reader import LARGEST_JUDGED
from .upstream import Call, Upstream, UpstreamError, UpstreamResponse

log = logging.getLogger("mock_server")

FALLBACK = "X-Mock-Fallback"
NOT_OFFERED = (404, 405, 501)  # statuses of a server that lacks an operation
BAD_GATEWAY = 502
TOO_LARGE = "the body is a stream, or too large"
LONG_BODY = 64 * 1024  # bytes; to judge a longer one takes as long as many other responses


@dataclass(frozen=True)
class Forwarded:
    """A request that goes to the upstream. target: its path and query; sent: when it was sent."""

    mock: Mock
    current: RequestInSession
    target: str
    sent: datetime


@dataclass(frozen=True)
class Proxy:
    """Forwards requests.

    enforce: whether what breaks the contract becomes an error. fallback: whether the mock responds
    where the upstream lacks an operation, or cannot be reached.
    """

    upstream: Upstream
    traffic: TrafficJudge
    recorder: Recorder
    enforce: bool = False
    fallback: bool = False
    violations: ViolationLog = field(default_factory=ViolationLog)

    def respond(self, mock: Mock, request: Request) -> Response:
        """Return the response to a request. It waits for the upstream."""
        return respond(mock, request, self._operate)

    def start(self, mock: Mock, request: Request) -> Made:
        """Return the response to a request, or what makes it."""
        current = in_session(mock, request)
        if isinstance(current, Response):
            return current
        if self._refuses(current):
            return respond_in_session(mock, current, outcome)
        forwarded = _forwarded(mock, current)
        has_faults = bool(current.session_state.faults)
        call = None if has_faults else self.upstream.start(*self._message(forwarded))
        if call is None:
            return partial(respond_in_session, mock, current, self._operate)
        if call.unsent:
            return partial(self._finished, forwarded, call)
        advance = partial(self._advance, forwarded, call)
        expire = partial(self._expire, forwarded, call)
        return Pending(call.connection, self.upstream.timeout, advance, expire)

    def _advance(self, forwarded: Forwarded, call: Call) -> Response | Later | None:
        """Return the response if it has come, or what waits for the rest; None for no more yet."""
        if not call.receive():
            return None
        if call.has_whole_response and call.reader.size <= LONG_BODY:
            return self._finished(forwarded, call)
        return partial(self._finished, forwarded, call)

    def _expire(self, forwarded: Forwarded, call: Call) -> Response:
        call.failure = TimeoutError()
        return self._finished(forwarded, call)

    def _finished(self, forwarded: Forwarded, call: Call) -> Response:
        """Return the response of a call, after a wait if it has not come."""

        def operate(*_: object) -> Response:
            return self._received(forwarded, partial(self.upstream.finish, call))

        return respond_in_session(forwarded.mock, forwarded.current, operate)

    def _operate(self, mock: Mock, current: RequestInSession) -> Response:
        """Return the response to a request of a session. It waits for the upstream."""
        if self._refuses(current):
            return outcome(mock, current)
        forwarded = _forwarded(mock, current)
        return self._received(forwarded, partial(self.upstream.send, *self._message(forwarded)))

    def _refuses(self, current: RequestInSession) -> bool:
        return self.enforce and not isinstance(current.resolution.outcome, ResolvedRequest)

    def _message(self, forwarded: Forwarded) -> tuple[str, str, dict[str, str], bytes]:
        request = forwarded.current.request
        headers = forwarded_request(request.headers, self.upstream.host)
        return request.method, forwarded.target, headers, request.body

    def _received(self, forwarded: Forwarded, receive: Callable[[], UpstreamResponse]) -> Response:
        """Return the response to a request that was forwarded.

        receive: returns the response of the upstream, or raises UpstreamError.
        """
        mock, current = forwarded.mock, forwarded.current
        operation = current.resolution.operation
        try:
            with mock.sessions.while_waiting():
                answer = receive()
        except UpstreamError as error:
            log.warning("%s: %s", self.upstream.base, error.reason)
            if self.fallback and operation is not None:
                return _of_mock(mock, current, error.reason)
            message = f"{self.upstream.base} gave no response"
            violation = Violation("upstream", message, found=error.reason)
            return error_responses.problem(error.status, [violation])
        exchange = self._exchange(forwarded, answer)
        if self.fallback and operation is not None and self._is_lacking(operation, exchange):
            return _of_mock(mock, current, f"{answer.status} of the upstream")
        return self._judged(mock, answer, exchange)

    def _exchange(self, forwarded: Forwarded, answer: UpstreamResponse) -> Exchange:
        """Return the exchange, with the body as it came."""
        current = forwarded.current
        request = replace(current.request, path=current.resolution.path)
        response = Response(answer.status, answer.headers, answer.body or b"")
        url = self.upstream.base + forwarded.target
        return Exchange(request, response, url, forwarded.sent, datetime.now(UTC))

    def _is_lacking(self, operation: Operation, exchange: Exchange) -> bool:
        """Return whether the upstream lacks an operation: its error is not a documented one."""
        response = exchange.response
        if response.status not in NOT_OFFERED:
            return False
        if operation.documented(response.status) is None:
            return True
        return bool(self.traffic.judge.response(operation, None, response, exchange.now))

    def _judged(self, mock: Mock, answer: UpstreamResponse, exchange: Exchange) -> Response:
        """Return the response for the client, after the exchange was judged and recorded."""
        exchange, unjudged = _decoded(answer, exchange)
        judgement = self.traffic.judged(exchange, unjudged)
        breaches = of_api(judgement, exchange)
        self.violations.add(judgement, breaches)
        response = Response(
            answer.status,
            forwarded_response(answer.headers),
            answer.body or b"",
            length=None if answer.body else answer.length,
            violations=tuple(each.violation for each in breaches),
            forwarded=True,
        )
        if answer.parts is not None:
            parts = _waiting(answer.parts, mock.sessions.while_waiting)
            response = replace(response, stream=self.recorder.recorded(exchange, parts, unjudged))
        else:
            self.recorder.add(exchange, breaches, unjudged)
        if not breaches:
            return response
        if self.enforce:
            if response.stream is not None:
                response.stream.close()
            issues = [each.violation for each in breaches]
            response = error_responses.problem(BAD_GATEWAY, issues)
        return response.with_headers([header(breaches)])


def in_front_of(mock: Mock, base: str) -> Mock:
    """Return a mock that is a proxy in front of a server, which responds at all other paths."""
    context = replace(mock.context, upstream=base)
    return replace(mock, context=context, index_paths=frozenset())


def _forwarded(mock: Mock, current: RequestInSession) -> Forwarded:
    return Forwarded(mock, current, _target(current), datetime.now(UTC))


def _target(current: RequestInSession) -> str:
    """Return the target of a request as it was sent, without the prefix of its session."""
    request, inner = current.request, current.resolution.path
    prefix = request.path[: len(request.path) - len(inner)]
    target = request.target
    if "://" in target.partition("?")[0]:  # the absolute form
        target = "/" + target.partition("://")[2].partition("/")[2]
    return target.removeprefix(prefix)


def _decoded(answer: UpstreamResponse, exchange: Exchange) -> tuple[Exchange, str]:
    """Return the exchange without a content coding, and why it cannot be judged, or ""."""
    if answer.body is None:
        return exchange, TOO_LARGE
    try:
        body = decoded(answer.body, answer.header("content-encoding"), LARGEST_JUDGED)
    except BodyError as error:
        return exchange, str(error)
    return replace(exchange, response=replace(exchange.response, body=body)), ""


def _of_mock(mock: Mock, current: RequestInSession, reason: str) -> Response:
    """Return the response of the mock, and say why it is not that of the upstream."""
    shown = reason.encode("ascii", "replace").decode()
    return outcome(mock, current).with_headers([(FALLBACK, shown)])


def _waiting(
    parts: Generator[bytes, None, None], waiting: Callable[[], AbstractContextManager[None]]
) -> Generator[bytes, None, None]:
    """Yield parts; another thread may compute while the next one is awaited."""
    try:
        while True:
            with waiting():
                part = next(parts, None)
            if part is None:
                return
            yield part
    finally:
        parts.close()
