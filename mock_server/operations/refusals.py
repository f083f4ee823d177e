"""The response that refuses a request: the documented error, else problem details.

A documented error without a list of issues cannot say what is wrong. The header
``X-Mock-Violations`` says it in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from ..contract.document.operation import DocumentedResponse, Operation
from ..contract.document.schemas import Schemas
from ..contract.document.spec import Spec
from ..contract.exchange import Response
from ..generation.generate import CannotGenerateError
from ..http import error_responses
from ..http.credentials import with_challenge
from .call import RefusalError
from .documented import Wish, response_with

VIOLATIONS = "X-Mock-Violations"
MAX_HEADER = 1000  # characters


@dataclass(frozen=True)
class Refusals:
    """Makes the responses of one version of the document.

    _fixed: by the pointer of a documented error, whether its examples are valid.
    """

    spec: Spec
    schemas: Schemas
    _fixed: dict[str, bool] = field(default_factory=dict)

    def response(self, operation: Operation, refusal: RefusalError, now: int) -> Response:
        """Return the response to a refused request. now: ms since 1970."""
        return self.fixed(operation, refusal) or self._generated(operation, refusal, now)

    def fixed(self, operation: Operation, refusal: RefusalError) -> Response | None:
        """Return the response if it does not depend on the time; None if it is generated."""
        documented = operation.documented(refusal.status) or self.spec.outside.get(refusal.status)
        if documented is None or not documented.contents:  # a body helps, even if none is described
            response = error_responses.problem(refusal.status, refusal.issues)
        elif self._is_fixed(documented):
            response = error_responses.error(documented, refusal.code, refusal.issues)
        else:
            return None
        return _explained(operation, refusal, documented, response)

    def _generated(self, operation: Operation, refusal: RefusalError, now: int) -> Response:
        documented = operation.documented(refusal.status) or self.spec.outside[refusal.status]
        text = "; ".join(map(error_responses.message, refusal.issues))
        wish = Wish(seed=str(refusal.status), hints=_hints(refusal.status, text), now=now)
        try:
            response = response_with(self.schemas, documented, wish)
        except CannotGenerateError:
            response = error_responses.problem(refusal.status, refusal.issues)
        return _explained(operation, refusal, documented, response)

    def _is_fixed(self, documented: DocumentedResponse) -> bool:
        """Return whether a valid example can be sent as it is."""
        known = self._fixed.get(documented.pointer)
        if known is None:
            content = documented.contents[0] if documented.contents else None
            known = content is not None and content.is_json and bool(content.examples)
            if known and content is not None and content.schema is not None:
                values = content.examples.values()
                known = not any(self.schemas.violations(content.schema, each) for each in values)
            self._fixed[documented.pointer] = known
        return known


def _explained(
    operation: Operation,
    refusal: RefusalError,
    documented: DocumentedResponse | None,
    response: Response,
) -> Response:
    """Return the response with the headers that say what is wrong."""
    if refusal.status == 401:
        response = with_challenge(operation, response)
    listed = documented is None or documented.issues or not documented.contents
    if refusal.reason or (refusal.issues and not listed):
        return response.with_headers([(VIOLATIONS, _header(refusal))])
    return response


def _hints(status: int, text: str) -> Mapping[str, Any]:
    """Return what an error says, by the names that errors often use."""
    known = status in error_responses.STATUSES
    phrase = HTTPStatus(status).phrase if known else f"Status {status}"
    names = {"status": status, "statusCode": status, "code": status, "title": phrase}
    return {**names, "message": text or phrase, "detail": text or phrase}


def _header(refusal: RefusalError) -> str:
    """Return the violations as text that a header can contain."""
    parts = [refusal.reason] if refusal.reason else []
    for each in refusal.issues:
        text = error_responses.message(each)
        parts.append(f"{each.pointer}: {text}" if each.pointer else text)
    text = " | ".join(parts)
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in text)[:MAX_HEADER]
