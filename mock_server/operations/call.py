"""What an operation is asked with, and how it refuses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..contract.document.spec import Operation
from ..contract.judge import Judge
from ..contract.requests import Accepted
from ..contract.violations import Violation
from ..http.prefer import Preferences
from ..state.dataset import Dataset
from ..state.session_state import SessionState
from ..state.sessions import Sessions


@dataclass(frozen=True)
class OperationCall:
    """A request that keeps the contract: who asks it, in which session, when (milliseconds).

    world: the session's, as it was when the request came.
    """

    operation: Operation
    request: Accepted
    caller: Mapping[str, Any] | None
    session: str
    session_state: SessionState
    now: int
    prefer: Preferences = field(default_factory=Preferences)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """What operations are answered with."""

    judge: Judge
    dataset: Dataset
    sessions: Sessions


class RefusalError(Exception):
    """An error that the operation documents. ``code`` chooses among several of one status."""

    def __init__(self, status: int, code: str | None = None, issues: Iterable[Violation] = ()):
        super().__init__(status, code)
        self.status, self.code, self.issues = status, code, tuple(issues)
