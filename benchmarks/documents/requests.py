"""Build one valid request for an operation, without the generator of the mock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from .nodes import BrokenReferenceError, Node
from .operations import Content, Operation
from .schemas import WRITE, first_error
from .serialisation import (
    FORM,
    MULTIPART,
    concrete,
    encode_body,
    header_text,
    is_json,
    path_text,
    query_pairs,
)
from .values import Builder, NoValueError

ACCEPT = "application/json, */*;q=0.5"
IGNORED_HEADERS = {"accept", "content-type", "authorization"}  # OpenAPI 3.0.4, section 4.8.12
CREDENTIALS = {"basic": "Basic dXNlcjpwYXNzd29yZA==", "bearer": "Bearer secret-token"}


@dataclass(frozen=True)
class Request:
    """A request. target: the path and the query. prefix: the path of the document's server."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    prefix: str = ""


def build_request(operation: Operation, version: str, *, complete: bool) -> Request:
    """Return a valid request. Raise NoValueError, or BrokenReferenceError.

    version: of the validators. complete: with the optional parameters and properties, if possible.
    """
    problem: Exception = NoValueError("")
    for choice in (complete, not complete):
        try:
            return _build(operation, Builder(_judge(version), choice), optional=choice)
        except (NoValueError, BrokenReferenceError) as error:
            problem = error
    raise problem


def _judge(version: str) -> Callable[[Node, Any], bool]:
    validators = WRITE[version]
    return lambda schema, value: not first_error(schema, value, validators)


def _build(operation: Operation, builder: Builder, *, optional: bool) -> Request:
    path = operation.path
    query: list[str] = []
    cookies: list[str] = []
    headers = {"Accept": ACCEPT}
    for parameter in operation.parameters:
        if not parameter.required and not optional:
            continue
        if parameter.place == "header" and parameter.name.lower() in IGNORED_HEADERS:
            continue
        value = _value(parameter.content, builder, in_path=parameter.place == "path")
        if parameter.place == "path":
            path = path.replace(f"{{{parameter.name}}}", path_text(parameter, value))
        elif parameter.place == "query":
            query += query_pairs(parameter, value)
        elif parameter.place == "cookie":
            cookies += query_pairs(parameter, value)
        elif parameter.place == "header":
            headers[parameter.name] = header_text(parameter, value)
    _add_credentials(operation, headers, query, cookies)
    if cookies:
        headers["Cookie"] = "; ".join(cookies)
    body = b""
    if operation.body:
        found = _body(operation, builder)
        if found:
            body, headers["Content-Type"] = found
        elif operation.body_required:
            raise NoValueError(f"no body of {', '.join(operation.body)} is supported")
    # A client does not send the fragment. Some documents have parts of a query in their paths.
    path, _, fixed_query = quote(path.partition("#")[0], safe="/%;,=.:@!$&'()*+~?").partition("?")
    if "{" in path or "%7B" in path:
        raise NoValueError(f"a parameter of the path {operation.path} is not described")
    pairs = [*filter(None, [fixed_query]), *query]
    target = "?".join([path, *(["&".join(pairs)] if pairs else [])])
    return Request(operation.method, target, headers, body, operation.prefix)


def _value(content: Content, builder: Builder, *, in_path: bool = False) -> Any:
    """Return a value for a parameter or a body: an example if it is valid. Raise NoValueError."""
    for example in content.examples:
        if example in ("", [], None):
            continue
        if content.schema is None or builder.is_valid(content.schema, example):
            return example
    value = builder.build(content.schema) if content.schema else "sample"
    if in_path and value in ("", [], {}, None, ".", ".."):
        raise NoValueError("a path parameter must not be empty")
    return value


def _body(operation: Operation, builder: Builder) -> tuple[bytes, str] | None:
    """Return a body and its Content-Type: JSON if possible, then forms, then the rest."""
    problem = None
    for media_type in sorted(operation.body, key=_rank):
        content = operation.body[media_type]
        try:
            encoded = encode_body(concrete(media_type), content, _value(content, builder))
        except (NoValueError, BrokenReferenceError) as error:
            problem = problem or error
            continue
        if encoded:
            return encoded
    if problem:
        raise problem
    return None


def _rank(media_type: str) -> int:
    essence = concrete(media_type).partition(";")[0].strip().lower()
    ranks = {FORM: 1, MULTIPART: 2}
    return 0 if is_json(essence) else ranks.get(essence, 3)


def _add_credentials(
    operation: Operation, headers: dict[str, str], query: list[str], cookies: list[str]
) -> None:
    """Add the credentials of the first alternative whose schemes are all supported."""
    for schemes in operation.security:
        found = [list(_credential(scheme)) for scheme in schemes]
        if not all(found):
            if not schemes:
                return
            continue
        for place, name, text in (credential for group in found for credential in group):
            if place == "header":
                if headers.setdefault(name, text) != text:
                    raise NoValueError(f"two security schemes need the header {name}")
            else:
                (query if place == "query" else cookies).append(f"{quote(name)}={text}")
        return


def _credential(scheme: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the place, the name and the text of a credential; nothing if it is not supported."""
    kind = scheme.get("type")
    if kind == "apiKey":
        yield str(scheme.get("in")), str(scheme.get("name")), "secret-key"
    elif kind in ("oauth2", "openIdConnect"):
        yield "header", "Authorization", CREDENTIALS["bearer"]
    elif kind in ("http", "basic"):
        word = str(scheme.get("scheme", kind)).lower()
        if word in CREDENTIALS:
            yield "header", "Authorization", CREDENTIALS[word]


def spread_evenly(items: Sequence[Any], count: int) -> list[Any]:
    """Return at most this number of items, spread over the whole sequence."""
    if len(items) <= count:
        return list(items)
    return [items[index * len(items) // count] for index in range(count)]
