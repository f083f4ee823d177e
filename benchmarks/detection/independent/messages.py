"""Requests, responses and the JSON of request bodies."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import parse_qsl

from .data import Json

SYNTAX = "The request is not valid"


@dataclass
class Request:
    """A request; `body` is None without a body, and `size` is its length in bytes."""

    method: str
    path: str
    query_text: str
    headers: dict[str, str]
    body: bytes = b""
    size: int = 0

    def query(self) -> list[tuple[str, str]]:
        """Return the query parameters in order."""
        return parse_qsl(self.query_text, keep_blank_values=True, errors="strict")


@dataclass
class Response:
    """A response with a JSON body, without a body, or with a stream of events."""

    status: int
    body: Json = None
    headers: dict[str, str] = field(default_factory=dict)
    stream: Iterator[str] | None = None
    raw: bytes | None = None
    fault: str | None = None


@dataclass(frozen=True)
class Issue:
    """One error in a request."""

    pointer: str
    message: str


class Rejected(Exception):  # noqa: N818 - it is the reason of a response, not a failure
    """The request is rejected with an error."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        issues: list[Issue] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.response = error(status, code, message, issues, headers)


def error(
    status: int,
    code: str,
    message: str,
    issues: list[Issue] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return the response for an error."""
    content: Json = {"error_code": code, "message": message}
    if issues:
        content["issues"] = [{"pointer": i.pointer, "message": i.message} for i in issues]
    return Response(status, {"error": content}, dict(headers or {}))


def invalid(issues: list[Issue]) -> Rejected:
    """Return the error for a request that is not valid."""
    return Rejected(400, "invalid_request", SYNTAX, issues)


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Return an object; its keys must be unique (RFC 8259, section 4)."""
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError("the keys of an object must be unique")
    return result


def _no_constant(name: str) -> NoReturn:
    """Reject NaN and Infinity, which are not JSON."""
    raise ValueError(f"{name} is not JSON")


def integer(text: str) -> float:
    """Return an integer; a very long one becomes a float, because its value is never used."""
    return int(text) if len(text) < 4_000 else float(text)


def parse_json(body: bytes, *, surrogates: bool = False, unique: bool = True) -> Json:
    """Return the value of a JSON body, or raise ValueError."""
    text = body.decode("utf-8")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique if unique else dict,
            parse_constant=_no_constant,
            parse_int=integer,
        )
        if not surrogates:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise ValueError("the values are nested too deeply") from None
    return value


def strict_body(body: bytes) -> Json:
    """Return the value of a body without lone surrogates."""
    return parse_json(body)


def surrogate_body(body: bytes) -> Json:
    """Return the value of a body, which can contain lone surrogates."""
    return parse_json(body, surrogates=True)
