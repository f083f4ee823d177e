"""What OpenAPI and HTTP themselves require of every server.

A document that has ``x-requirements`` says itself what it requires. For any other document, only
these are expected: nothing that a correct server may do differently has the level ``error``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from mock_server.contract.document.operation import Operation
from mock_server.contract.document.requirements import ERROR, EXTENSION, STRICT, Requirement
from mock_server.contract.exchange import Response
from mock_server.contract.judge import Judge
from mock_server.contract.violations import Violation

from ..findings.causes import Defect
from ..target.roles import follows_timeline

CREDENTIALS, INVALID, CONVERTED = "credentials", "invalid-request", "converted-value"
UNDOCUMENTED, ALLOW, CHALLENGE = "undocumented-error", "allow", "challenge"

HEADERS = {401: ("WWW-Authenticate", CHALLENGE), 405: ("Allow", ALLOW)}

IMPLIED: Mapping[str, Requirement] = {
    id_: Requirement(id_, level, text, "")
    for id_, level, text in (
        (CREDENTIALS, ERROR, "A secured operation rejects requests without valid credentials."),
        (INVALID, STRICT, "A request that breaks its schema gets a status of 400 to 499."),
        (CONVERTED, STRICT, "A value of another type is rejected, and not converted."),
        (UNDOCUMENTED, STRICT, "The document describes each error that a request can cause."),
        (ALLOW, STRICT, "A response with 405 has the header Allow (RFC 9110, section 15.5.6)."),
        (CHALLENGE, STRICT, "A response with 401 has WWW-Authenticate (RFC 9110, section 15.5.2)."),
    )
}


def with_implied_requirements(judge: Judge) -> Judge:
    """Return a judge whose document has requirements: its own ones, else the implied ones."""
    if lists_requirements(judge):
        return judge
    return replace(judge, spec=replace(judge.spec, requirements=IMPLIED))


def lists_requirements(judge: Judge) -> bool:
    """Return whether the document itself has `x-requirements`, or describes timelines."""
    return EXTENSION in judge.spec.data or follows_timeline(judge.spec)


def implied_defects(operation: Operation | None, response: Response) -> Iterator[Defect]:
    """Yield what an error response lacks: its description in the document, or a header of HTTP."""
    status = response.status
    if operation is not None and operation.documented(status) is None:
        message = "must be a status that the document describes"
        documented = ", ".join([*map(str, operation.responses), *operation.ranges])
        violation = Violation("status", message, found=str(status), fix=f"it has {documented}")
        yield Defect(violation, UNDOCUMENTED, str(status))
    header, requirement = HEADERS.get(status, ("", ""))
    if header and response.header(header) is None:
        message = f"a response with {status} must have the header {header}"
        yield Defect(Violation("header", message, found="none"), requirement)
