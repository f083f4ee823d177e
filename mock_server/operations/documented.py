"""The response of an operation that the document describes, and nothing else.

The body is a documented example, or generated from the schema: always the same for the same path.
An example that breaks its schema is repaired, so that the response keeps the contract.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from ..contract.document.operation import Content, DocumentedResponse, Operation
from ..contract.document.references import at, followed
from ..contract.document.schemas import Schemas
from ..contract.exchange import WITHOUT_BODY, Response
from ..contract.violations import Violation, nearest, pointer
from ..generation.bodies.encoding import encoded
from ..generation.context import OMITTED
from ..generation.examples import Example, examples_of
from ..generation.generate import CannotGenerateError, generated
from ..http.prefer import Preferences, preference_text
from .call import Context, OperationCall, RefusalError

_examples: WeakKeyDictionary[Schemas, dict[str, list[Example]]] = WeakKeyDictionary()

# Headers that the server sets itself, or that would change how the body is read
FRAMING = frozenset(
    {
        "allow", "connection", "content-encoding", "content-length", "content-range",
        "content-type", "date", "keep-alive", "transfer-encoding", "upgrade",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Wish:
    """What a response should look like.

    accept: the header Accept; example: the name of an example; seed: equal seeds have equal bodies;
    hints: values by the names of properties; now: ms since 1970.
    """

    accept: str = ""
    example: str | None = None
    seed: str = ""
    hints: Mapping[str, Any] = field(default_factory=dict)
    now: int = 0
    use_examples: bool = True


def respond(context: Context, call: OperationCall) -> Response:
    """Return the documented response that a request prefers, by default the success.

    Raises RefusalError (400) for an unknown code or example.
    """
    prefer = call.prefer.with_seed()
    documented = preferred(call.operation, prefer)
    body = call.request.body if isinstance(call.request.body, dict) else {}
    wish = Wish(
        call.headers.get("accept", ""),
        prefer.example,
        f"{json.dumps(dict(call.request.path), sort_keys=True, default=str)} {prefer.seed or ''}",
        {**call.request.query, **body, **call.request.path},
        call.now,
        not prefer.dynamic,
    )
    response = response_with(context.judge.schemas, documented, wish)
    applied = ", ".join(_applied(prefer, documented))
    if applied:
        response = response.with_headers([("Preference-Applied", applied)])
    return response


def preferred(operation: Operation, prefer: Preferences) -> DocumentedResponse:
    """Return the documented response of ``Prefer: code=``. Raises RefusalError (400)."""
    if prefer.code is None:
        return operation.success
    documented = operation.documented(prefer.code)
    if documented is None or not 200 <= prefer.code <= 599:
        codes = ", ".join([*map(str, operation.responses), *operation.ranges])
        message = f"code must be one that {operation.id} documents: {codes}"
        raise RefusalError(400, None, [Violation("prefer", message, "Prefer", str(prefer.code))])
    return documented


def response_with(schemas: Schemas, documented: DocumentedResponse, wish: Wish) -> Response:
    """Return a documented response. Raises RefusalError (400) if it has no such example."""
    headers = list(documented_headers(schemas, documented, wish))
    content = negotiated(documented.contents, wish.accept)
    if content is None or documented.status in WITHOUT_BODY:
        return Response(documented.status, tuple(headers), cacheable=True)
    value = _value(schemas, content, documented.status, wish)
    schema = at(schemas.data, content.schema) if content.schema else True
    body = encoded(value, content.media_type, schemas.data, schema)
    headers.insert(0, ("Content-Type", body.content_type))
    return Response(documented.status, tuple(headers), body.content, cacheable=wish.use_examples)


def negotiated(contents: tuple[Content, ...], accept: str) -> Content | None:
    """Return the body that a client accepts (RFC 9110, section 12.5.1), by default the first."""
    if not contents:
        return None
    accepted = parse_accept_header(accept, MIMEAccept) if accept else None
    best = accepted.best_match([content.media_type for content in contents]) if accepted else None
    return next((each for each in contents if each.media_type == best), contents[0])


def _value(schemas: Schemas, content: Content, status: int, wish: Wish) -> Any:
    """Return the example, repaired if it is invalid, or else a generated value."""
    example = _example(schemas, content, status, wish)
    if example is not None and not example.violations:
        return example.value
    if content.schema is None:
        return {} if content.is_json else ""
    generate = partial(generated, schemas, content.schema, wish.seed, wish.now, wish.hints)
    try:
        like = OMITTED if example is None else example.value
        return generate(use_examples=wish.use_examples, like=like)
    except CannotGenerateError:
        if not wish.use_examples:
            raise
        return generate(use_examples=False)  # the examples can be too far from the schema


def _example(schemas: Schemas, content: Content, status: int, wish: Wish) -> Example | None:
    """Return the example with the preferred name, or else the first valid one, or else the first.

    Raises RefusalError (400) for an unknown name.
    """
    of_document = _examples.setdefault(schemas, {})
    if content.pointer not in of_document:
        of_document[content.pointer] = examples_of(schemas, content.pointer, content.media_type)
    examples = of_document[content.pointer]
    if wish.example is None:
        if not wish.use_examples:
            return None
        first = next(iter(examples), None)
        return next((each for each in examples if not each.violations), first)
    named = {each.name: each for each in examples if each.name}
    if wish.example not in named:
        message = f"example must be one of {', '.join(named) or 'none'} for {status}"
        fix = nearest(wish.example, named)
        raise RefusalError(400, None, [Violation("prefer", message, "Prefer", wish.example, fix)])
    return named[wish.example]


def documented_headers(
    schemas: Schemas, documented: DocumentedResponse, wish: Wish
) -> Iterator[tuple[str, str]]:
    """Yield the documented headers, without those that the server sets."""
    for name, header in documented.headers.items():
        if name.lower() in FRAMING or not isinstance(header, dict):
            continue
        where = followed(schemas.data, documented.pointer + pointer(("headers", name)))
        if "schema" not in header:
            continue
        like = header.get("example", OMITTED)
        try:
            value = generated(
                schemas, where + "/schema", wish.seed, wish.now, wish.hints, like=like
            )
        except CannotGenerateError:
            continue  # the judge reports the header if it is required
        text = _header_text(value)
        if text is not None:
            yield name, text


def _header_text(value: Any) -> str | None:
    """Return a value in the style ``simple``; None if a header cannot contain it."""
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, list):
        text = ",".join(str(item) for item in value)
    elif isinstance(value, dict) or value is None:
        return None
    else:
        text = str(value)
    return text if text.isascii() and text.isprintable() and text == text.strip() else None


def _applied(prefer: Preferences, documented: DocumentedResponse) -> Iterator[str]:
    """Yield the preferences that the response honours (RFC 7240, section 3)."""
    if prefer.code is not None:
        yield f"code={documented.status}"
    if prefer.example is not None and documented.contents:
        yield preference_text("example", prefer.example)
    if prefer.dynamic:
        yield f"dynamic=true, seed={prefer.seed}"
