"""The mock: from a request to an answer.

What the request says by itself → its session → faults → the operation's answer → judge → CORS, Date
→ journal. An answer that would break the contract is never served: it becomes a 500 that says what
is wrong with it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache, partial

from .. import control, faults, gallery, journal
from ..contract.exchange import Request, Response
from ..contract.violations import Violation
from ..http import cors, error_responses
from ..operations import actions
from ..operations.call import OperationCall, RefusalError
from ..state import sessions
from ..state.session_state import SessionState
from ..stores import StoreLostError
from .mock import Mock
from .request_resolution import Reading, ResolvedRequest, refused

log = logging.getLogger("mock_server")


@dataclass(frozen=True)
class Visit:
    """A request in its session: the session's world as the request found it, and its now (ms)."""

    request: Request
    reading: Reading
    session_state: SessionState
    now: int


def respond(mock: Mock, request: Request) -> Response:
    """The answer to any request whatever. Its ``Date`` is the session's now."""
    try:
        return _respond(mock, request)
    except StoreLostError as error:
        log.error("%s %s needs the store: %s", request.method, request.path, error)
        answer = error_responses.error(mock.spec.outside[503]).with_headers([("Retry-After", "1")])
    except Exception:
        log.exception("%s %s could not be answered", request.method, request.path)
        answer = error_responses.error(mock.spec.outside[500])
    return _without_session(mock, request, answer)


def _respond(mock: Mock, request: Request) -> Response:
    reading = mock.reader.known(request)
    if reading is None:
        shown = gallery.respond(mock.context, mock.admin_access, mock.page_url, request)
        steered = shown or control.respond(mock.context, mock.health, mock.admin_access, request)
        if steered is not None:
            return _dated(request, steered, mock.sessions.wall())
        if request.broken is not None:
            return _wrong(mock, request, request.broken)
        try:
            reading = mock.reader.read(request)
        except sessions.SessionNameError as error:
            return _wrong(mock, request, error.violation)
    try:
        session_state = mock.sessions.session_state(reading.session)
    except sessions.TooManySessionsError:
        answer = error_responses.error(mock.spec.outside[503]).with_headers([("Retry-After", "60")])
        return _without_session(mock, request, answer)
    now = session_state.clock.now(mock.sessions.wall())
    return _visited(mock, Visit(request, reading, session_state, now))


def _visited(mock: Mock, visit: Visit) -> Response:
    """The answer in a session, which notes it."""
    request, reading, operate = visit.request, visit.reading, partial(_operated, mock, visit)
    session, operation = reading.session, reading.operation
    if operation is None:
        answer = operate()
    else:
        answer = faults.apply_faults(
            mock.context, session, visit.session_state.faults, operation, operate
        )
    answer = _finished(request, answer, reading.allow, visit.now)
    if request.method != "OPTIONS" and reading.path != "/":
        noted = (mock.context, session, visit.now, operation, request, answer, reading.path)
        try:
            journal.write(journal.JournalEntry(*noted))
        except StoreLostError:
            if answer.stream is not None:
                answer.stream.close()  # gives its place back
            raise
    return answer


def _wrong(mock: Mock, request: Request, violation: Violation) -> Response:
    """What is answered to a request of which no session can be said."""
    return _without_session(
        mock, request, error_responses.error(mock.spec.outside[400], None, [violation])
    )


def _without_session(mock: Mock, request: Request, answer: Response) -> Response:
    return _finished(request, answer, (), mock.sessions.wall())


def _finished(request: Request, answer: Response, allow: Iterable[str], now: int) -> Response:
    """The answer with the headers that every one has."""
    return _dated(request, cors.allowed(request, answer, allow), now)


def _dated(request: Request, answer: Response, now: int) -> Response:
    headers = [("Date", _date(now // 1000))]
    if "x-request-id" in request.headers:
        headers.append(("X-Request-Id", request.headers["x-request-id"]))
    return answer.with_headers(headers)


@lru_cache(64)
def _date(second: int) -> str:
    """A second since 1970 as ``Date`` has it (RFC 9110, section 5.6.7)."""
    return formatdate(second, usegmt=True)


def _operated(mock: Mock, visit: Visit) -> Response:
    """The answer that is settled, or else that of the operation, its documented errors included."""
    told = visit.reading.told
    if isinstance(told, Response):
        return told
    try:
        return _operate(mock, visit, told)
    except RefusalError as refusal:
        return refused(told.operation, refusal)


def _operate(mock: Mock, visit: Visit, told: ResolvedRequest) -> Response:
    """The answer of an operation, if it keeps the contract; else a 500 that says how it would not
    have. Raises RefusalError for what it documents as an error."""
    operation, demanded, request, now = told.operation, told.request, visit.request, visit.now
    if demanded.ignored:
        ignored = ", ".join(map(repr, demanded.ignored))
        log.info("%s ignores unknown keys: %s", operation.id, ignored)
    reading, session_state = visit.reading, visit.session_state
    kept = mock.response_cache.answer(reading, session_state, now)
    if kept is not None:
        return kept
    headers = request.headers
    asked = OperationCall(
        operation, demanded, told.caller, reading.session, session_state, now, told.prefer, headers
    )
    answer = actions.answer(mock.context, asked)
    found = mock.response_cache.violations(operation, request, demanded, answer, now)
    if not found:
        if operation.effect is None:
            mock.response_cache.keep(reading, session_state, now, answer)
        return answer
    for violation in found:
        log.error("%s would have broken the contract: %s", operation.id, violation)
    return error_responses.error(mock.spec.outside[500], None, found)
