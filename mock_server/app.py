"""The mock: from a request to an answer.

The way of a request: message (400) → session → operation (404, 405) → what the request prefers →
credentials (401) → request check (415, 413, 400) → the operation's answer → judge. An answer that
would break the contract is never served: it becomes a 500 that says what is wrong with it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate
from functools import lru_cache, partial

from . import admin, answers, cors, errors, faults, front, gallery, journal, prefer, sessions
from .asking import Asked, Context, RefusalError
from .clock import Wall, wall
from .contract.exchange import Answer, Request, with_implied
from .contract.judge import Judge
from .contract.requests import Accepted, Refused, RequestJudge
from .contract.spec import Operation, Response, Spec
from .contract.violations import ContractError, Violation, nearest
from .credentials import Credentials
from .elsewhere import Elsewhere
from .fixtures.values import Fixtures
from .guard import Guard
from .health import Health
from .proofs import Proofs
from .sessions import Sessions
from .stock import Stock, stock_of
from .stores import MemoryStore, Store, StoreLostError
from .world import World

log = logging.getLogger("mock_server")

OWN_PATHS = ("/_mock", "/_s/")  # below which no file answers

Routes = Mapping[str, Mapping[str, Operation]]  # full path → method → operation


@dataclass(frozen=True)
class Mock:
    """Everything that a mock answers with.

    page_url: the template of the address of the real page, to which the gallery leads.
    """

    context: Context
    requests: RequestJudge
    routes: Routes
    credentials: Credentials
    elsewhere: Elsewhere
    health: Health
    guard: Guard
    proofs: Proofs
    page_url: str | None = None

    @property
    def stock(self) -> Stock:
        return self.context.stock

    @property
    def spec(self) -> Spec:
        return self.context.stock.spec

    @property
    def sessions(self) -> Sessions:
        return self.context.sessions


def mock_of(
    judge: Judge,
    fixtures: Fixtures,
    credentials: Credentials | None = None,
    clock: Wall = wall,
    store: Store | None = None,
    begins: int | None = None,
    earlier: Mock | None = None,
    guard: Guard | None = None,
    page_url: str | None = None,
) -> Mock:
    """A mock of a spec and fixtures.

    clock: the wall clock; store: where sessions are kept; begins: the instant (milliseconds) at
    which each session begins, when it is not the wall clock's; page_url: where the real page shows
    a release. Raises ContractError when things cannot be looked up without doubt, or an operation
    has neither behaviour nor a plain answer.
    """
    spec = judge.spec
    elsewhere = Elsewhere(fixtures.elsewhere)
    behaving = set(answers.ANSWERS) & set(spec.operations)
    silent = [
        operation
        for operation in spec.operations.values()
        if operation.id not in behaving
        and elsewhere.answer(operation.method, operation.path) is None
    ]
    hidden = [
        Violation("elsewhere", "is answered by the mock itself", found=found, place=entry.source)
        for entry in fixtures.elsewhere
        for found in (f"{entry.method} {entry.path}",)
        if entry.path.startswith(OWN_PATHS)
        or any(o.path == entry.path and o.id in behaving for o in spec.operations.values())
    ]
    if hidden:
        raise ContractError(hidden)
    if silent:
        cure = "give it an answer in elsewhere.yaml"
        message = "an operation has behaviour, or an answer in a file"
        at = spec.document.place
        raise ContractError(
            [Violation("behaviour", message, o.pointer, o.id, cure, at(o.pointer)) for o in silent]
        )
    kept = earlier.sessions if earlier else Sessions(store or MemoryStore(), clock, begins)
    timelines = earlier.stock.timelines if earlier else None
    return Mock(
        context=Context(judge, stock_of(spec, fixtures, timelines), kept),
        requests=RequestJudge(spec, judge.schemas),
        routes=_routes(spec, behaving),
        credentials=credentials or Credentials(fixtures.accounts),
        elsewhere=elsewhere,
        health=earlier.health if earlier else Health(clock()),
        guard=guard or (earlier.guard if earlier else Guard()),
        proofs=Proofs(judge),
        page_url=gallery.page_url(spec, page_url) if page_url else None,
    )


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


def _routes(spec: Spec, behaving: set[str]) -> Routes:
    routes: dict[str, dict[str, Operation]] = {}
    for operation in spec.operations.values():
        for prefix in spec.prefixes if operation.id in behaving else ():
            routes.setdefault(prefix + operation.path, {})[operation.method] = operation
    return routes


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
