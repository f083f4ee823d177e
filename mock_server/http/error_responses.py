"""Documented errors as answers: what they say stands in the spec's examples."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ..contract.document.spec import DocumentedResponse
from ..contract.exchange import Response
from ..contract.violations import Violation

JSON = (("Content-Type", "application/json"),)
NEEDED = {"WWW-Authenticate": "Bearer", "Retry-After": "1"}  # where an error documents them


def error(
    response: DocumentedResponse, code: str | None = None, issues: Iterable[Violation] = ()
) -> Response:
    """The documented error of a response, as its example says it, with the issues found."""
    if not response.examples:
        return Response(response.status)
    body = response.examples[code or next(iter(response.examples))]
    form, listed = response.issues, list(issues)
    if form is not None and listed:
        told = [{form.place: v.pointer, form.message: _message(v)} for v in listed]
        outer, name = form.path
        body = {**body, outer: {**body[outer], name: told}}
    needed = [(name, text) for name, text in NEEDED.items() if name in response.headers]
    return Response(response.status, (*JSON, *needed), encode(body))


def encode(body: Any) -> bytes:
    """A JSON value as it is sent."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _message(violation: Violation) -> str:
    told = f"found {violation.found}" if violation.found else ""
    return "; ".join(part for part in (violation.message, told, violation.cure) if part)
