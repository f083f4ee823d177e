"""Proof that an answer keeps the contract, before it is served: each is judged once and remembered.

The same request that is shown the same (the same segments of the same timelines, begun at the same
instants) is answered with the same bytes. Only the moment is another, and the rules may speak of
it: so what is remembered holds for a minute of the session's clock.
"""

from __future__ import annotations

from .contract.exchange import Answer, Request
from .contract.judge import Judge
from .contract.requests import Accepted
from .contract.spec import Operation
from .contract.violations import Violation
from .instants import moment
from .memo import Memo

MINUTE = 60_000  # milliseconds
LONGEST = 1024  # bytes of the body of a request that is remembered


class Proofs:
    """The answers of one version of spec and fixtures that are known to keep the contract."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._proven: Memo[bool] = Memo()

    def violations(
        self, operation: Operation, request: Request, asked: Accepted, answer: Answer, now: int
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
