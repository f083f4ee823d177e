"""The statuses that the contract allows as the response to a request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf

from mock_server.contract.document.operation import Lookup, LookupWay, Operation
from mock_server.contract.document.requirements import KNOWN
from mock_server.contract.document.spec import Spec
from mock_server.contract.exchange import Request
from mock_server.contract.requests import LARGEST_BODY, Accepted, Rejected, RequestJudge
from mock_server.contract.requests.credentials import BEARER, has_any, needed
from mock_server.contract.violations import Violation, parts

from ..findings.causes import NO_CREDENTIALS
from ..target.credentials import has_valid
from ..target.paths import is_plain, match
from ..target.target import JSON, Target

# Bytes of a body that every server must read. A server may reject a longer one with 413.
ALWAYS_READ = 16 * 1024
UNUSUAL_PATH = "a router may decode or normalize the path, so that it leads to another operation"
NO_SERVER_ERROR = frozenset(range(100, 500))
WRITES = ("create", "replace", "update")  # actions whose request contains a resource
COMMON_METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"}


@dataclass(frozen=True)
class Expectation:
    """The allowed statuses of a response, and the reason.

    operation: the one that the request calls; None if there is none.
    accepted: the parsed request, if it is valid.
    methods: the methods that the ``Allow`` header must list, if the response must have it.
    requirement: the id in ``x-requirements`` of the requirement that decides.
    cause: the reason without what differs between requests; the reason itself if it is empty.
    tolerated: other statuses that HTTP allows, although the document does not describe them.
    """

    statuses: frozenset[int]
    reason: str
    operation: Operation | None = None
    accepted: Accepted | None = None
    methods: frozenset[str] = frozenset()
    requirement: str = ""
    cause: str = ""
    tolerated: frozenset[int] = frozenset()

    def allows(self, status: int) -> bool:
        """Return whether a status is right."""
        return status in self.statuses or status in self.tolerated


@dataclass(frozen=True)
class Expectations:
    """Computes what a contract expects of a target.

    A requirement that the document does not list is not expected: then every status below 500 is
    allowed.
    """

    spec: Spec
    requests: RequestJudge
    target: Target

    def of(self, request: Request) -> Expectation:
        """Return what the contract expects of the response to a request."""
        expected = self._of_listed(request)
        if expected.accepted and self._scheme(request) not in ("", "Bearer"):
            reason = "the name of an authentication scheme is not case-sensitive"
            expected = replace(expected, reason=reason, requirement="scheme-case")
        if expected.requirement and expected.requirement not in self.spec.requirements:
            return replace(expected, statuses=NO_SERVER_ERROR, methods=frozenset())
        return expected

    def _scheme(self, request: Request) -> str:
        """Return the scheme of valid credentials; "" without valid credentials."""
        scheme = request.headers.get("authorization", "").partition(" ")[0]
        return scheme if self.authorized(request) else ""

    def _of_listed(self, request: Request) -> Expectation:
        operations = self.spec.operations.values()
        paths = dict.fromkeys(operation.path for operation in operations)
        template, values = match(paths, request.path) or ("", {})
        if not all(map(is_plain, values.values())):
            return Expectation(NO_SERVER_ERROR, UNUSUAL_PATH)
        by_method = {each.method: each for each in operations if each.path == template}
        if not by_method:
            slash = request.path != "/" and match(paths, request.path.rstrip("/")) is not None
            requirement = "trailing-slash" if slash else "unknown-path"
            reason = "no operation has this path"
            return Expectation(frozenset({404}), reason, requirement=requirement)
        if request.method in by_method:
            return self._of_operation(by_method[request.method], request)
        methods = frozenset(by_method) | {"OPTIONS"} | ({"HEAD"} if "GET" in by_method else set())
        if request.method == "OPTIONS":
            reason = "OPTIONS lists the methods"
            return Expectation(frozenset({204}), reason, methods=methods, requirement="options")
        if request.method == "HEAD" and "GET" in by_method:
            as_get = self._of_operation(by_method["GET"], request)
            reason = "HEAD has the status of GET"
            return Expectation(as_get.statuses, reason, requirement="head")
        unknown_method = set() if request.method in COMMON_METHODS else {501}
        rejected = frozenset({405} | unknown_method)
        reason = f"the path has no operation for {request.method}"
        requirement = "trace" if request.method == "TRACE" else "method"
        return Expectation(rejected, reason, methods=methods, requirement=requirement)

    def _operation_of(self, request: Request) -> Operation | None:
        operations = self.spec.operations.values()
        template, _ = match(dict.fromkeys(each.path for each in operations), request.path) or (
            "",
            {},
        )
        of_path = (each for each in operations if each.path == template)
        return next((each for each in of_path if each.method == request.method), None)

    def _of_operation(self, operation: Operation, request: Request) -> Expectation:
        authorized = self.authorized(request)
        if operation.needs_token and not authorized:
            statuses = frozenset({401}) | self._too_large(request, operation)
            kind = self._kind_of_credentials(operation, request)
            reason = f"the request needs {_needed(operation)}, and has {kind}"
            rejected = isinstance(self._judge(operation, request, LARGEST_BODY), Rejected)
            requirement = "credentials-first" if rejected else "credentials"
            return Expectation(statuses, reason, operation, None, frozenset(), requirement, kind)
        # The limit of the target is unknown, so a long body is judged as if it were accepted.
        judged = self._judge(operation, request)
        if isinstance(judged, Rejected):
            return self._of_invalid(operation, request, judged)
        if operation.lookup and _names_nothing(operation.lookup, judged):
            return self._of_caller(operation, operation.lookup, judged, request)
        # A valid request cannot cause these.
        excluded = {413, 415} if _is_judged_further(operation) else {400, 413, 415}
        if authorized or not operation.takes_token:
            excluded.add(401)
        statuses = frozenset(operation.responses) - excluded | self._too_large(request)
        too_large = len(request.body) > LARGEST_BODY
        reason = "the request is valid" + (", but may be too large" if too_large else "")
        requirement = "body-size" if too_large else ""
        return Expectation(statuses, reason, operation, judged, requirement=requirement)

    def _judge(
        self, operation: Operation, request: Request, largest_body: float = inf
    ) -> Accepted | Rejected:
        """Judge a request. By default, it may have a body of any size."""
        _, values = match([operation.path], request.path) or ("", {})
        return self.requests.judge(operation, request, values, largest_body)

    def _of_caller(
        self, operation: Operation, lookup: Lookup, accepted: Accepted, request: Request
    ) -> Expectation:
        """Return the expectation for a request that names no resource: some operations then
        return the caller of the token."""
        if not lookup.otherwise:
            reason, requirement = "the request names no resource", "invalid-request"
            return Expectation(frozenset({400}), reason, operation, requirement=requirement)
        if self.authorized(request):
            label = self.spec.types[lookup.finds].label
            reason = f"without parameters, the operation returns the {label} of the token"
            return Expectation(frozenset({operation.success.status}), reason, operation, accepted)
        kind = self._kind_of_credentials(operation, request)
        reason = f"without parameters, the operation needs a token; the request has {kind}"
        allowed = frozenset({401})
        return Expectation(allowed, reason, operation, accepted, frozenset(), "credentials", kind)

    def _of_invalid(self, operation: Operation, request: Request, judged: Rejected) -> Expectation:
        problems = "; ".join(map(_named, judged.violations))
        cause = f"{judged.violations[0].rule}: {judged.violations[0].message}"
        requirement = requirement_of(judged.violations[0])
        if any("\N{REPLACEMENT CHARACTER}" in text for pair in request.query for text in pair):
            # Frameworks differ in how they decode such a query, so any documented status is right.
            return Expectation(frozenset(operation.responses), "the query is not UTF-8", operation)
        statuses = {judged.status, *self._also_allowed(operation, request, judged)}
        statuses |= self._too_large(request, None if judged.status == 400 else operation)
        reason = f"the request is not valid: {problems}"
        allowed = frozenset(statuses)
        return Expectation(allowed, reason, operation, None, frozenset(), requirement, cause)

    def _also_allowed(
        self, operation: Operation, request: Request, judged: Rejected
    ) -> Iterator[int]:
        """Yield other statuses for a request with two errors: the body and its content type.

        The contract defines which error comes first only for operations with an effect.
        """
        typed = replace(request, headers={**request.headers, "content-type": JSON})
        if judged.status == 415 and operation.action is None:
            as_json = self._judge(operation, typed)
            if isinstance(as_json, Rejected):
                yield as_json.status
        elif judged.status == 400 and not request.body and "content-type" not in request.headers:
            yield 415

    def _too_large(self, request: Request, earlier: Operation | None = None) -> frozenset[int]:
        """Return 413 if a server may reject the size of a body.

        earlier: the operation, if the request has an error that comes before 413 in its order.
        """
        ordered = earlier is not None and earlier.action is not None
        return frozenset({413} if len(request.body) > ALWAYS_READ and not ordered else ())

    def _kind_of_credentials(self, operation: Operation, request: Request) -> str:
        """Return what a request has instead of valid credentials."""
        if any(each.kind != BEARER for one in operation.security for each in one):
            return "unknown credentials" if has_any(operation, request) else NO_CREDENTIALS
        tokens = [token for token in (self.target.token, self.target.other_token) if token]
        scheme, _, rest = request.headers.get("authorization", "").strip().partition(" ")
        if not scheme:
            in_query = any(value in tokens for _, value in request.query)
            return "a token in the query" if in_query else NO_CREDENTIALS
        if scheme.lower() != "bearer":
            return "another scheme than Bearer"
        contained = any(token in rest for token in tokens)
        return "text beside the token" if contained else "an unknown token"

    def authorized(self, request: Request) -> bool:
        """Return whether a request has one of the tokens of the run."""
        operation = self._operation_of(request)
        schemes = {each.kind for one in operation.security for each in one} if operation else set()
        if operation and schemes - {BEARER}:
            return has_valid(operation, request, self.target)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and token in (
            self.target.token,
            self.target.other_token,
        )


def _named(violation: Violation) -> str:
    """Return the message of a violation, with the name of the property that it is about."""
    name = next(reversed([*parts(violation.pointer)]), "")
    in_message = not name or name in violation.message
    return violation.message if in_message else f"`{name}` {violation.message}"


def requirement_of(violation: Violation) -> str:
    """Return the id of the requirement that a request breaks."""
    if violation.rule in KNOWN:
        return violation.rule
    return "empty-text" if violation.rule == "minLength" else "invalid-request"


def _needed(operation: Operation) -> str:
    """Return the credentials that a request of an operation needs."""
    schemes = [scheme for one in operation.security for scheme in one]
    if all(scheme.kind == BEARER for scheme in schemes):
        return "the header `Authorization: Bearer` with a valid token"
    return " or ".join(dict.fromkeys(map(needed, schemes)))


def _is_judged_further(operation: Operation) -> bool:
    """Return whether a request that follows its schema can still be invalid: because of the
    resource that results from it, or because of a cursor."""
    return operation.does in WRITES or operation.page is not None


def _names_nothing(lookup: Lookup, accepted: Accepted) -> bool:
    """Return whether a request lacks what it needs to find resources; a list may need nothing."""
    needs_some = bool(lookup.ways or lookup.otherwise)
    return needs_some and not complete_ways(lookup, accepted)


def complete_ways(lookup: Lookup, accepted: Accepted) -> list[LookupWay]:
    """Return the ways of a lookup of which a request has all parameters."""
    body = accepted.body if isinstance(accepted.body, dict) else {}
    parameters = {**accepted.query, **body, **accepted.path}
    return [
        way
        for way in lookup.ways
        if all(key in parameters for key in way.by)
        and all(parameters.get(key) == value for key, value in way.where.items())
    ]
