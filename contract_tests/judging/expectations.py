"""What the contract wants of the answer to a request, judged from the request as it was sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mock_server.contract.document.spec import Lookup, Operation, Spec
from mock_server.contract.exchange import Request
from mock_server.contract.requests import Accepted, Rejected, RequestJudge

from ..target.target import JSON, Target

SURELY_READ = 16 * 1024  # bytes of a body; how much more a server reads is its own choice
COMMON_METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"}


@dataclass(frozen=True)
class Expectation:
    """The statuses that may answer a request, and why.

    operation: the one that the request reaches; None when it reaches none.
    asked: the request, when it keeps the contract.
    methods: what ``Allow`` must name, when the answer must have it.
    """

    statuses: frozenset[int]
    why: str
    operation: Operation | None = None
    asked: Accepted | None = None
    methods: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Expectations:
    """What is expected of a target by a spec."""

    spec: Spec
    requests: RequestJudge
    target: Target

    def of(self, request: Request) -> Expectation:
        """What the contract wants of the answer to this request."""
        here = {op.method: op for op in self.spec.operations.values() if op.path == request.path}
        if not here:
            return Expectation(frozenset({404}), "there is nothing at this path")
        if request.method in here:
            return self._of_operation(here[request.method], request)
        methods = frozenset(here) | {"OPTIONS"} | ({"HEAD"} if "GET" in here else set())
        if request.method == "OPTIONS":
            return Expectation(frozenset({204}), "OPTIONS tells the methods", methods=methods)
        if request.method == "HEAD" and "GET" in here:
            as_get = self._of_operation(here["GET"], request)
            return Expectation(as_get.statuses, "HEAD is answered where GET is")
        unheard_of = set() if request.method in COMMON_METHODS else {501}
        refused = frozenset({405} | unheard_of)
        return Expectation(refused, f"the path does not take {request.method}", methods=methods)

    def _of_operation(self, operation: Operation, request: Request) -> Expectation:
        known = self.authorized(request)
        if operation.needs_token and not known:
            statuses = frozenset({401}) | self._too_large(request)
            return Expectation(statuses, "it has no valid credentials", operation)
        judged = self.requests.judge(operation, request)
        if isinstance(judged, Rejected):
            return self._refused(operation, request, judged)
        if operation.lookup and not _given_a_way(operation.lookup, judged):
            if not operation.lookup.otherwise:
                return Expectation(frozenset({400}), "it asks for nothing", operation)
            status, why = (200, "the token is an account's") if known else (401, "it has no token")
            return Expectation(frozenset({status}), why, operation, judged)
        needless = {400, 413, 415} | ({401} if known or not operation.takes_token else set())
        statuses = frozenset(operation.responses) - needless | self._too_large(request)
        return Expectation(statuses, "the request is valid", operation, judged)

    def _refused(self, operation: Operation, request: Request, judged: Rejected) -> Expectation:
        why = "; ".join(violation.message for violation in judged.violations)
        if judged.status == 413:
            return Expectation(frozenset(operation.responses), why, operation)
        if any("\N{REPLACEMENT CHARACTER}" in text for pair in request.query for text in pair):
            return Expectation(frozenset(operation.responses), "not UTF-8", operation)
        statuses = {judged.status, *self._also(operation, request, judged)}
        statuses |= self._too_large(request)
        return Expectation(frozenset(statuses), f"the request is not valid: {why}", operation)

    def _also(self, operation: Operation, request: Request, judged: Rejected) -> Iterator[int]:
        """What is true as well of a body that is wrong and said to be of no or another type, where
        the contract says no order: where nothing is done."""
        typed = replace(request, headers={**request.headers, "content-type": JSON})
        if judged.status == 415 and operation.effect is None:
            as_json = self.requests.judge(operation, typed)
            if isinstance(as_json, Rejected):
                yield as_json.status
        elif judged.status == 400 and not request.body and "content-type" not in request.headers:
            yield 415

    def _too_large(self, request: Request) -> frozenset[int]:
        return frozenset({413} if len(request.body) > SURELY_READ else ())

    def authorized(self, request: Request) -> bool:
        """Whether a request carries one of the tokens that the run was given."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and token in (
            self.target.token,
            self.target.other_token,
        )


def _given_a_way(lookup: Lookup, asked: Accepted) -> bool:
    given = {**asked.query, **asked.body} if isinstance(asked.body, dict) else asked.query
    return any(
        all(key in given for key in way.by)
        and all(given.get(key) == value for key, value in way.where.items())
        for way in lookup.ways
    )
