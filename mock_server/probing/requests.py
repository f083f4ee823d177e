"""Make one valid request for an operation: from known resources, from examples, from schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from ..app.mock import Mock
from ..contract.document.operation import PARAMETER, Content, Operation, Parameter
from ..contract.document.references import at
from ..contract.document.schemas import Schemas
from ..contract.exchange import ENCODED_SLASH, Request
from ..contract.requests import Accepted, Rejected
from ..contract.requests.judge import DESCRIBED_HEADERS
from ..contract.requests.styles import Pair
from ..contract.violations import Violation
from ..generation.bodies.encoding import encoded
from ..generation.examples import examples_of
from ..generation.generate import CannotGenerateError, generated
from ..generation.requests.credentials import credentials_of
from ..generation.requests.parameter_texts import pairs_of, path_text
from ..state.catalog import Resource
from .known import is_known, known, needs_resource, token, with_known_parent

SEEDS = 5  # bodies that are tried for a new resource
PRECONDITION, ANY_VERSION = "if-match", "*"  # RFC 9110, section 13.1.1


@dataclass(frozen=True)
class Draft:
    """The parts of a request, before credentials are added.

    path: the texts of the path parameters, which are already in ``target``.
    """

    method: str
    target: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: tuple[Pair, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[Pair, ...] = ()
    body: bytes = b""

    def request(self) -> Request:
        """Return the request without credentials."""
        headers = dict(self.headers)
        if self.cookies:
            headers["cookie"] = "; ".join(f"{name}={quote(text)}" for name, text in self.cookies)
        return Request(self.method, self.target, self.query, headers, self.body)


@dataclass(frozen=True)
class ValidRequest:
    """A request that the operation accepts. known: it finds an existing resource, or needs none."""

    request: Request
    anonymous: Request
    accepted: Accepted
    known: bool


class InvalidRequestError(Exception):
    """No valid request was made: the judge rejects the one from the schemas."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__(violations)
        self.violations = tuple(violations)


def valid_request(mock: Mock, operation: Operation) -> ValidRequest:
    """Return a valid request for an operation, with credentials.

    The optional parameters are part of it unless they make it invalid. Raises CannotGenerateError
    if a schema allows no value, and InvalidRequestError.
    """
    resource, values = known(mock, operation)
    likes = [values] if operation.lookup else []
    rejected: tuple[Violation, ...] = ()
    for optional in (False,) if operation.lookup else (True, False):
        draft = _draft(mock, operation, values, optional)
        for body in _bodies(mock, operation, likes, draft):
            verdict = mock.resolver.judge.judge(operation, body.request(), body.path)
            if isinstance(verdict, Rejected):
                rejected = rejected or verdict.violations
                continue
            signed = _with_credentials(mock, operation, body, resource)
            is_known = resource is not None or not needs_resource(operation)
            return ValidRequest(signed.request(), body.request(), verdict, is_known)
    raise InvalidRequestError(rejected)


def _draft(mock: Mock, operation: Operation, values: Mapping[str, Any], optional: bool) -> Draft:
    """Return a request without a body. values: the known parameters."""
    schemas = mock.resolver.judge.schemas
    path = {}
    for parameter in operation.path_parameters:
        value = _value(schemas, parameter, values)
        path[parameter.name] = path_text(parameter, value) or "1"
    chosen = [
        parameter
        for parameter in (
            *operation.parameters,
            *operation.header_parameters,
            *operation.cookie_parameters,
        )
        if parameter.required or parameter.name in values or optional
        if not (parameter.location == "header" and parameter.name.lower() in DESCRIBED_HEADERS)
    ]
    query: list[Pair] = []
    cookies: list[Pair] = []
    headers: dict[str, str] = {}
    for parameter in chosen:
        try:
            value = _value(schemas, parameter, values)
        except CannotGenerateError:
            if parameter.required:
                raise
            continue
        if parameter.location == "query":
            query += pairs_of(parameter, value)
        elif parameter.location == "cookie":
            cookies += pairs_of(parameter, value)
        else:
            headers[parameter.name.lower()] = _in_header(path_text(parameter, value))
    target = _prefix(mock, operation) + _filled(operation.path, path)
    return Draft(operation.method, target, path, tuple(query), headers, tuple(cookies))


