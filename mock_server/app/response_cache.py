"""The cache of responses, and of the judge's verdicts on them.

Responses. Key: the resolution of the request. Valid: in that very session state, until the response
shows something else. Bound: 1,024, and 8 MiB of bodies.

Verdicts. Key: all that the judge sees, which is the operation, query, body and the whole response.
Bound: 2,048, and 8 MiB of response bodies. Judging costs far more than rendering, so they make the
first request of a new session, and each rebuild, cheap.

Rules may compare with the session's now, so both are valid from the time of their session at which
they were made to the end of that minute. Both belong to one version of the files.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple

from ..contract.document.operation import Operation
from ..contract.exchange import Request, Response
from ..contract.judge import Judge
from ..contract.requests import Accepted
from ..contract.violations import Violation
from ..foundation.bounded_cache import BoundedCache
from ..foundation.timestamps import MINUTE, to_datetime
from ..state.session_state import SessionState

MAX_REQUEST_BODY = 1024  # bytes; a verdict on the response to a longer one is not cached
MAX_RESPONSES = 1024


@dataclass(frozen=True)
class CachedResponse:
    """A response in a session state. since (inclusive), until (exclusive): milliseconds."""

    response: Response
    session_state: SessionState
    since: int
    until: int


class Verdict(NamedTuple):
    """That a response keeps the contract. since: milliseconds; size: of its body, in bytes."""

    since: int
    size: int


class ResponseCache:
    """Responses of one version of the files that keep the contract."""

    def __init__(
        self,
        judge: Judge,
        responses: BoundedCache[CachedResponse] | None = None,
        verdicts: BoundedCache[Verdict] | None = None,
    ) -> None:
        self._judge = judge
        self._responses = responses or BoundedCache(
            lambda cached: len(cached.response.body), MAX_RESPONSES
        )
        self._verdicts = verdicts or BoundedCache(lambda verdict: verdict.size)

    def response(
        self, resolution: Hashable, session_state: SessionState, now: int
    ) -> Response | None:
        """Return the response that the same request had in the same state, if it still holds."""
        cached = self._responses.get(resolution)
        if cached is None or cached.session_state is not session_state:
            return None
        return cached.response if cached.since <= now < cached.until else None

    def keep(
        self, resolution: Hashable, session_state: SessionState, now: int, response: Response
    ) -> None:
        """Cache a response that keeps the contract for as long as it holds."""
        if response.cacheable:
            minute = now - now % MINUTE + MINUTE
            until = minute if response.valid_until is None else min(response.valid_until, minute)
            self._responses.put(resolution, CachedResponse(response, session_state, now, until))

    def violations(
        self,
        operation: Operation,
        request: Request,
        accepted: Accepted,
        response: Response,
        now: int,
    ) -> list[Violation]:
        """Return how a response breaks the contract at a timestamp (ms); empty if it does not."""
        key = None
        if response.cacheable and len(request.body) <= MAX_REQUEST_BODY:
            requested = (operation.id, request.query, request.body)
            key = (*requested, response.status, response.headers, response.body, now // MINUTE)
            verdict = self._verdicts.get(key)
            if verdict is not None and verdict.since <= now:
                return []
        violations = self._judge.response(operation, accepted, response, to_datetime(now))
        if key is not None and not violations:
            self._verdicts.put(key, Verdict(now, len(response.body)))
        return violations
