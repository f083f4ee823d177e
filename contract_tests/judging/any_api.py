"""The statuses that OpenAPI and HTTP allow as the response to a request.

This is for documents without `x-requirements`. An error of the client has any status of 400 to 499:
frameworks differ in which one they choose, and in what they check first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.references import combined
from mock_server.contract.document.spec import Spec
from mock_server.contract.exchange import Request
from mock_server.contract.requests import Rejected, RequestJudge
from mock_server.contract.requests.credentials import has_any, needed
from mock_server.contract.violations import Violation, parts

from ..findings.causes import NO_CREDENTIALS
from ..target.credentials import has_valid
from ..target.paths import is_plain, match
from ..target.target import Target
from .expectations import ALWAYS_READ, NO_SERVER_ERROR, UNUSUAL_PATH, Expectation
from .implied import CONVERTED, CREDENTIALS, INVALID

CLIENT_ERRORS = frozenset(range(400, 500))
# A server supports no method or no part of HTTP that is this unusual (RFC 9110, section 15.6.2).
NOT_IMPLEMENTED = frozenset({501, 505})
# Errors of a valid request that HTTP defines, so that a document need not describe them: the client
# may not do this, the item does not exist, or there are too many requests.
OF_VALID_REQUESTS = frozenset({403, 404, 410, 429})
LONG = 2000  # characters of a URL or of a header; a server may reject longer ones with 414 or 431
TOO_LONG = frozenset({400, 414, 431})
# Rules that also a server breaks which converts a text to the type of a property
CONVERSIONS = ("type", "format", "query", "path", "header", "cookie", "parameter")
# Requests of which the document and HTTP do not say what a server does
OPEN = ("media-type", "body-size", "repeated-parameter", "json-")


@dataclass(frozen=True)
class AnyApiExpectations:
    """Computes what OpenAPI and HTTP expect of a target.

    is_known: whether the parameters of a path template are those of a resource that the target has
    shown. Then it must understand them, also if they are unusual.
    """

    spec: Spec
    requests: RequestJudge
    target: Target
    is_known: Callable[[str, tuple[str, ...]], bool] = lambda _template, _values: False

    def of(self, request: Request) -> Expectation:
        """Return what is expected of the response to a request."""
        paths = (operation.path for operation in self.spec.operations.values())
        matched = match(dict.fromkeys(paths), request.path)
        if matched is None:
            return Expectation(NO_SERVER_ERROR | NOT_IMPLEMENTED, "no operation has this path")
        template, values = matched
        operation = next(
            (
                each
                for each in self.spec.operations.values()
                if each.path == template and each.method == request.method
            ),
            None,
        )
        if operation is None:
            reason = f"the path has no operation for {request.method}"
            return Expectation(NO_SERVER_ERROR | NOT_IMPLEMENTED, reason)
        known = self.is_known(template, tuple(values.values()))
        if not known and not all(map(is_plain, values.values())):
            return Expectation(NO_SERVER_ERROR, UNUSUAL_PATH)
        return self._of_operation(operation, request, values)

    def authorized(self, request: Request) -> bool:
        """Return whether a request has credentials that its operation accepts."""
        expected = self.of(request)
        return expected.operation is not None and has_valid(
            expected.operation, request, self.target
        )

    def _of_operation(
        self, operation: Operation, request: Request, values: dict[str, str]
    ) -> Expectation:
        authorized = has_valid(operation, request, self.target)
        judged = self.requests.judge(operation, request, values, largest_body=inf)
        if operation.needs_token and not authorized:
            kind = "unknown credentials" if has_any(operation, request) else NO_CREDENTIALS
            schemes = " or ".join(needed(each) for one in operation.security for each in one)
            reason = f"the request needs {schemes}, and has {kind}"
            return Expectation(
                CLIENT_ERRORS, reason, operation, requirement=CREDENTIALS, cause=kind
            )
        if isinstance(judged, Rejected):
            if all(is_read_only(self.spec, operation, each) for each in judged.violations):
                reason = "a server may ignore what is readOnly"
                return Expectation(NO_SERVER_ERROR, reason, operation)
            return _of_invalid(operation, judged)
        statuses, tolerated = documented_statuses(operation), OF_VALID_REQUESTS | _of_size(request)
        if not any(200 <= status < 300 for status in statuses):
            tolerated |= frozenset(range(200, 300))  # the document describes no success
        if authorized and operation.needs_token and statuses != {401}:
            statuses -= {401}
        return Expectation(
            statuses,
            "the request is valid, and the document describes no other response",
            operation,
            judged,
            cause=operation.id,
            tolerated=tolerated - statuses,
        )


def documented_statuses(operation: Operation) -> frozenset[int]:
    """Return the statuses that an operation documents, without those of failed servers."""
    return frozenset(status for status in range(100, 500) if operation.documented(status))


def is_read_only(spec: Spec, operation: Operation, violation: Violation) -> bool:
    """Return whether a violation is in a property of the body that only a server sets.

    JSON Schema leaves open what happens to it: the server may ignore it, or refuse the request.
    """
    schema = combined(spec.data, {"$ref": f"#{operation.body}"}) if operation.body else {}
    for part in parts(violation.pointer):
        members = schema.get("items", {}) if part.isdecimal() else schema.get("properties", {})
        schema = members if part.isdecimal() else members.get(part, {})
        schema = combined(spec.data, schema)
        if schema.get("readOnly") is True:
            return True
    return False


def _of_invalid(operation: Operation, judged: Rejected) -> Expectation:
    first = judged.violations[0]
    if all(each.rule.startswith(OPEN) for each in judged.violations):
        return Expectation(NO_SERVER_ERROR, "the document leaves this request open", operation)
    problems = "; ".join(each.message for each in judged.violations)
    converted = all(map(_is_conversion, judged.violations))
    return Expectation(
        CLIENT_ERRORS,
        f"the request is not valid: {problems}",
        operation,
        requirement=CONVERTED if converted else INVALID,
        cause=f"{first.rule}: {first.message}",
    )


def _is_conversion(violation: Violation) -> bool:
    """Return whether a server may read a value as if it were valid: a text, number or boolean."""
    is_scalar = not violation.found.startswith(("{", "[")) and violation.found not in ("", "none")
    return violation.rule in CONVERSIONS and is_scalar


def _of_size(request: Request) -> frozenset[int]:
    """Return the statuses for a body, a URL or a header that may be too long."""
    long = max(
        (len(request.path) + sum(len(a) + len(b) for a, b in request.query)),
        *map(len, request.headers.values()),
        0,
    )
    too_large = frozenset({413} if len(request.body) > ALWAYS_READ else ())
    return too_large | (TOO_LONG if long > LONG else frozenset())
