"""The judge of requests: checks whether a request conforms to its operation.

Most requirements are JSON Schemas. The modules of this folder add what a schema cannot express: how
parameters and forms are written, the media type and the maximum size of the body, strict JSON, and
that a parameter occurs once. `openapi_core_check.py` compares the verdicts with openapi-core.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from werkzeug.sansio.http import parse_cookie

from ..document.directions import ONLY_IN_RESPONSES, without_required
from ..document.operation import Operation, Parameter
from ..document.schemas import Schemas
from ..document.spec import Api
from ..exchange import Request
from ..violations import Violation
from .bodies import URLENCODED, BodyReader, documented
from .parameters import ABSENT, ParameterReader
from .styles import Pair
from .verdicts import LARGEST_BODY, Accepted, Rejected

# Headers that other parts of a document describe (OpenAPI 3.1, section 4.8.12)
DESCRIBED_HEADERS = ("accept", "authorization", "content-type")
READ_HEADERS = ("authorization", "content-encoding", "content-type", "cookie")
NO_KEYS: tuple[str, ...] = ()


def headers_read(operations: Collection[Operation]) -> tuple[str, ...]:
    """Return the headers that the verdict on a request depends on, in lower case."""
    parameters = (each.name for operation in operations for each in operation.header_parameters)
    schemes = (each for o in operations for alternative in o.security for each in alternative)
    keys = (scheme.parameter for scheme in schemes if scheme.location == "header")
    names = (*READ_HEADERS, *parameters, *keys)
    return tuple(dict.fromkeys(name.lower() for name in names))


@dataclass(frozen=True)
class _Readers:
    """The readers of one operation's parameters and bodies, by media type."""

    query: tuple[ParameterReader, ...]
    path: tuple[ParameterReader, ...]
    headers: tuple[ParameterReader, ...]
    cookies: tuple[ParameterReader, ...]
    bodies: Mapping[str, BodyReader]


class RequestJudge:
    """Checks requests against an API. Does not check credentials: only the fixtures know which
    tokens are valid."""

    def __init__(self, api: Api, schemas: Schemas) -> None:
        self.api, self._schemas = api, schemas
        # A document can have a thousand operations: each is compiled when it is requested first.
        self._readers: dict[str, _Readers] = {}

    @cached_property
    def schemas(self) -> Schemas:
        """The schemas as they apply to requests."""
        data = without_required(self.api.data, ONLY_IN_RESPONSES)
        return self._schemas if data is self._schemas.data else Schemas(data)

    def judge(
        self,
        operation: Operation,
        request: Request,
        path: Mapping[str, str] | None = None,
        largest_body: float = LARGEST_BODY,
    ) -> Accepted | Rejected:
        """Check a request in the order of the contract: 415, 413, 400.

        path: the texts of the path parameters by name; those that it lacks are not checked.
        largest_body: the limit in bytes. An operation that documents 422, but not 400, rejects an
        invalid request with 422.
        """
        content, media_type = None, ""
        if operation.bodies:
            media_type = request.media_type
            coding = request.headers.get("content-encoding", "").strip().lower()
            if coding not in ("", "identity") and request.size:
                message = "the body must not be compressed: send it without Content-Encoding"
                return _rejected(415, "content-encoding", message, coding)
            content = documented(operation.bodies, media_type)
            if content is None and (media_type or request.size):  # no body has no wrong type
                media_types = " or ".join(operation.media_types)
                found = request.headers.get("content-type") or "none"
                return _rejected(415, "media-type", f"the body must be {media_types}", found)
            if request.size > largest_body:
                message = f"the body must have at most {largest_body} bytes"
                return _rejected(413, "body-size", message, f"{request.size} bytes")
        readers = self._readers.get(operation.id) or self._compiled(operation)
        problems: list[Violation] = []
        query = _values(readers.query, request.query, problems) if readers.query else {}
        body, ignored = None, NO_KEYS
        if operation.bodies:
            if content is not None and (request.body or media_type == URLENCODED):
                reader = readers.bodies[content.pointer]
                body = reader.value(request, media_type, problems)
                ignored = reader.undeclared(body)
            elif operation.body_required:
                problems.append(Violation("body", "a body is required"))
        in_path = _in_path(readers.path, path or {}, problems) if readers.path else {}
        headers = _headers(readers.headers, request, problems) if readers.headers else {}
        cookies = _cookies(readers.cookies, request, problems) if readers.cookies else {}
        if problems:
            return Rejected(_status(operation), tuple(problems))
        return Accepted(query, body, ignored, in_path, headers, cookies)

    def _compiled(self, operation: Operation) -> _Readers:
        headers = [
            parameter
            for parameter in operation.header_parameters
            if parameter.name.lower() not in DESCRIBED_HEADERS
        ]
        readers = _Readers(
            self._parameters(operation.parameters),
            self._parameters(operation.path_parameters),
            self._parameters(headers),
            self._parameters(operation.cookie_parameters),
            {each.pointer: BodyReader(self.schemas, each) for each in operation.bodies},
        )
        self._readers[operation.id] = readers
        return readers

    def _parameters(self, parameters: Sequence[Parameter]) -> tuple[ParameterReader, ...]:
        names = [parameter.name for parameter in parameters]
        return tuple(ParameterReader(self.schemas, parameter, names) for parameter in parameters)


def _values(
    readers: Sequence[ParameterReader], source: Sequence[Pair], problems: list[Violation]
) -> dict[str, Any]:
    """Return the parameters that pairs contain."""
    values = {}
    for reader in readers:
        value = reader.value(source, problems)
        if value is not ABSENT:
            values[reader.name] = value
    return values


def _in_path(
    readers: Sequence[ParameterReader], path: Mapping[str, str], problems: list[Violation]
) -> dict[str, Any]:
    known = (reader for reader in readers if reader.name in path)
    return {reader.name: reader.value(path[reader.name], problems) for reader in known}


def _headers(
    readers: Sequence[ParameterReader], request: Request, problems: list[Violation]
) -> dict[str, Any]:
    texts = ((reader, request.headers.get(reader.name.lower())) for reader in readers)
    values = ((reader.name, reader.value(_utf_8(text), problems)) for reader, text in texts)
    return {name: value for name, value in values if value is not ABSENT}


def _cookies(
    readers: Sequence[ParameterReader], request: Request, problems: list[Violation]
) -> dict[str, Any]:
    header = request.headers.get("cookie", "")
    pairs = [
        (name, unquote(value, errors="surrogateescape"))
        for name, value in parse_cookie(header).items(multi=True)
    ]
    return _values(readers, pairs, problems)


def _utf_8(text: str | None) -> str | None:
    """Return a header whose bytes are UTF-8 as that text: it was decoded as Latin-1."""
    if text is None or text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except ValueError:
        return text


def _status(operation: Operation) -> int:
    """Return the status of the response to an invalid request."""
    return 422 if 422 in operation.responses and 400 not in operation.responses else 400


def _rejected(status: int, rule: str, message: str, found: str) -> Rejected:
    return Rejected(status, (Violation(rule, message, found=found),))
