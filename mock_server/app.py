"""The mock: from a request to an answer.

The way of a request: operation (404, 405) → credentials (401) → request check (415, 413, 400) →
the operation's answer → judge. An answer that would break the contract is never served: it becomes
a 500 that says what is wrong with it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate

from . import answers, cors, front
from .answers import Asked, RefusalError, Stock
from .catalog import catalog_of
from .clock import Wall, wall
from .contract.exchange import Answer, Request
from .contract.judge import Judge
from .contract.requests import Accepted, Refused, RequestJudge
from .contract.spec import Operation, Response, Spec
from .contract.violations import ContractError, Violation
from .credentials import Credentials
from .elsewhere import Elsewhere
from .fixtures.values import Fixtures
from .instants import moment
from .world import World, begin

log = logging.getLogger("mock_server")

Routes = Mapping[str, Mapping[str, Operation]]  # full path → method → operation


@dataclass(frozen=True)
class Mock:
    """Everything that a mock answers with. One session's world for now."""

    judge: Judge
    requests: RequestJudge
    stock: Stock
    routes: Routes
    credentials: Credentials
    elsewhere: Elsewhere
    world: World

    @property
    def spec(self) -> Spec:
        return self.stock.spec


def mock_of(
    judge: Judge, fixtures: Fixtures, credentials: Credentials | None = None, clock: Wall = wall
) -> Mock:
    """A mock of a spec and fixtures, its session beginning now.

    Raises ContractError when things cannot be looked up without doubt, or when an operation has
    neither behaviour nor a plain answer.
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
    if silent:
        cure = "give it an answer in elsewhere.yaml"
        message = "an operation has behaviour, or an answer in a file"
        at = spec.document.place
        raise ContractError(
            [Violation("behaviour", message, o.pointer, o.id, cure, at(o.pointer)) for o in silent]
        )
    return Mock(
        judge=judge,
        requests=RequestJudge(spec, judge.schemas),
        stock=Stock(spec, fixtures, catalog_of(spec, fixtures)),
        routes=_routes(spec, behaving),
        credentials=credentials or Credentials(fixtures.accounts),
        elsewhere=elsewhere,
        world=begin(clock),
    )


def respond(mock: Mock, request: Request) -> Answer:
    """The answer to any request whatever. Its ``Date`` is the session's now."""
    now = mock.world.now()
    methods = mock.routes.get(request.path)
    if methods is not None:
        answer, allow = _on_route(mock, methods, request, now), _allow(methods)
    else:
        answer, allow = _off_route(mock, request)
    answer = cors.allowed(request, answer, allow)
    headers = [("Date", formatdate(now / 1000, usegmt=True))]
    if "x-request-id" in request.headers:
        headers.append(("X-Request-Id", request.headers["x-request-id"]))
    return answer.with_headers(headers)


def _routes(spec: Spec, behaving: set[str]) -> Routes:
    routes: dict[str, dict[str, Operation]] = {}
    for operation in spec.operations.values():
        for prefix in spec.prefixes if operation.id in behaving else ():
            routes.setdefault(prefix + operation.path, {})[operation.method] = operation
    return routes


def _allow(methods: Mapping[str, object]) -> list[str]:
    """The methods of a path: HEAD where GET is, OPTIONS everywhere."""
    return [*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"]


def _on_route(mock: Mock, methods: Mapping[str, Operation], request: Request, now: int) -> Answer:
    allow = ("Allow", ", ".join(_allow(methods)))
    if request.method == "OPTIONS":
        return Answer(204, (allow,))
    operation = methods.get("GET" if request.method == "HEAD" else request.method)
    if operation is None:
        return answers.error(mock.spec.outside[405]).with_headers([allow])
    return _operate(mock, operation, request, now)


def _off_route(mock: Mock, request: Request) -> tuple[Answer, list[str]]:
    if request.path == "/" and request.method in ("GET", "HEAD"):
        return front.page(mock.spec, mock.stock.fixtures), []
    for prefix in mock.spec.prefixes:
        path = request.path.removeprefix(prefix)
        if path == request.path and prefix:
            continue
        allow = _allow(dict.fromkeys(mock.elsewhere.methods(path)))
        if len(allow) == 1:
            continue
        if request.method == "OPTIONS":
            return Answer(204, (("Allow", ", ".join(allow)),)), allow
        method = "GET" if request.method == "HEAD" else request.method
        found = mock.elsewhere.answer(method, path)
        if found is not None:
            return found, allow
        error = answers.error(mock.spec.outside[405])
        return error.with_headers([("Allow", ", ".join(allow))]), allow
    return answers.error(mock.spec.outside[404]), []


def _operate(mock: Mock, operation: Operation, request: Request, now: int) -> Answer:
    caller = mock.credentials.caller(request.headers) if operation.takes_token else None
    if operation.needs_token and caller is None:
        return _error(operation.responses[401])
    verdict = mock.requests.judge(operation, request)
    if isinstance(verdict, Refused):
        return _error(operation.responses[verdict.status], None, verdict.violations)
    if verdict.ignored:
        log.info("%s ignores unknown keys: %s", operation.id, ", ".join(map(repr, verdict.ignored)))
    try:
        answer = answers.answer(mock.stock, Asked(operation, verdict, caller, mock.world, now))
    except RefusalError as refusal:
        answer = _error(operation.responses[refusal.status], refusal.code, refusal.issues)
    return proven(mock, operation, verdict, answer, now)


def proven(mock: Mock, operation: Operation, asked: Accepted, answer: Answer, now: int) -> Answer:
    """The answer, if it keeps the contract; else a 500 that says how it would not have."""
    found = mock.judge.answer(operation, asked, answer, moment(now))
    if not found:
        return answer
    for violation in found:
        log.error("%s would have broken the contract: %s", operation.id, violation)
    return answers.error(mock.spec.outside[500], None, found)


def _error(
    response: Response, code: str | None = None, issues: tuple[Violation, ...] = ()
) -> Answer:
    answer = answers.error(response, code, [replace(issue, place="") for issue in issues])
    if response.status == 401:
        return answer.with_headers([("WWW-Authenticate", "Bearer")])
    return answer
