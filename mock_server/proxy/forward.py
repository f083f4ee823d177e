"""Forward a request to the upstream, judge the exchange, and return the response.

request → enforce: refuse what the contract does not allow → upstream → fallback: the mock, for
what the upstream lacks → judge → record → response, with its violations in a header
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ..app.handle import RequestInSession, outcome
from ..app.mock import Mock
from ..app.request_resolution import ResolvedRequest
from ..contract.document.operation import Operation, is_json
from ..contract.exchange import Exchange, Response
from ..contract.traffic import REQUEST, Breach, Judgement, TrafficJudge
from ..contract.traffic.bodies import BodyError, decoded
from ..contract.violations import Violation
from ..http import error_responses
from .headers import forwarded_request, forwarded_response
from .recording import Recorder
from .upstream import LARGEST_JUDGED, Upstream, UpstreamError, UpstreamResponse

log = logging.getLogger("mock_server")

HEADER = "X-Contract-Violations"
FALLBACK = "X-Mock-Fallback"
LONGEST_HEADER = 2_000  # characters
LISTED = 5  # violations in the header, and in the log
NOT_OFFERED = (404, 405, 501)  # statuses of a server that lacks an operation
BAD_GATEWAY = 502
TOO_LARGE = "the body is a stream, or too large"


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

    def operate(self, mock: Mock, current: RequestInSession) -> Response:
        """Return the response to a request of a session."""
        known = current.resolution.operation is not None
        if self.enforce and not isinstance(current.resolution.outcome, ResolvedRequest):
            return outcome(mock, current)
        sent = datetime.now(UTC)
        try:
            answer = self._send(current)
        except UpstreamError as error:
            log.warning("%s: %s", self.upstream.base, error.reason)
            if self.fallback and known:
                return _of_mock(mock, current, error.reason)
            violation = Violation(
                "upstream", f"{self.upstream.base} gave no response", found=error.reason
            )
            return error_responses.problem(error.status, [violation])
        exchange = self._exchange(current, answer, sent)
        if self.fallback and known and self._is_lacking(current.resolution.operation, exchange):
            return _of_mock(mock, current, f"{answer.status} of the upstream")
        return self._judged(mock, answer, exchange)

    def _send(self, current: RequestInSession) -> UpstreamResponse:
        request = current.request
        headers = forwarded_request(request.headers, self.upstream.host)
        return self.upstream.send(request.method, _target(current), headers, request.body)

    def _exchange(
        self, current: RequestInSession, answer: UpstreamResponse, sent: datetime
    ) -> Exchange:
        """Return the exchange with the decoded body, as far as there is one."""
        request = replace(current.request, path=current.resolution.path)
        url = self.upstream.base + _target(current)
        body = b"" if answer.body is None else answer.body
        response = Response(answer.status, answer.headers, body)
        return Exchange(request, response, url, sent, datetime.now(UTC))

    def _is_lacking(self, operation: Operation | None, exchange: Exchange) -> bool:
        """Return whether the upstream lacks an operation: its error is not a documented one."""
        response = exchange.response
        if operation is None or response.status not in NOT_OFFERED:
            return False
        documented = operation.documented(response.status)
        if documented is None:
            return True
        return bool(self.traffic.judge.response(operation, None, response, exchange.now))

    def _judged(self, mock: Mock, answer: UpstreamResponse, exchange: Exchange) -> Response:
        exchange, unjudged = _decoded(answer, exchange)
        judgement = self.traffic.judged(exchange, unjudged)
        breaches = _of_api(judgement, exchange)
        for breach in breaches[:LISTED]:
            log.warning("%s breaks the contract: %s: %s", *_named(judgement, breach))
        response = Response(
            answer.status,
            forwarded_response(answer.headers),
            answer.body or b"",
            length=answer.length if answer.body is None or not answer.body else None,
            violations=tuple(each.violation for each in breaches),
            forwarded=True,
        )
        if answer.parts is not None:
            parts = _waiting(answer.parts, mock.sessions.while_waiting)
            response = replace(response, stream=self.recorder.recorded(exchange, parts, unjudged))
        else:
            self.recorder.add(exchange, breaches, unjudged)
        if breaches and self.enforce:
            if answer.parts is not None:
                answer.parts.close()
            issues = [each.violation for each in breaches]
            return error_responses.problem(BAD_GATEWAY, issues).with_headers([_header(breaches)])
        return response.with_headers([_header(breaches)]) if breaches else response


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


def _of_api(judgement: Judgement, exchange: Exchange) -> tuple[Breach, ...]:
    """Return the breaches that concern the API: pages and images beside it are none."""
    if judgement.operation is None and not is_json(exchange.response.media_type):
        return ()
    return judgement.breaches


def _named(judgement: Judgement, breach: Breach) -> tuple[str, str, Violation]:
    operation = judgement.operation
    side = "the request" if breach.side == REQUEST else "the response"
    return operation.id if operation else "the exchange", side, breach.violation


def _header(breaches: tuple[Breach, ...]) -> tuple[str, str]:
    """Return the header that lists violations, as JSON in ASCII."""
    listed = [
        {
            "side": breach.side,
            "rule": breach.violation.rule,
            "pointer": breach.violation.pointer,
            "message": breach.violation.message,
            "found": breach.violation.found[:100],
        }
        for breach in breaches[:LISTED]
    ]
    text = json.dumps(listed)
    while len(text) > LONGEST_HEADER and len(listed) > 1:
        listed.pop()
        text = json.dumps(listed)
    return HEADER, text if len(text) <= LONGEST_HEADER else f'[{{"count": {len(breaches)}}}]'


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
