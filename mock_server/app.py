"""The mock: from a request to an answer.

The way of a request: message (400) → session → operation (404, 405) → what the request prefers →
credentials (401) → request check (415, 413, 400) → the operation's answer → judge. An answer that
would break the contract is never served: it becomes a 500 that says what is wrong with it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from email.utils import formatdate
from functools import lru_cache, partial

from . import admin, answers, cors, errors, faults, front, gallery, journal, prefer, sessions
from .asking import Asked, RefusalError
from .contract.exchange import Answer, Request, with_implied
from .contract.requests import Accepted, Refused
from .contract.spec import Operation, Response
from .contract.violations import Violation, nearest
from .mock import Mock
from .stores import StoreLostError
from .world import World

log = logging.getLogger("mock_server")


@dataclass(frozen=True)
class Visit:
    """A request in its session: the session's world as the request found it, and its now (ms)."""

    request: Request
    session: str
    world: World
    now: int


def respond(mock: Mock, request: Request) -> Answer:
    """The answer to any request whatever. Its ``Date`` is the session's now."""
    try:
        return _respond(mock, request)
    except StoreLostError as error:
        log.error("%s %s needs the store: %s", request.method, request.path, error)
        answer = errors.error(mock.spec.outside[503]).with_headers([("Retry-After", "1")])
        return _finished(request, answer, (), mock.sessions.wall())
    except Exception:
        log.exception("%s %s could not be answered", request.method, request.path)
        answer = errors.error(mock.spec.outside[500])
        return _finished(request, answer, (), mock.sessions.wall())


def _respond(mock: Mock, request: Request) -> Answer:
    shown = gallery.respond(mock.context, mock.guard, mock.page_url, request)
    steered = shown or admin.respond(mock.context, mock.health, mock.guard, request)
    if steered is not None:
        return _dated(request, steered, mock.sessions.wall())
    if request.broken is not None:
        answer = errors.error(mock.spec.outside[400], None, [request.broken])
        return _finished(request, answer, (), mock.sessions.wall())
    try:
        session, inner = sessions.named(request)
        world = mock.sessions.world(session)
    except sessions.SessionNameError as error:
        answer = errors.error(mock.spec.outside[400], None, [error.violation])
        return _finished(request, answer, (), mock.sessions.wall())
    except sessions.TooManySessionsError:
        answer = errors.error(mock.spec.outside[503]).with_headers([("Retry-After", "60")])
        return _finished(request, answer, (), mock.sessions.wall())
    visit = Visit(inner, session, world, world.clock.now(mock.sessions.wall()))
    methods = mock.routes.get(inner.path, {})
    allow = with_implied(methods)
    operation = methods.get("GET" if inner.method == "HEAD" else inner.method)
    if not methods:
        answer, allow = _off_route(mock, inner)
    elif operation is None:
        answer = _without_operation(mock, inner, allow)
    else:
        operate = partial(_operated, mock, operation, visit)
        answer = faults.disturb(mock.context, session, world.faults, operation, operate)
    answer = _finished(request, answer, allow, visit.now)
    if inner.method != "OPTIONS" and inner.path != "/":
        try:
            noted = (mock.context, session, visit.now, operation, inner, answer, request.path)
            journal.write(journal.Note(*noted))
        except StoreLostError:
            if answer.stream is not None:
                answer.stream.close()  # gives its place back
            raise
    return answer


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


def _without_operation(mock: Mock, request: Request, allow: Iterable[str]) -> Answer:
    """What a path of the API answers to a method for which it has no operation."""
    told = ("Allow", ", ".join(allow))
    if request.method == "OPTIONS":
        return Answer(204, (told,))
    return errors.error(mock.spec.outside[405]).with_headers([told])


def _operated(mock: Mock, operation: Operation, visit: Visit) -> Answer:
    """The answer of an operation, its documented errors included."""
    try:
        return _operate(mock, operation, visit)
    except RefusalError as refusal:
        response = operation.responses[refusal.status]
        return errors.error(response, refusal.code, refusal.issues)


def _off_route(mock: Mock, request: Request) -> tuple[Answer, list[str]]:
    if request.path == "/" and request.method in ("GET", "HEAD"):
        return front.page(mock.spec, mock.stock.fixtures), []
    for prefix in mock.spec.prefixes:
        path = request.path.removeprefix(prefix)
        methods = mock.elsewhere.methods(path)
        if (path == request.path and prefix) or not methods:
            continue
        allow = with_implied(methods)
        told = ("Allow", ", ".join(allow))
        if request.method == "OPTIONS":
            return Answer(204, (told,)), allow
        method = "GET" if request.method == "HEAD" else request.method
        answer = mock.elsewhere.answer(method, path)
        if answer is None:
            answer = errors.error(mock.spec.outside[405]).with_headers([told])
        return answer, allow
    return errors.error(mock.spec.outside[404]), []


def _operate(mock: Mock, operation: Operation, visit: Visit) -> Answer:
    """The answer of an operation. Raises RefusalError for what it documents as an error."""
    request = visit.request
    try:
        preferred = prefer.read(request)
    except prefer.PreferenceError as error:
        raise RefusalError(400, None, [error.violation]) from None
    if preferred.code is not None and preferred.code != 200:
        return _documented(operation, preferred)
    caller = mock.credentials.caller(request.headers) if operation.takes_token else None
    if operation.needs_token and caller is None:
        raise RefusalError(401)
    verdict = mock.requests.judge(operation, request)
    if isinstance(verdict, Refused):
        issues = [replace(issue, place="") for issue in verdict.violations]
        raise RefusalError(verdict.status, None, issues)
    if verdict.ignored:
        log.info("%s ignores unknown keys: %s", operation.id, ", ".join(map(repr, verdict.ignored)))
    session, world, now = visit.session, visit.world, visit.now
    asked = Asked(
        operation, verdict, caller, session, world, now, preferred, headers=request.headers
    )
    return proven(mock, operation, visit, verdict, answers.answer(mock.context, asked))


def _documented(operation: Operation, preferred: prefer.Preferences) -> Answer:
    """A documented error that was asked for by its code; ``example`` chooses among several."""
    codes = [str(status) for status in operation.responses]
    response: Response | None = operation.responses.get(preferred.code or 0)
    if response is None:
        message = f"code is one that {operation.id} documents: {', '.join(codes)}"
        wrong = Violation("prefer", message, "Prefer", str(preferred.code))
        raise RefusalError(400, None, [wrong])
    name = preferred.example
    if name is not None and name not in response.examples:
        valid = list(response.examples)
        message = f"example is one of {', '.join(valid)} for {response.status}"
        wrong = Violation("prefer", message, "Prefer", name, nearest(name, valid))
        raise RefusalError(400, None, [wrong])
    applied = f"code={response.status}" + (f", example={name}" if name else "")
    return errors.error(response, name).with_headers([("Preference-Applied", applied)])


def proven(
    mock: Mock, operation: Operation, visit: Visit, asked: Accepted, answer: Answer
) -> Answer:
    """The answer, if it keeps the contract; else a 500 that says how it would not have."""
    found = mock.proofs.violations(operation, visit.request, asked, answer, visit.now)
    if not found:
        return answer
    for violation in found:
        log.error("%s would have broken the contract: %s", operation.id, violation)
    return errors.error(mock.spec.outside[500], None, found)
