"""Handle a request: from a `Request` to a `Response`.

    request resolution → session → faults → response of the operation → judge → CORS, Date → journal

A response that breaks the contract is never served. A 500 that names the violations is served in
its place.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import NamedTuple

from werkzeug.http import http_date

from .. import control, faults, gallery, journal
from ..contract.exchange import Request, Response
from ..contract.violations import Violation, is_failure
from ..generation.generate import CannotGenerateError
from ..http import cors, error_responses
from ..operations import actions, documented
from ..operations.call import OperationCall, RefusalError
from ..state import session_names, sessions
from ..state.session_state import SessionState
from ..stores import StoreUnavailableError
from .mock import Mock
from .request_resolution import RefusedRequest, RequestResolution, ResolvedRequest

log = logging.getLogger("mock_server")

MAX_NAMED = 20  # unknown keys in one line of the log


class RequestInSession(NamedTuple):
    """A request with the state of its session when it came, and the session's now (ms)."""

    request: Request
    resolution: RequestResolution
    session_state: SessionState
    now: int


Operate = Callable[[Mock, RequestInSession], Response]


def respond(mock: Mock, request: Request, operate: Operate | None = None) -> Response:
    """Return the response to any request. Raises nothing: a bug becomes a logged 500.

    operate: responds to the requests of a session, by default as the document describes it.
    """
    current = in_session(mock, request)
    if isinstance(current, Response):
        return current
    return respond_in_session(mock, current, operate or outcome)


def in_session(mock: Mock, request: Request) -> RequestInSession | Response:
    """Return a request with the state of its session, or the response if it needs none: it is for
    the gallery or the control API, or it is no valid message. Raises nothing."""
    try:
        return _in_session(mock, request)
    except BaseException as error:
        if not is_failure(error):
            raise
        return _failed(mock, request, error)


def respond_in_session(mock: Mock, current: RequestInSession, operate: Operate) -> Response:
    """Return the response in a session, with its faults applied, and written to the journal.

    operate: as for ``respond``. Raises nothing.
    """
    try:
        return _respond_in_session(mock, current, operate)
    except BaseException as error:
        if not is_failure(error):
            raise
        return _failed(mock, current.request, error)


def _failed(mock: Mock, request: Request, error: BaseException) -> Response:
    """Return the response that a failure becomes."""
    if isinstance(error, StoreUnavailableError):
        log.error("%s %s needs the store: %s", request.method, request.path, error)
        response = _error(mock, 503)
    else:
        log.error("%s %s failed", request.method, request.path, exc_info=error)
        violation = Violation(
            "internal", "the mock failed", found=f"{type(error).__name__}: {error}"
        )
        response = replace(error_responses.outside(mock.spec, 500), violations=(violation,))
    return _outside_session(mock, request, response)


def _in_session(mock: Mock, request: Request) -> RequestInSession | Response:
    # The cache is looked up first: the gallery and the control API never have an entry in it.
    resolution = mock.resolver.cached(request)
    if resolution is None:
        paths, templates = mock.index_paths, mock.page_templates
        own = gallery.respond(mock.context, mock.admin_access, templates, paths, request)
        own = own or control.respond(mock.context, mock.health, mock.admin_access, request)
        if own is not None:
            return _dated(request, own, mock.sessions.wall())
        index = gallery.index.respond(mock.context, mock.index_paths, request)
        if index is not None:
            return _outside_session(mock, request, index)
        if request.parse_error is not None:
            return _bad_request(mock, request, request.parse_error, request.error_status)
        try:
            resolution = mock.resolver.resolve(request)
        except session_names.SessionNameError as error:
            return _bad_request(mock, request, error.violation)
    wall = mock.sessions.wall()
    try:
        state = mock.sessions.session_state(resolution.session, wall)
    except sessions.TooManySessionsError:
        return _outside_session(mock, request, _error(mock, 503, retry_after=60))
    return RequestInSession(request, resolution, state, state.clock.now(wall))


def _respond_in_session(mock: Mock, current: RequestInSession, operate: Operate) -> Response:
    request, resolution = current.request, current.resolution
    session, operation = resolution.session, resolution.operation
    session_faults = current.session_state.faults
    if operation is None or not session_faults:
        response = operate(mock, current)
    else:
        call = partial(operate, mock, current)
        response = faults.apply_faults(mock.context, session, session_faults, operation, call)
    if not response.forwarded:
        response = _with_common_headers(request, response, resolution.allow, current.now)
    if request.method != "OPTIONS":
        entry = (mock.context, session, current.now, operation, request, response, resolution.path)
        try:
            journal.write(journal.JournalEntry(*entry))
        except StoreUnavailableError:
            if response.stream is not None:
                response.stream.close()  # frees its place among the open streams
            raise
    return response


