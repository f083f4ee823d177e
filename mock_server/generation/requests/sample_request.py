"""A valid request for an operation: the documented examples, else values that its schemas describe.

It has only what the operation requires, so that a reader sees at once what that is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode

from ...contract.document.operation import Content, Operation, Parameter
from ...contract.document.references import at
from ...contract.document.schemas import Schemas
from ...contract.requests.judge import DESCRIBED_HEADERS
from ...contract.requests.styles import Pair
from ..bodies.encoding import encoded
from ..examples import examples_of
from ..generate import CannotGenerateError, generated
from .credentials import TOKEN, credentials_of
from .parameter_texts import header_text, pairs_of, path_text

SEEDS = 5  # values that are tried for a part of the path
SAFE = "/:@!$&'()*+,;=~"  # characters of a path that need no percent-encoding
WITHOUT_SCHEMA = "sample"
SPACES = re.compile(r"[\s/]").search  # what a part of a path should not contain


@dataclass(frozen=True)
class SampleRequest:
    """A request to an operation.

    path: percent-encoded, without the path of a server. query: pairs, not encoded.
    headers: without those of the body. value: the body before it was encoded; None if it has none.
    path_values: the values in the path by the names of their parameters.
    """

    method: str
    path: str
    query: tuple[Pair, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = ""
    value: Any = None
    path_values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """Return the path with the query."""
        return self.path + (f"?{urlencode(self.query)}" if self.query else "")

    @property
    def all_headers(self) -> dict[str, str]:
        """Return the headers with those of the body."""
        more = {"content-type": self.content_type} if self.content_type else {}
        return {**self.headers, **more}


def sample_request(
    schemas: Schemas, operation: Operation, now: int = 0, token: str = TOKEN
) -> SampleRequest:
    """Return a valid request with credentials. Raises CannotGenerateError.

    now: ms since 1970. token: a bearer token, password or API key.
    """
    headers, query, cookies = credentials_of(operation, token)
    for parameter in (*operation.parameters, *operation.cookie_parameters):
        if parameter.required:
            pairs = pairs_of(parameter, _value(schemas, parameter, now))
            (query if parameter.location == "query" else cookies).extend(pairs)
    for parameter in operation.header_parameters:
        if parameter.required and parameter.name.lower() not in DESCRIBED_HEADERS:
            headers[parameter.name] = header_text(parameter, _value(schemas, parameter, now))
    if cookies:
        headers["Cookie"] = "; ".join(f"{quote(n)}={quote(text)}" for n, text in cookies)
    path, values = _path(schemas, operation, now)
    request = SampleRequest(
        operation.method, path, tuple(query), headers, path_values=MappingProxyType(values)
    )
    if not operation.bodies or not (operation.body_required or _expects_body(operation)):
        return request
    with_body = _with_body(schemas, request, operation.bodies[0], now)
    return request if with_body.value is None and not operation.body_required else with_body


def _expects_body(operation: Operation) -> bool:
    """Return whether a request without its optional body would be unusual."""
    return operation.method in ("POST", "PUT", "PATCH")


def _with_body(
    schemas: Schemas, request: SampleRequest, content: Content, now: int
) -> SampleRequest:
    value = _body(schemas, content, now)
    schema = at(schemas.data, content.schema) if content.schema else True
    body = encoded(value, content.media_type, schemas.data, schema)
    return replace(request, body=body.content, content_type=body.content_type, value=value)


def _body(schemas: Schemas, content: Content, now: int) -> Any:
    examples = examples_of(schemas, content.pointer, content.media_type)
    for example in examples:
        if not example.violations:
            return example.value
    if content.schema is None:
        return WITHOUT_SCHEMA
    like = {"like": examples[0].value} if examples else {}
    return generated(schemas, content.schema, now=now, for_response=False, **like)


def _path(schemas: Schemas, operation: Operation, now: int) -> tuple[str, dict[str, Any]]:
    """Return the path of the operation with a value for each of its parameters, and the values."""
    path = operation.path.partition("?")[0].partition("#")[0]
    encoded_parts: list[str] = []
    values: dict[str, Any] = {}
    rest = path
    for parameter in sorted(
        operation.path_parameters, key=lambda parameter: path.find(f"{{{parameter.name}}}")
    ):
        before, found, after = rest.partition(f"{{{parameter.name}}}")
        if not found:
            continue
        text, values[parameter.name] = next(_path_texts(schemas, parameter, now))
        encoded_parts += [quote(before, SAFE), quote(text, SAFE.replace("/", ""))]
        rest = after
    return "".join([*encoded_parts, quote(rest, SAFE)]), values


def _path_texts(schemas: Schemas, parameter: Parameter, now: int) -> Iterator[tuple[str, Any]]:
    """Yield each text that can be a part of a path, with its value.

    Raises CannotGenerateError if there is none.
    """
    for seed in range(SEEDS):
        value = _value(schemas, parameter, now, str(seed or ""))
        text = path_text(parameter, value)
        readable = _readable(text)
        if readable != text and _is_part(readable) and _accepts(schemas, parameter, readable):
            yield readable, readable
        if _is_part(text):
            yield text, value
    raise CannotGenerateError(parameter.schema_pointer, "every value is empty or contains a slash")


def _is_part(text: str) -> bool:
    return bool(text.strip(".")) and "/" not in text


def _readable(text: str) -> str:
    """Return a text without characters that a path contains only percent-encoded."""
    return "-".join(text.lower().split()).strip("/").replace("/", "-") if SPACES(text) else text


def _accepts(schemas: Schemas, parameter: Parameter, text: str) -> bool:
    """Return whether the schema of a parameter accepts a text."""
    if not _has_schema(schemas, parameter):
        return True
    return bool(schemas.validator(parameter.schema_pointer).is_valid(text))


def _has_schema(schemas: Schemas, parameter: Parameter) -> bool:
    return "schema" in at(schemas.data, parameter.schema_pointer.removesuffix("/schema"))


def _value(schemas: Schemas, parameter: Parameter, now: int, seed: str = "") -> Any:
    described = parameter.schema_pointer.removesuffix("/schema")
    if not seed:
        for example in examples_of(schemas, described):
            if not example.violations and example.value not in ("", [], {}, None):
                return example.value
    if not _has_schema(schemas, parameter):
        return WITHOUT_SCHEMA
    return generated(
        schemas,
        parameter.schema_pointer,
        seed,
        now,
        for_response=False,
        name=parameter.name,
    )
