"""Judge an exchange that was only observed: the request by the contract, and the response.

A contract run knows what it has sent, and which tokens are valid. An observer does not, so it never
expects that a valid request succeeds: any documented response is right.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import inf
from typing import Any, NamedTuple

from ...foundation.bounded_cache import BoundedCache
from ..document.operation import Operation
from ..exchange import WITHOUT_BODY, Exchange, Request, operation_method
from ..judge import Judge, resources_in
from ..requests import Accepted, Rejected, RequestJudge, headers_read
from ..requests.credentials import has_any, needed
from ..routing import Router, router_of
from ..source import json_text
from ..violations import Violation, nearest
from .bodies import BodyError, decoded
from .observations import Observations

REQUEST, RESPONSE = "request", "response"  # the side of an exchange that breaks the contract
# Errors that HTTP defines, so that a document of another API need not describe them
OF_VALID_REQUESTS = (401, 403, 404, 405, 410, 412, 429)
# Actions after which the next state of a resource need not follow from the last one
NEW_STATES = ("create", "delete", "restart", "replace")
CODING = "content-encoding"
LARGEST_DECODED = 16 * 1024 * 1024  # bytes of the body of a request
MAX_KNOWN = 256  # judgements
JUDGEMENT, PARSED = 4096, 10  # bytes of one without bodies, and for each byte of these
MAX_NAMES = 200  # paths among which a similar one is searched


class Breach(NamedTuple):
    """A violation, and the side of the exchange that breaks the contract."""

    side: str
    violation: Violation


@dataclass(frozen=True)
class Judgement:
    """The result for one exchange.

    operation: None if the document has none for the request. accepted: the request, if it is valid.
    resources: those in a successful response, by ``Type/key``, each with its JSON pointer.
    before: the earlier observations of those with a timeline.
    unjudged: why the response was not judged; "" if it was. size: of the bodies, in bytes.
    """

    operation: Operation | None
    accepted: Accepted | None = None
    breaches: tuple[Breach, ...] = ()
    resources: Mapping[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    before: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    unjudged: str = ""
    size: int = 0

    def of(self, side: str) -> list[Violation]:
        """Return the violations of a side."""
        return [each.violation for each in self.breaches if each.side == side]


def _size(judgement: Judgement) -> int:
    """Return the approximate size of a judgement in bytes, with the exchange that it is about."""
    return JUDGEMENT + judgement.size * PARSED


@dataclass(frozen=True)
class TrafficJudge:
    """Judges exchanges in the order in which they were received.

    shows_credentials: whether the requests still have their credentials; some recordings do not.
    known: the judgements of exchanges that were seen twice. A client that polls gets the same
    response again: while no resource changes, and in the same minute, so is its judgement.
    """

    judge: Judge
    requests: RequestJudge
    router: Router[Operation]
    shows_credentials: bool = True
    observations: Observations = field(default_factory=Observations)
    known: BoundedCache[Judgement] = field(
        default_factory=lambda: BoundedCache(_size, MAX_KNOWN, from_second_time=True)
    )

    @cached_property
    def headers(self) -> tuple[str, ...]:
        """The headers of a request that its judgement depends on."""
        return headers_read(self.judge.spec.operations.values())

    def judged(self, exchange: Exchange, unjudged: str = "") -> Judgement:
        """Judge an exchange, whose response has no content coding.

        unjudged: why the body of the response cannot be judged; "" if it can.
        """
        key = self._key(exchange, unjudged)
        known = self.known.get(key)
        if known is not None and known.operation is not None:
            timed = self._timed(known.resources)
            before = self.observations.before(timed, exchange.sent)
            if all(old == timed[key] for key, old in before.items()):
                self._observe(known.operation, known.accepted, exchange, timed)
                return known if before == known.before else replace(known, before=before)
        judgement = self._judged(exchange, unjudged)
        timed = self._timed(judgement.resources)
        if all(old == timed[key] for key, old in judgement.before.items()):
            size = len(exchange.request.body) + len(exchange.response.body)
            self.known.put(key, replace(judgement, size=size))
        return judgement

    def _key(self, exchange: Exchange, unjudged: str) -> Hashable:
        """Return all that a judgement depends on, except what was observed before."""
        request, response = exchange.request, exchange.response
        headers = tuple(pair for pair in response.headers if pair[0].lower() != "date")
        return (
            *(request.method, request.path, request.query, request.body, unjudged),
            *map(request.headers.get, self.headers),
            *(response.status, headers, response.body),
            int(exchange.now.timestamp()) // 60,
        )

    def _judged(self, exchange: Exchange, unjudged: str) -> Judgement:
        request, status = _without_coding(exchange.request), exchange.response.status
        match = self.router.match(operation_method(request.method), request.path)
        if match is None or match.endpoint is None:
            missing = self._undocumented(exchange, match is not None)
            return Judgement(None, breaches=(Breach(REQUEST, missing),) if status < 400 else ())
        operation = match.endpoint
        verdict = self.requests.judge(operation, request, match.path, largest_body=inf)
        accepted = verdict if isinstance(verdict, Accepted) else None
        refused = verdict.violations if isinstance(verdict, Rejected) else ()
        breaches = [Breach(REQUEST, violation) for violation in refused]
        if self._lacks_credentials(operation, exchange):
            breaches.append(Breach(RESPONSE, _accepted_without(operation)))
        if unjudged or request.method == "HEAD" or status == 304:
            return Judgement(operation, accepted, tuple(breaches), unjudged=unjudged)
        resources = self._resources(operation, exchange)
        timed = self._timed(resources)
        before = self.observations.before(timed, exchange.sent)
        if self._is_judged(operation, accepted, status):
            changed = {key: old for key, old in before.items() if old != timed[key]}
            response, now = exchange.response, exchange.now
            violations = self.judge.response(operation, accepted, response, now, changed)
            breaches += [Breach(RESPONSE, violation) for violation in violations]
        self._observe(operation, accepted, exchange, timed)
        return Judgement(operation, accepted, tuple(breaches), resources, before)

    def _undocumented(self, exchange: Exchange, has_path: bool) -> Violation:
        request = exchange.request
        found = f"{request.method} {request.path}"
        if has_path:
            return Violation("method", "the document has no such method for the path", found=found)
        paths = [each.path for each in self.judge.spec.operations.values()][:MAX_NAMES]
        fix = nearest(request.path, paths)
        similar = fix if fix.startswith("did you mean") else ""
        return Violation("path", "the document has no such path", found=found, fix=similar)

    def _lacks_credentials(self, operation: Operation, exchange: Exchange) -> bool:
        """Return whether a request succeeds without any credentials, although it needs some."""
        needs = operation.needs_token and self.shows_credentials
        checkable = all(each.in_request for one in operation.security for each in one)
        success = 200 <= exchange.response.status < 300
        return needs and checkable and success and not has_any(operation, exchange.request)

    def _is_judged(self, operation: Operation, accepted: Accepted | None, status: int) -> bool:
        """Return whether the contract says something about a response with this status."""
        if operation.documented(status) is not None or self.judge.spec.requirements:
            return True
        return not (400 <= status < 500 and (accepted is None or status in OF_VALID_REQUESTS))

    def _resources(
        self, operation: Operation, exchange: Exchange
    ) -> dict[str, tuple[str, Mapping[str, Any]]]:
        """Return the readable resources in a successful response."""
        response, types = exchange.response, self.judge.spec.types
        documented = operation.documented(response.status)
        if documented is None or not documented.resources or response.status in WITHOUT_BODY:
            return {}
        try:
            body = json_text.parse(response.body)
        except ValueError:
            return {}  # the judge reports it
        found = {}
        for name, where, value in resources_in(documented, body):
            key = types[name].key_of(value) if isinstance(value, dict) else None
            if key is not None:
                found[f"{name}/{key}"] = where, value
        return found

    def _timed(
        self, resources: Mapping[str, tuple[str, Mapping[str, Any]]]
    ) -> dict[str, Mapping[str, Any]]:
        """Return the resources that have a timeline."""
        types = self.judge.spec.types
        return {
            key: value
            for key, (_, value) in resources.items()
            if types[key.partition("/")[0]].timeline is not None
        }

    def _observe(
        self,
        operation: Operation,
        accepted: Accepted | None,
        exchange: Exchange,
        timed: Mapping[str, Mapping[str, Any]],
    ) -> None:
        """Remember the resources of a success, or forget those whose next state is a new one."""
        if not 200 <= exchange.response.status < 300:
            return
        if operation.does in NEW_STATES:
            self.observations.forget(timed)
        # Without its logs, a resource would seem to lose them.
        if accepted is None or self.judge.shows_logs(operation, accepted):
            self.observations.add(timed, exchange.received)


def _without_coding(request: Request) -> Request:
    """Return a request without its content coding. Some recordings have the decoded body."""
    coding = request.headers.get(CODING)
    if coding is None:
        return request
    headers = {name: value for name, value in request.headers.items() if name != CODING}
    try:
        return replace(
            request, headers=headers, body=decoded(request.body, coding, LARGEST_DECODED)
        )
    except BodyError:
        return replace(request, headers=headers)


def traffic_judge(judge: Judge, shows_credentials: bool = True) -> TrafficJudge:
    """Return the judge of traffic for a contract."""
    spec = judge.spec
    router = router_of(spec, spec.operations.values())
    return TrafficJudge(judge, RequestJudge(spec, judge.schemas), router, shows_credentials)


def _accepted_without(operation: Operation) -> Violation:
    schemes = " or ".join(dict.fromkeys(_schemes(operation)))
    message = "a request without credentials must be refused"
    return Violation("credentials", message, found="a success", fix=f"it needs {schemes}")


def _schemes(operation: Operation) -> Iterator[str]:
    for one in operation.security:
        yield from map(needed, one)
