"""Responses, and the errors that become responses."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# error_code → status and message
ERRORS = {
    "invalid_request": (400, "The request does not match the API documentation"),
    "unauthorized": (401, "Send the bearer token of an account"),
    "forbidden": (403, "The package belongs to another account"),
    "not_found": (404, "This path does not exist"),
    "account_not_found": (404, "Account not found"),
    "package_not_found": (404, "Package not found"),
    "package_release_not_found": (404, "Package release not found"),
    "method_not_allowed": (405, "This path does not support this method"),
    "content_too_large": (413, "The body is larger than 1 MiB"),
    "unsupported_media_type": (415, "Send the body as application/json"),
    "internal_error": (500, "Internal server error"),
}


@dataclass(frozen=True)
class Response:
    """A status, headers, and the JSON object of the body. If `body` is None, no body is sent."""

    status: int
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        """Return the body as JSON in UTF-8."""
        if self.body is None:
            return b""
        return json.dumps(self.body, ensure_ascii=False).encode("utf-8")


@dataclass(frozen=True)
class Issue:
    """One error in a request.

    pointer: a JSON pointer into the body (RFC 6901), or the name of a query parameter.
    message: the rule, such as "must be a string".
    """

    pointer: str
    message: str


class ApiError(Exception):
    """An error of `ERRORS`: the request ends, and the error is the response."""

    def __init__(self, error_code: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(error_code)
        self.error_code = error_code
        self.headers = headers or {}

    def response(self) -> Response:
        status, message = ERRORS[self.error_code]
        return Response(status, error_body(self.error_code, message), self.headers)


class InvalidRequestError(ApiError):
    """A 400 that lists every issue of the request."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        super().__init__("invalid_request")
        self.issues = issues

    def response(self) -> Response:
        status, message = ERRORS[self.error_code]
        body = error_body(self.error_code, message)
        body["error"]["issues"] = [vars(issue) for issue in self.issues]
        return Response(status, body)


def error_body(error_code: str, message: str) -> dict[str, Any]:
    """Return the body that all errors share."""
    return {"error": {"error_code": error_code, "message": message}}
