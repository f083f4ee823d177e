"""Documented errors as responses. Their bodies are the examples of the document."""

from __future__ import annotations

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from ..contract.document.operation import DocumentedResponse, IssueFormat
from ..contract.document.spec import Api
from ..contract.exchange import Response
from ..contract.violations import Violation

JSON = (("Content-Type", "application/json"),)
# Headers that an error has where the document defines them.
HEADERS = {"WWW-Authenticate": "Bearer", "Retry-After": "1"}
STATUSES = frozenset(HTTPStatus)
PROBLEM_DETAILS = "application/problem+json"
PROBLEM_ISSUES = IssueFormat(("errors",), "pointer", "detail")  # RFC 9457, section 3


def outside(spec: Api, status: int, issues: Iterable[Violation] = ()) -> Response:
    """Return the error of a request that reaches no operation, or problem details."""
    documented = spec.outside.get(status)
    return error(documented, None, issues) if documented else problem(status, issues)


def error(
    response: DocumentedResponse, code: str | None = None, issues: Iterable[Violation] = ()
) -> Response:
    """Return a documented error: the example of its code, with the issues added."""
    if not response.examples:
        return Response(response.status)
    body = response.examples.get(code or "", next(iter(response.examples.values())))
    form, listed = response.issues, list(issues)
    if form is not None and listed:
        members = [{form.location: v.pointer, form.message: message(v)} for v in listed]
        body = _with(body, form.path, members)
    more = [(name, text) for name, text in HEADERS.items() if name in response.headers]
    content_type = ("Content-Type", str(response.media_type))
    return Response(response.status, (content_type, *more), encode(body))


def problem(status: int, issues: Iterable[Violation] = ()) -> Response:
    """Return problem details (RFC 9457) with any status, for errors that no document describes."""
    title = HTTPStatus(status).phrase if status in STATUSES else f"Status {status}"
    members = [{"pointer": v.pointer, "detail": message(v)} for v in issues]
    errors = {"errors": members} if members else {}
    body = {"type": "about:blank", "title": title, "status": status, **errors}
    return Response(status, (("Content-Type", PROBLEM_DETAILS),), encode(body))


def _with(body: Any, path: tuple[str, ...], value: Any) -> Any:
    """Return a body with the value at a path of keys."""
    name, *rest = path
    return {**body, name: _with(body.get(name, {}), tuple(rest), value) if rest else value}


def encode(body: Any) -> bytes:
    """Return a JSON value as the bytes of a body. What UTF-8 does not have, such as a part of the
    name of a file that is not UTF-8, becomes an escape sequence of JSON."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")


def encode_in_parts(body: Any) -> bytes:
    """Return a JSON value as the bytes of a body, for one that may be large.

    Each item of a list is encoded alone, so that other threads can run in between.
    """
    if isinstance(body, dict):
        return b"{%b}" % b",".join(
            b"%b:%b" % (encode(name), encode_in_parts(value)) for name, value in body.items()
        )
    return b"[%b]" % b",".join(map(encode, body)) if isinstance(body, list) else encode(body)


def message(violation: Violation) -> str:
    """Return a violation as one line for the client that caused it."""
    found = f"found {violation.found}" if violation.found else ""
    return "; ".join(part for part in (violation.message, found, violation.fix) if part)
