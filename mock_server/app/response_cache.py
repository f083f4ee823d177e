"""Proof that an answer keeps the contract, before it is served: each is judged once and remembered.

The same request that is shown the same (the same segments of the same timelines, begun at the same
instants) is answered with the same bytes. Only the moment is another, and the rules may speak of
it: so what is remembered holds for a minute of the session's clock. In the same world the answer
itself holds until something else shows.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from ..contract.document.spec import Operation
from ..contract.exchange import Request, Response
from ..contract.judge import Judge
from ..contract.requests import Accepted
from ..contract.violations import Violation
from ..foundation.bounded_cache import BoundedCache
from ..foundation.timestamps import MINUTE, moment
from ..state.session_state import SessionState

LONGEST = 1024  # bytes of the body of a request that is remembered
MOST = 1024  # answers that are kept whole


@dataclass(frozen=True)
class _Proven:
    """An answer given in a world, from an instant on and before another (milliseconds)."""

    answer: Response
    session_state: SessionState
    since: int
    until: int


class ResponseCache:
    """The answers of one version of spec and fixtures that are known to keep the contract."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._proven: BoundedCache[bool] = BoundedCache()
        self._answers: BoundedCache[_Proven] = BoundedCache(
            lambda kept: len(kept.answer.body), MOST
        )

    def answer(self, reading: Hashable, session_state: SessionState, now: int) -> Response | None:
        """The answer that the same reading of a request had in this very world, if it holds at an
        instant (milliseconds)."""
        kept = self._answers.get(reading)
        if (
            kept is None
            or kept.session_state is not session_state
            or not kept.since <= now < kept.until
        ):
            return None
        return kept.answer

    def keep(
        self, reading: Hashable, session_state: SessionState, now: int, answer: Response
    ) -> None:
        """Remembers an answer that was found to keep the contract, as long as it holds."""
        if answer.shows is not None:
            minute = now - now % MINUTE + MINUTE
            until = minute if answer.until is None else min(answer.until, minute)
            self._answers.put(reading, _Proven(answer, session_state, now, until))

    def violations(
        self, operation: Operation, request: Request, asked: Accepted, answer: Response, now: int
    ) -> list[Violation]:
        """How an answer breaks the contract at an instant (milliseconds); nothing when it does
        not."""
        key = None
        if answer.shows is not None and len(request.body) <= LONGEST:
            key = (operation.id, request.query, request.body, answer.shows, now // MINUTE)
            if self._proven.get(key):
                return []
        found = self._judge.answer(operation, asked, answer, moment(now))
        if key is not None and not found:
            self._proven.put(key, True)
        return found
