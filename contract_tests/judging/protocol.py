"""Judge what the document requires beside its schemas: statuses, methods and their headers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from werkzeug.http import parse_set_header

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.requirements import KNOWN
from mock_server.contract.exchange import Exchange
from mock_server.contract.judge import Judge
from mock_server.contract.violations import Violation

from ..findings.causes import Defect, status_cause
from .expectations import Expectation, complete_ways

LONGEST_EXCERPT = 120  # bytes
# The status for a method that the server supports at no path: then it need not send `Allow`.
NOT_IMPLEMENTED = 501
# Requirements that a framework checks before it calls an operation
BEFORE_OPERATION = {name for name in KNOWN if name.startswith("json")} | {"media-type", "body-size"}


def wrong_status(judge: Judge, expected: Expectation, exchange: Exchange) -> Defect | None:
    """Return the defect of a response whose status is not expected. A crash has its own rule."""
    status, operation = exchange.response.status, expected.operation
    if expected.allows(status):
        return None
    violation = Violation(
        rule=f"status {status}" if status >= 500 else "status",
        message=f"status must be {in_words(expected.statuses)}",
        found=excerpt(exchange),
        fix=expected.reason,
    )
    if status >= 500:
        return Defect(violation, cause=_crash_cause(expected))
    is_documented = operation.documented(status) if operation else judge.spec.outside.get(status)
    cause = status_cause(
        expected.requirement,
        expected.cause or expected.reason,
        expected.statuses,
        status,
        is_documented is not None,
    )
    return Defect(violation, expected.requirement, cause)


def in_words(statuses: frozenset[int]) -> str:
    """Return statuses as a text, with three or more in a row as one range."""
    texts: list[str] = []
    for _, group in groupby(enumerate(sorted(statuses)), lambda pair: pair[1] - pair[0]):
        row = [str(status) for _, status in group]
        texts += row if len(row) < 3 else [f"{row[0]} to {row[-1]}"]
    return " or ".join(texts)


def _crash_cause(expected: Expectation) -> str:
    """Return the cause of an error of the server: one for all operations if the body was not even
    parsed, else one for each operation, which has few reasons to fail."""
    if expected.requirement in BEFORE_OPERATION:
        return expected.requirement
    return expected.operation.id if expected.operation else ""


def outside_defects(judge: Judge, expected: Expectation, exchange: Exchange) -> Iterator[Defect]:
    """Yield the defects of a response with an expected status that belongs to no operation."""
    response = exchange.response
    if exchange.request.method == "HEAD":
        if response.body:
            violation = Violation("head", "must send no body for HEAD", found="a body")
            yield Defect(violation, "head")
        return
    violations = []
    if response.status in judge.spec.outside:
        violations = judge.outside(response.status, response)
    for violation in violations[:1]:
        yield Defect(violation, "allow" if violation.rule == "header" else "outside-errors")
    allowed = {method.upper() for method in parse_set_header(response.header("allow"))}
    missing = expected.methods - allowed
    if missing and not violations and response.status != NOT_IMPLEMENTED:
        message = f"must list {', '.join(sorted(expected.methods))} in Allow"
        found = response.header("allow") or "none"
        yield Defect(Violation("allow", message, found=found), "allow")


def requirement_of_rule(
    judge: Judge, operation: Operation, expected: Expectation, violation: Violation
) -> str:
    """Return the id of the requirement that a response breaks; "" if it breaks another rule.

    A rule of an operation decides which of several lookups in a request is used.
    """
    rules = {rule.id for rule in judge.rules.of_operations.get(operation.id, ())}
    if violation.rule not in rules or not (expected.accepted and operation.lookup):
        return ""
    several = len(complete_ways(operation.lookup, expected.accepted)) > 1
    return "first-lookup" if several else ""


def excerpt(exchange: Exchange) -> str:
    """Return the status and the start of the body of a response."""
    body = exchange.response.body
    text = body[:LONGEST_EXCERPT].decode("utf-8", "replace")
    cut = "…" if len(body) > LONGEST_EXCERPT else ""
    return " ".join(f"{exchange.response.status} {text}{cut}".split())