def _bad_request(mock: Mock, request: Request, violation: Violation, status: int = 400) -> Response:
    """The response to a request whose session cannot be determined."""
    return _outside_session(mock, request, _error(mock, status, [violation]))


def _error(
    mock: Mock, status: int, issues: Sequence[Violation] = (), retry_after: int = 1
) -> Response:
    """The error of a request that reaches no operation. retry_after: seconds, of a 503."""
    response = error_responses.outside(mock.spec, status, issues)
    if status == 503:
        kept = [pair for pair in response.headers if pair[0].lower() != "retry-after"]
        return replace(response, headers=(*kept, ("Retry-After", str(retry_after))))
    return response


def _outside_session(mock: Mock, request: Request, response: Response) -> Response:
    return _with_common_headers(request, response, (), mock.sessions.wall())


def _with_common_headers(
    request: Request, response: Response, allow: Iterable[str], now: int
) -> Response:
    return _dated(request, cors.allowed(request, response, allow), now)


def _dated(request: Request, response: Response, now: int) -> Response:
    date = ("Date", _http_date(now // 1000))
    request_id = request.headers.get("x-request-id")
    if request_id is None:
        return response.with_headers((date,))
    return response.with_headers((date, ("X-Request-Id", request_id)))


@lru_cache(64)
def _http_date(second: int) -> str:
    """A second since 1970 in the format of ``Date`` (RFC 9110, section 5.6.7)."""
    return http_date(second)


def outcome(mock: Mock, current: RequestInSession) -> Response:
    """The response that the resolution holds, else that of the operation."""
    resolved = current.resolution.outcome
    if isinstance(resolved, Response):
        return resolved
    if isinstance(resolved, RefusedRequest):
        return _refused(mock, current, resolved)
    try:
        return _operate(mock, current, resolved)
    except RefusalError as refusal:
        return mock.resolver.refusals.response(resolved.operation, refusal, current.now)


def _refused(mock: Mock, current: RequestInSession, refused: RefusedRequest) -> Response:
    """The error with which an operation refuses a request."""
    resolution, state, now = current.resolution, current.session_state, current.now
    response = mock.response_cache.response(resolution, state, now)
    if response is None:
        response = mock.resolver.refusals.response(refused.operation, refused.refusal, now)
        mock.response_cache.keep(resolution, state, now, replace(response, cacheable=True))
    return response


def _operate(mock: Mock, current: RequestInSession, resolved: ResolvedRequest) -> Response:
    """The response of an operation if it keeps the contract, else a 500 with the violations.

    Raises RefusalError for an error that the operation documents.
    """
    operation, state, now = resolved.operation, current.session_state, current.now
    if resolved.request.ignored_keys:
        keys = resolved.request.ignored_keys
        more = f" and {len(keys) - MAX_NAMED} more" if len(keys) > MAX_NAMED else ""
        ignored = ", ".join(map(repr, keys[:MAX_NAMED])) + more
        log.info("%s ignores unknown keys: %s", operation.id, ignored)
    cached = mock.response_cache.response(current.resolution, state, now)
    if cached is not None:
        return cached
    call = OperationCall(
        operation,
        resolved.request,
        resolved.caller,
        current.resolution.session,
        state,
        now,
        resolved.prefer,
        current.request.headers,
        current.request.mount + current.request.path,
        current.request.query,
    )
    run = documented.respond if resolved.prefers_documented else actions.run
    try:
        response = run(mock.context, call)
    except CannotGenerateError as error:
        fix = "add an example to the response"
        violation = Violation("generate", error.reason, error.where, fix=fix)
        return _instead(mock, [violation])
    violations = mock.response_cache.violations(
        operation, current.request, resolved.request, response, now
    )
    if violations:
        for violation in violations:
            log.error("%s would have broken the contract: %s", operation.id, violation)
        return _instead(mock, violations)
    if operation.action is None:
        mock.response_cache.keep(current.resolution, state, now, response)
    return response


def _instead(mock: Mock, violations: Sequence[Violation]) -> Response:
    """Return the 500 that is served in the place of a response with violations."""
    response = error_responses.outside(mock.spec, 500, violations)
    return replace(response, violations=tuple(violations))