def _value(schemas: Schemas, parameter: Parameter, values: Mapping[str, Any]) -> Any:
    """Return a known value, or an example, or a value of the schema. Raises CannotGenerateError."""
    if parameter.name in values:
        return values[parameter.name]
    if parameter.location == "header" and parameter.name.lower() == PRECONDITION:
        return ANY_VERSION
    valid = (each for each in examples_of(schemas, parameter.pointer) if not each.violations)
    example = next(valid, None)
    if example is not None and example.value not in ("", None, [], {}):
        return example.value
    try:
        at(schemas.data, parameter.schema_pointer)
    except LookupError:
        return "1"
    value = generated(schemas, parameter.schema_pointer, parameter.name, for_response=False)
    return _shortened(schemas, parameter, value)


def _shortened(schemas: Schemas, parameter: Parameter, value: Any) -> Any:
    """Return a value whose text is not ambiguous: objects without null and empty members."""
    if isinstance(value, dict):
        kept = {name: each for name, each in value.items() if each not in (None, "", [], {})}
        if not schemas.violations(parameter.schema_pointer, kept):
            return kept
    return value


def _in_header(text: str) -> str:
    """Return a text as a server reads it from a header: decoded as Latin-1."""
    return text.encode("utf-8", "replace").decode("latin-1").replace("\n", " ").strip()


def _prefix(mock: Mock, operation: Operation) -> str:
    return (operation.prefixes or mock.spec.prefixes)[0]


def _filled(template: str, path: Mapping[str, str]) -> str:
    """Return a path with the texts of its parameters, decoded as a server does."""
    path_only = template.partition("?")[0].partition("#")[0]

    def text(name: str) -> str:
        return path.get(name, "1").replace("/", ENCODED_SLASH)

    return PARAMETER.sub(lambda match: text(match[1]), path_only)


def _bodies(
    mock: Mock, operation: Operation, likes: Sequence[Any], draft: Draft
) -> Iterator[Draft]:
    """Yield the request with each body that it can have, the preferred media type first."""
    if not operation.bodies:
        yield draft
        return
    problem = None
    for content in operation.bodies:
        try:
            yield from _with_body(mock, operation, content, likes, draft)
        except CannotGenerateError as error:
            problem = error
    if not operation.body_required:
        yield draft
    if problem is not None:
        raise problem


def _with_body(
    mock: Mock, operation: Operation, content: Content, likes: Sequence[Any], draft: Draft
) -> Iterator[Draft]:
    schemas = mock.resolver.judge.schemas
    in_url = {parameter.name for parameter in (*operation.parameters, *operation.path_parameters)}
    for like in likes:  # a body with only what finds a resource
        yield _encoded(schemas, content, {k: v for k, v in like.items() if k not in in_url}, draft)
    for example in examples_of(schemas, content.pointer, content.media_type):
        value = with_known_parent(mock, operation, example.value)
        if not example.violations and not is_known(mock, operation, value):
            yield _encoded(schemas, content, value, draft)
            break
    if content.schema is None:
        yield _encoded(schemas, content, {}, draft)
        return
    value = _generated_body(mock, operation, content.schema)
    yield _encoded(schemas, content, with_known_parent(mock, operation, value), draft)


def _generated_body(mock: Mock, operation: Operation, schema: str) -> Any:
    """Return a body of a schema; if it creates a resource, the first one with a new key."""
    value = None
    for attempt in range(SEEDS):
        seed = f"{operation.id} {attempt}" if attempt else operation.id
        schemas, plain = mock.resolver.judge.schemas, attempt == 0
        value = generated(schemas, schema, seed, for_response=False, use_examples=plain)
        if not is_known(mock, operation, value):
            break
    return value


def _encoded(schemas: Schemas, content: Content, value: Any, draft: Draft) -> Draft:
    schema = at(schemas.data, content.schema) if content.schema else True
    body = encoded(value, content.media_type, schemas.data, schema)
    headers = {**draft.headers, "content-type": body.content_type}
    return replace(draft, headers=headers, body=body.content)


def _with_credentials(
    mock: Mock, operation: Operation, draft: Draft, resource: Resource | None
) -> Draft:
    """Return a request with the credentials that the operation requires."""
    headers, query, cookies = credentials_of(operation, token(mock, resource))
    replaced = {name for name, _ in query}
    return replace(
        draft,
        query=(*(pair for pair in draft.query if pair[0] not in replaced), *query),
        headers={**draft.headers, **{name.lower(): text for name, text in headers.items()}},
        cookies=(*draft.cookies, *cookies),
    )
