"""The input of an operation, and the error with which it refuses a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..contract.document.operation import Operation
from ..contract.judge import Judge
from ..contract.requests import Accepted
from ..contract.violations import Violation
from ..http.prefer import Preferences
from ..state.catalog import Resource
from ..state.dataset import Dataset
from ..state.session_state import SessionState
from ..state.sessions import Sessions
from ..state.view import View


@dataclass(frozen=True)
class OperationCall:
    """A valid request for an operation.

    caller: the resource that the token belongs to, or None.
    session: the name of the session; session_state: its state when the request arrived.
    now: the time of the session, in milliseconds since 1970.
    headers: by name in lower case.
    path, query: of the request as it was sent, for links to other pages and resources.
    """

    operation: Operation
    request: Accepted
    caller: Resource | None
    session: str
    session_state: SessionState
    now: int
    prefer: Preferences = field(default_factory=Preferences)
    headers: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
    query: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Context:
    """What every operation needs, of one version of the files.

    upstream: the base URL of the real server, if this is a proxy in front of one.
    """

    judge: Judge
    dataset: Dataset
    sessions: Sessions
    upstream: str = ""


def view_of(context: Context, call: OperationCall) -> View:
    """Return what the session of a call shows at its time."""
    return View(context.dataset, call.session_state, call.now)


class RefusalError(Exception):
    """The operation responds with an error that the spec documents.

    code: selects one of several errors with the same status; issues: the reasons, for errors that
    list them; reason: one that the body does not show.
    """

    def __init__(
        self,
        status: int,
        code: str | None = None,
        issues: Iterable[Violation] = (),
        reason: str = "",
    ):
        super().__init__(status, code)
        self.reason = reason
        self.status, self.code, self.issues = status, code, tuple(issues)
