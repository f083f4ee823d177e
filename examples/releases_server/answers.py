"""What the server answers: a thing that was asked for, or a refusal in one form."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

REFUSALS = {
    "invalid_request": (400, "The request is not of the documented form"),
    "unauthorized": (401, "A bearer token of an account is needed"),
    "forbidden": (403, "The package belongs to another account"),
    "not_found": (404, "There is nothing at this path"),
    "account_not_found": (404, "Account not found"),
    "package_not_found": (404, "Package not found"),
    "package_release_not_found": (404, "Package release not found"),
    "method_not_allowed": (405, "This path does not take this method"),
    "content_too_large": (413, "The body is larger than 1 MiB"),
    "unsupported_media_type": (415, "Send the body as application/json"),
    "internal_error": (500, "The server could not answer"),
}


@dataclass(frozen=True)
class Answer:
    """A status, and the JSON of the body; without `body` none is sent."""

    status: int
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        if self.body is None:
            return b""
        return json.dumps(self.body, ensure_ascii=False).encode("utf-8")


@dataclass(frozen=True)
class Issue:
    """A thing wrong with a request: where (JSON pointer, or name of a query parameter) and what."""

    pointer: str
    message: str


class ApiError(Exception):
    """Ends the answering of a request with one of `REFUSALS`."""

    def __init__(self, error_code: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(error_code)
        self.error_code = error_code
        self.headers = headers or {}

    def answer(self) -> Answer:
        status, message = REFUSALS[self.error_code]
        return Answer(status, error_body(self.error_code, message), self.headers)


class InvalidRequestError(ApiError):
    """The refusal that says what is wrong, and where."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        super().__init__("invalid_request")
        self.issues = issues

    def answer(self) -> Answer:
        status, message = REFUSALS[self.error_code]
        body = error_body(self.error_code, message)
        body["error"]["issues"] = [vars(issue) for issue in self.issues]
        return Answer(status, body)


def error_body(error_code: str, message: str) -> dict[str, Any]:
    return {"error": {"error_code": error_code, "message": message}}
