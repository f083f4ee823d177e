"""Documented errors as responses. Their bodies are the examples of the document."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ..contract.document.spec import DocumentedResponse
from ..contract.exchange import Response
from ..contract.violations import Violation

JSON = (("Content-Type", "application/json"),)
# Headers that an error has where the document defines them.
HEADERS = {"WWW-Authenticate": "Bearer", "Retry-After": "1"}


def error(
    response: DocumentedResponse, code: str | None = None, issues: Iterable[Violation] = ()
) -> Response:
    """Return a documented error: the example of its code, with the issues added."""
    if not response.examples:
        return Response(response.status)
    body = response.examples[code or next(iter(response.examples))]
    form, listed = response.issues, list(issues)
    if form is not None and listed:
        members = [{form.location: v.pointer, form.message: _message(v)} for v in listed]
        outer, name = form.path
        body = {**body, outer: {**body[outer], name: members}}
    more = [(name, text) for name, text in HEADERS.items() if name in response.headers]
    return Response(response.status, (*JSON, *more), encode(body))


def encode(body: Any) -> bytes:
    """Return a JSON value as the bytes of a body."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _message(violation: Violation) -> str:
    found = f"found {violation.found}" if violation.found else ""
    return "; ".join(part for part in (violation.message, found, violation.fix) if part)
