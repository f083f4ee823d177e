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
from ..contract.exchange import Answer, Request
from ..contract.violations import Violation
from ..http import cors, error_responses
from ..operations import actions
from ..operations.call import Asked, RefusalError
from ..state import sessions
from ..state.session_state import World
from ..stores import StoreLostError
from .mock import Mock
from .request_resolution import Demand, Reading, refused

log = logging.getLogger("mock_server")


@dataclass(frozen=True)
class Visit:
    """A request in its session: the session's world as the request found it, and its now (ms)."""

    request: Request
    reading: Reading
    world: World
    now: int


def respond(mock: Mock, request: Request) -> Answer:
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


def _respond(mock: Mock, request: Request) -> Answer:
    reading = mock.reader.known(request)
    if reading is None:
        shown = gallery.respond(mock.context, mock.guard, mock.page_url, request)
        steered = shown or control.respond(mock.context, mock.health, mock.guard, request)
        if steered is not None:
            return _dated(request, steered, mock.sessions.wall())
        if request.broken is not None:
            return _wrong(mock, request, request.broken)
        try:
            reading = mock.reader.read(request)
        except sessions.SessionNameError as error:
            return _wrong(mock, request, error.violation)
    try:
        world = mock.sessions.world(reading.session)
    except sessions.TooManySessionsError:
        answer = error_responses.error(mock.spec.outside[503]).with_headers([("Retry-After", "60")])
        return _without_session(mock, request, answer)
    now = world.clock.now(mock.sessions.wall())
    return _visited(mock, Visit(request, reading, world, now))


def _visited(mock: Mock, visit: Visit) -> Answer:
    """The answer in a session, which notes it."""
    request, reading, operate = visit.request, visit.reading, partial(_operated, mock, visit)
    session, operation = reading.session, reading.operation
    if operation is None:
        answer = operate()
    else:
        answer = faults.disturb(mock.context, session, visit.world.faults, operation, operate)
    answer = _finished(request, answer, reading.allow, visit.now)
    if request.method != "OPTIONS" and reading.path != "/":
        noted = (mock.context, session, visit.now, operation, request, answer, reading.path)
        try:
            journal.write(journal.Note(*noted))
        except StoreLostError:
            if answer.stream is not None:
                answer.stream.close()  # gives its place back
            raise
    return answer


def _wrong(mock: Mock, request: Request, violation: Violation) -> Answer:
    """What is answered to a request of which no session can be said."""
    return _without_session(
        mock, request, error_responses.error(mock.spec.outside[400], None, [violation])
    )


def _without_session(mock: Mock, request: Request, answer: Answer) -> Answer:
    return _finished(request, answer, (), mock.sessions.wall())


def _finished(request: Request, answer: Answer, allow: Iterable[str], now: int) -> Answer:
    """The answer with the headers that every one has."""
    return _dated(request, cors.allowed(request, answer, allow), now)


def _dated(request: Request, answer: Answer, now: int) -> Answer:
    headers = [("Date", _date(now // 1000))]
    if "x-request-id" in request.headers:
        headers.append(("X-Request-Id", request.headers["x-request-id"]))
    return answer.with_headers(headers)


@lru_cache(64)
def _date(second: int) -> str:
    """A second since 1970 as ``Date`` has it (RFC 9110, section 5.6.7)."""
    return formatdate(second, usegmt=True)


def _operated(mock: Mock, visit: Visit) -> Answer:
    """The answer that is settled, or else that of the operation, its documented errors included."""
    told = visit.reading.told
    if isinstance(told, Answer):
        return told
    try:
        return _operate(mock, visit, told)
    except RefusalError as refusal:
        return refused(told.operation, refusal)


def _operate(mock: Mock, visit: Visit, told: Demand) -> Answer:
    """The answer of an operation, if it keeps the contract; else a 500 that says how it would not
    have. Raises RefusalError for what it documents as an error."""
    operation, demanded, request, now = told.operation, told.request, visit.request, visit.now
    if demanded.ignored:
        ignored = ", ".join(map(repr, demanded.ignored))
        log.info("%s ignores unknown keys: %s", operation.id, ignored)
    reading, world = visit.reading, visit.world
    kept = mock.proofs.answer(reading, world, now)
    if kept is not None:
        return kept
    headers = request.headers
    asked = Asked(
        operation, demanded, told.caller, reading.session, world, now, told.prefer, headers
    )
    answer = actions.answer(mock.context, asked)
    found = mock.proofs.violations(operation, request, demanded, answer, now)
    if not found:
        if operation.effect is None:
            mock.proofs.keep(reading, world, now, answer)
        return answer
    for violation in found:
        log.error("%s would have broken the contract: %s", operation.id, violation)
    return error_responses.error(mock.spec.outside[500], None, found)
