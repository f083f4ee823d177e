"""What a request asks for, as far as it and the files alone say. The same request again, as whoever
polls sends it, is not read again.

Message (400) → session (400) → operation (404, 405) → what it prefers (400) → credentials (401) →
request check (415, 413, 400). Where one of them refuses, the answer is settled.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..contract.document.spec import DocumentedResponse, Operation, Spec
from ..contract.exchange import Request, Response, looked_up, with_implied
from ..contract.requests import Accepted, Refused, RequestJudge
from ..contract.violations import Violation, nearest
from ..fixtures.values import Fixtures
from ..foundation.bounded_cache import BoundedCache
from ..http import error_responses, index_page, prefer
from ..http.credentials import Credentials
from ..http.prefer import Preferences
from ..http.static_responses import StaticResponses
from ..operations.call import RefusalError
from ..state import sessions

HEADERS = ("authorization", "content-type", "cookie", "prefer", sessions.HEADER)  # no other says it
MOST = 1024  # readings that are known
LONGEST = 2048  # bytes of the body and characters of the rest, of what is known

Routes = Mapping[str, Mapping[str, Operation]]  # full path → method → operation


@dataclass(frozen=True)
class ResolvedRequest:
    """What is asked of an operation, all of it as the contract has it."""

    operation: Operation
    request: Accepted
    caller: Mapping[str, Any] | None
    prefer: Preferences


@dataclass(frozen=True, eq=False)
class Reading:
    """A request, read; equal to itself alone.

    path: that within its session; allow: the methods of the path; operation: None where the
    contract has none; told: what it asks for, or the answer that is settled.
    """

    session: str
    path: str
    allow: Sequence[str]
    operation: Operation | None
    told: ResolvedRequest | Response


@dataclass(frozen=True)
class Reader:
    """Reads requests by one version of spec and fixtures. Any thread may ask."""

    spec: Spec
    fixtures: Fixtures
    requests: RequestJudge
    routes: Routes
    credentials: Credentials
    static_responses: StaticResponses
    _known: BoundedCache[Reading] = field(default_factory=lambda: BoundedCache(most=MOST))

    def known(self, request: Request) -> Reading | None:
        """What was read of such a request before."""
        return self._known.get(_said(request))

    def read(self, request: Request) -> Reading:
        """What a request asks for. Raises SessionNameError."""
        heard = {name: text for name, text in request.headers.items() if name in HEADERS}
        session, inner = sessions.named(replace(request, headers=heard))
        methods = self.routes.get(inner.path, {})
        operation = methods.get(looked_up(inner.method))
        allow = with_implied(methods) if methods else []
        told: ResolvedRequest | Response
        if operation is not None:
            told = self._asked(operation, inner)
        elif methods:
            told = _without_operation(self.spec, inner, allow)
        else:
            told, allow = self._off_route(inner)
        reading = Reading(session, inner.path, allow, operation, told)
        told_by = (request.path, *(text for pair in request.query for text in pair))
        length = request.size + sum(map(len, (*told_by, *heard.values())))
        return self._known.put(_said(request), reading) if length <= LONGEST else reading

    def _asked(self, operation: Operation, request: Request) -> ResolvedRequest | Response:
        try:
            return self._demanded(operation, request)
        except RefusalError as refusal:
            return refused(operation, refusal)

    def _demanded(self, operation: Operation, request: Request) -> ResolvedRequest | Response:
        """What is asked of an operation. Raises RefusalError for what it documents as an error."""
        try:
            preferred = prefer.read(request)
        except prefer.PreferenceError as error:
            raise RefusalError(400, None, [error.violation]) from None
        if preferred.code is not None and preferred.code != 200:
            return _documented(operation, preferred)
        caller = self.credentials.caller(request.headers) if operation.takes_token else None
        if operation.needs_token and caller is None:
            raise RefusalError(401)
        verdict = self.requests.judge(operation, request)
        if isinstance(verdict, Refused):
            issues = [replace(issue, place="") for issue in verdict.violations]
            raise RefusalError(verdict.status, None, issues)
        return ResolvedRequest(operation, verdict, caller, preferred)

    def _off_route(self, request: Request) -> tuple[Response, list[str]]:
        """What a path answers that is none of the API's."""
        if request.path == "/" and request.method in ("GET", "HEAD"):
            return index_page.page(self.spec, self.fixtures), []
        for prefix in self.spec.prefixes:
            path = request.path.removeprefix(prefix)
            methods = self.static_responses.methods(path)
            if (path == request.path and prefix) or not methods:
                continue
            allow = with_implied(methods)
            method = looked_up(request.method)
            answer = self.static_responses.answer(method, path) if method != "OPTIONS" else None
            return answer or _without_operation(self.spec, request, allow), allow
        return error_responses.error(self.spec.outside[404]), []


def _said(request: Request) -> tuple[Hashable, ...]:
    """All that a reading is made of."""
    line = (request.method, request.path, request.query)
    rest = (request.body, request.unread, request.broken)
    return (*line, *rest, *map(request.headers.get, HEADERS))


def refused(operation: Operation, refusal: RefusalError) -> Response:
    """The documented error by which an operation refuses."""
    return error_responses.error(operation.responses[refusal.status], refusal.code, refusal.issues)


def _without_operation(spec: Spec, request: Request, allow: Sequence[str]) -> Response:
    """What a path answers to a method for which it has nothing."""
    told = ("Allow", ", ".join(allow))
    if request.method == "OPTIONS":
        return Response(204, (told,))
    return error_responses.error(spec.outside[405]).with_headers([told])


def _documented(operation: Operation, preferred: Preferences) -> Response:
    """A documented error that was asked for by its code; ``example`` chooses among several."""
    codes = [str(status) for status in operation.responses]
    response: DocumentedResponse | None = operation.responses.get(preferred.code or 0)
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
    applied = f"code={response.status}" + (f", {prefer.named('example', name)}" if name else "")
    return error_responses.error(response, name).with_headers([("Preference-Applied", applied)])
