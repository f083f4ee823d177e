"""Whether the issues in an error response point into the request."""

from __future__ import annotations

import json
from typing import Any

from mock_server.contract.document.operation import IssueFormat, Operation
from mock_server.contract.document.references import combined
from mock_server.contract.document.spec import Spec
from mock_server.contract.exchange import Request, Response
from mock_server.contract.judge import Judge
from mock_server.contract.source import json_text
from mock_server.contract.violations import Violation, parts, pointer, show

ALL_ERRORS = "must list each error of the body with its location"
MESSAGE = "must be a JSON pointer into the body, or the name of a query parameter"
INVALID = object()  # the value of a body that is not JSON


def issue_violations(
    judge: Judge, operation: Operation, request: Request, response: Response
) -> list[Violation]:
    """Return a violation if the issues of an error have wrong locations, or if one is missing.

    A location can also be that of a missing property, which the contract declares.
    """
    documented = operation.documented(response.status)
    if documented is None or documented.issues is None:
        return []
    format_ = documented.issues
    body, locations = _lenient(request.body), _locations(format_, response)
    for index, location in enumerate(locations):
        if not _exists(judge.spec, operation, request, body, location):
            where = pointer((*format_.path, index, format_.location))
            return [Violation("issue-locations", MESSAGE, where, show(location))]
    missing = [each for each in _errors(judge, operation, request) if each not in locations]
    if locations and missing:
        found = f"{show(locations)}, without {show(missing[0])}"
        return [Violation("issue-locations", ALL_ERRORS, pointer(format_.path), found)]
    return []


def _errors(judge: Judge, operation: Operation, request: Request) -> list[str]:
    """Return the locations of the properties of a body that break their schemas."""
    if operation.body is None:
        return []
    try:
        violations = judge.schemas.violations(operation.body, json_text.parse(request.body))
    except ValueError:
        return []
    return list(dict.fromkeys(each.pointer for each in violations if each.pointer))


def _locations(format_: IssueFormat, response: Response) -> list[str]:
    """Return the locations of the issues; none if the body is invalid, which the judge reports."""
    try:
        value: Any = json_text.parse(response.body)
        for name in format_.path:
            value = value[name]
        return [issue[format_.location] for issue in value]
    except (ValueError, TypeError, KeyError):
        return []


def _lenient(body: bytes) -> Any:
    """Return the value of a JSON body, also if it breaks a rule such as unique keys."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return INVALID


def _exists(spec: Spec, operation: Operation, request: Request, body: Any, location: str) -> bool:
    if location and not location.startswith("/"):
        sent = {name for name, _ in request.query}
        return location in sent | {parameter.name for parameter in operation.parameters}
    if operation.body is None:
        return location == ""
    if body is INVALID or location == "":
        return True
    schema = combined(spec.data, {"$ref": f"#{operation.body}"})
    value = body
    for part in parts(location):
        declared = schema.get("properties", {})
        schema = combined(spec.data, declared.get(part))
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return part in declared  # a missing property
    return True
