"""Resolve a request: what it means, as far as the request and the files alone decide.

    message (400) → session (400) → operation (404, 405) → Prefer (400) → credentials (401)
    → request validation (415, 413, 400)

Where a step refuses, the resolution holds the response to send. Nothing of it depends on the state
of a session, so the resolution of a request is cached: a client that polls sends the same request
again and again.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..contract.document.operation import Operation
from ..contract.document.spec import Spec
from ..contract.exchange import Request, Response, allowed_methods, operation_method
from ..contract.requests import Accepted, Rejected, RequestJudge, headers_read
from ..contract.routing import Match, Router
from ..fixtures.values import Fixtures
from ..foundation.bounded_cache import BoundedCache
from ..http import error_responses, prefer
from ..http.credentials import Credentials
from ..http.prefer import Preferences
from ..http.static_responses import StaticResponses
from ..operations import documented
from ..operations.call import RefusalError
from ..operations.entity_tags import has_entity_tag
from ..operations.refusals import Refusals
from ..state import session_names
from ..state.catalog import Resource

# Headers that the resolution depends on, besides those that the judge of requests reads
HEADERS = ("accept", "prefer", session_names.HEADER)
CONDITIONS = ("if-match", "if-none-match")  # matter only to documents with entity tags
MAX_CACHED = 1024  # resolutions
MAX_CACHED_SIZE = 2048  # bytes of the body plus characters of the rest; longer ones are not cached


@dataclass(frozen=True)
class ResolvedRequest:
    """A request of an operation, which is valid unless it prefers a documented response.

    caller: the resource that its token belongs to, if any. prefers_documented: it names a response
    by its code, so that nothing else of it counts.
    """

    operation: Operation
    request: Accepted
    caller: Resource | None
    prefer: Preferences
    prefers_documented: bool = False


@dataclass(frozen=True)
class RefusedRequest:
    """A request that its operation refuses with a response that depends on the time."""

    operation: Operation
    refusal: RefusalError


@dataclass(frozen=True, eq=False)
class RequestResolution:
    """What a request means. Equal to itself alone, so that it can be the key of a cache.

    session: the name; path: the path within the session; allow: the methods of that path;
    operation: None if the document has none; outcome: the valid request, or the response that
    refuses it, or the refusal if that response depends on the time.
    """

    session: str
    path: str
    allow: tuple[str, ...]
    operation: Operation | None
    outcome: ResolvedRequest | RefusedRequest | Response


@dataclass(frozen=True)
class RequestResolver:
    """Resolves requests against one version of the document and its fixtures. Thread-safe."""

    spec: Spec
    fixtures: Fixtures
    judge: RequestJudge
    router: Router[Operation]
    credentials: Credentials
    static_responses: StaticResponses
    refusals: Refusals
    _cache: BoundedCache[RequestResolution] = field(
        default_factory=lambda: BoundedCache(max_values=MAX_CACHED)
    )

    @cached_property
    def headers(self) -> tuple[str, ...]:
        """The only headers that a resolution depends on, in lower case."""
        operations = self.spec.operations.values()
        conditions = CONDITIONS if any(has_entity_tag(o.success) for o in operations) else ()
        return tuple(dict.fromkeys((*HEADERS, *conditions, *headers_read(operations))))

    def cached(self, request: Request) -> RequestResolution | None:
        """Return the resolution of an equal request, if it is cached."""
        return self._cache.get(_key(request, self.headers))

    def resolve(self, request: Request) -> RequestResolution:
        """Resolve a request. Raises SessionNameError."""
        headers = {name: text for name, text in request.headers.items() if name in self.headers}
        session, inner = session_names.session_of(replace(request, headers=headers))
        match = self.router.match(inner.method, inner.path)
        outcome: ResolvedRequest | RefusedRequest | Response
        if match is None:
            outcome, allow = self._outside(inner)
            resolution = RequestResolution(session, inner.path, allow, None, outcome)
        else:
            outcome = self._outcome(match, inner)
            resolution = RequestResolution(
                session, inner.path, match.allow, match.endpoint, outcome
            )
        texts = (request.path, *(text for pair in request.query for text in pair))
        size = request.size + sum(map(len, (*texts, *headers.values())))
        if size > MAX_CACHED_SIZE:
            return resolution
        return self._cache.put(_key(request, self.headers), resolution)

    def _outcome(
        self, match: Match[Operation], request: Request
    ) -> ResolvedRequest | RefusedRequest | Response:
        if match.endpoint is None:
            return _method_not_allowed(self.spec, request, match.allow)
        try:
            return self._validated(match.endpoint, match.path, request)
        except RefusalError as refusal:
            fixed = self.refusals.fixed(match.endpoint, refusal)
            return fixed or RefusedRequest(match.endpoint, refusal)

    def _validated(
        self, operation: Operation, path: Mapping[str, str], request: Request
    ) -> ResolvedRequest:
        """The valid request, or one that prefers a documented response. Raises RefusalError."""
        try:
            preferences = prefer.read(request)
        except prefer.PreferenceError as error:
            raise RefusalError(400, None, [error.violation]) from None
        if preferences.code not in (None, operation.success.status):
            documented.preferred(operation, preferences)
            accepted = Accepted({}, None, (), path)
            return ResolvedRequest(operation, accepted, None, preferences, True)
        caller = self.credentials.identified(operation, request)
        if caller is None:
            raise RefusalError(401)
        verdict = self.judge.judge(operation, request, path)
        if isinstance(verdict, Rejected):
            issues = [replace(issue, location="") for issue in verdict.violations]
            raise RefusalError(verdict.status, None, issues)
        return ResolvedRequest(operation, verdict, caller.resource, preferences)

    def _outside(self, request: Request) -> tuple[Response, tuple[str, ...]]:
        """The response for a path without operation, and the methods of that path."""
        for prefix in self.spec.prefixes:
            path = request.path.removeprefix(prefix)
            methods = self.static_responses.methods(path)
            if (path == request.path and prefix) or not methods:
                continue
            allow = tuple(allowed_methods(methods))
            method = operation_method(request.method)
            response = self.static_responses.response(method, path) if method != "OPTIONS" else None
            return response or _method_not_allowed(self.spec, request, allow), allow
        return error_responses.outside(self.spec, 404), ()


def _key(request: Request, headers: tuple[str, ...]) -> tuple[Hashable, ...]:
    """Everything that a resolution depends on."""
    line = (request.method, request.path, request.query)
    rest = (request.body, request.unread_bytes, request.parse_error)
    return (*line, *rest, *map(request.headers.get, headers))


def _method_not_allowed(spec: Spec, request: Request, allow: tuple[str, ...]) -> Response:
    header = ("Allow", ", ".join(allow))
    if request.method == "OPTIONS":
        return Response(204, (header,))
    return error_responses.outside(spec, 405).with_headers([header])
