"""The documented responses of an operation, with the bodies that the mock would send."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from ...contract.document.operation import DocumentedResponse, Operation
from ...contract.document.references import at
from ...contract.exchange import Response
from ...contract.violations import Violation
from ...generation.examples import Example, examples_of
from ...generation.generate import CannotGenerateError
from ...http.prefer import Preferences, preference_text
from ...operations import documented
from ...operations.call import OperationCall, RefusalError
from ...operations.response_sources import EMPTY, EXAMPLE, SCHEMA, responses_by_name, source_of
from ...state.session_state import new_session_state
from ..page_request import PageRequest
from .lookups import accepted, stored_response
from .requests import OfferedRequest

MAX_RESPONSES = 40  # of an operation
MAX_EXAMPLES = 20  # of a response
MAX_VIOLATIONS = 5  # shown for an example
MAX_TEXT = 20_000  # characters of a body; of a sample among others:
MAX_SAMPLE = 6_000
GENERATED, STORED = "generated from the schema", "from the fixtures"


@dataclass(frozen=True)
class BodyView:
    """A body that the mock sends.

    title: the name of its example, or what it is made from; empty if there is nothing to say.
    prefer: the value of ``Prefer`` that requests it; empty if the mock sends it without one.
    text: pretty-printed JSON, or other text; cut: whether its end is left out.
    violations: why an example is repaired before it is sent; problem: why there is no body.
    """

    title: str
    prefer: str
    media_type: str
    text: str
    cut: bool = False
    summary: str = ""
    violations: tuple[Violation, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class ResponseView:
    """A documented response.

    name: its key in the document, such as ``404``, ``4XX`` or ``default``; code: the status with
    which it is requested. schema: the JSON pointer to that of its body. examples: their names.
    """

    name: str
    code: int
    description: str
    media_types: tuple[str, ...]
    headers: tuple[str, ...]
    source: str
    schema: str | None
    examples: tuple[str, ...]
    bodies: tuple[BodyView, ...]


def response_views(
    page: PageRequest, operation: Operation, offered: OfferedRequest | None
) -> tuple[ResponseView, ...]:
    """Return the documented responses, the success first, with all their examples."""
    return tuple(_views(page, operation, offered, MAX_EXAMPLES))


def first_responses(
    page: PageRequest, operation: Operation, offered: OfferedRequest | None
) -> tuple[ResponseView, ...]:
    """Return the documented responses, the success first, each with the start of one body."""
    views = _views(page, operation, offered, 1)
    return tuple(replace(view, bodies=tuple(map(_start_of, view.bodies))) for view in views)


def _start_of(body: BodyView) -> BodyView:
    return replace(body, text=body.text[:MAX_SAMPLE], cut=body.cut or len(body.text) > MAX_SAMPLE)


def success_body(
    page: PageRequest, operation: Operation, offered: OfferedRequest | None
) -> BodyView:
    """Return the body that the mock sends to a request without ``Prefer``."""
    stored = _stored_body(page, operation, offered)
    return stored or _body(page, operation, operation.success, Preferences(), offered)


def _views(
    page: PageRequest, operation: Operation, offered: OfferedRequest | None, most: int
) -> Iterator[ResponseView]:
    listed = islice(responses_by_name(operation).items(), MAX_RESPONSES)
    for name, response in listed:
        yield _view(page, operation, name, response, offered, most)


def _view(
    page: PageRequest,
    operation: Operation,
    name: str,
    response: DocumentedResponse,
    offered: OfferedRequest | None,
    most: int,
) -> ResponseView:
    is_success = response.pointer == operation.success.pointer
    data = page.spec.data
    preferred = None if is_success else response.status
    return ResponseView(
        name,
        response.status,
        str(at(data, response.pointer).get("description", "")) if response.pointer else "",
        tuple(content.media_type for content in response.contents),
        tuple(response.headers),
        source_of(data, response),
        response.schema,
        tuple(islice((n for content in response.contents for n in content.examples), MAX_EXAMPLES)),
        tuple(islice(_bodies(page, operation, response, preferred, offered), most)),
    )


def _bodies(
    page: PageRequest,
    operation: Operation,
    response: DocumentedResponse,
    code: int | None,
    offered: OfferedRequest | None,
) -> Iterator[BodyView]:
    """Yield the body of each example, or else the one that is generated."""
    data = page.spec.data
    source = source_of(data, response)
    if source == EMPTY:
        return
    stored = _stored_body(page, operation, offered) if code is None else None
    if stored is not None:
        yield stored
    content = response.contents[0]
    examples = examples_of(page.context.judge.schemas, content.pointer, content.media_type)
    named = [example for example in examples if example.name]
    if source == SCHEMA or not named:
        if stored is not None:
            return
        body = _body(page, operation, response, Preferences(code=code), offered)
        violations = examples[0].violations if examples else ()
        title = "example" if source == EXAMPLE else GENERATED
        yield _with_violations(replace(body, title=title), violations)
        return
    for example in named[:MAX_EXAMPLES]:
        prefer = Preferences(code=code, example=example.name)
        body = _body(page, operation, response, prefer, offered)
        summary = _summary(page, content.pointer, example)
        yield _with_violations(
            replace(body, title=example.name, summary=summary), example.violations
        )


def _with_violations(body: BodyView, violations: tuple[Violation, ...]) -> BodyView:
    return replace(body, violations=violations[:MAX_VIOLATIONS])


def _summary(page: PageRequest, where: str, example: Example) -> str:
    definition = at(page.spec.data, where)["examples"].get(example.name)
    return str(definition.get("summary", "")) if isinstance(definition, dict) else ""


def _stored_body(
    page: PageRequest, operation: Operation, offered: OfferedRequest | None
) -> BodyView | None:
    """Return the body with the resources of the fixtures that the request finds; None if none."""
    sent = stored_response(page, operation, offered)
    return _view_of(sent, STORED, "") if sent else None


def _body(
    page: PageRequest,
    operation: Operation,
    response: DocumentedResponse,
    prefer: Preferences,
    offered: OfferedRequest | None,
) -> BodyView:
    prefer_text = ", ".join(_preference(prefer))
    media_type = response.media_type or ""
    request = accepted(page, operation, offered)
    state = new_session_state(page.wall, page.wall)
    call = OperationCall(operation, request, None, page.session, state, page.wall, prefer)
    try:
        sent = documented.respond(page.context, call)
    except CannotGenerateError as error:
        return BodyView("", prefer_text, media_type, "", problem=error.reason)
    except RefusalError as error:
        return BodyView("", prefer_text, media_type, "", problem=str(error.issues[0]))
    return _view_of(sent, "", prefer_text)


def _view_of(sent: Response, title: str, prefer: str) -> BodyView:
    text = _text(sent)
    return BodyView(title, prefer, sent.media_type, text[:MAX_TEXT], cut=len(text) > MAX_TEXT)


def _preference(prefer: Preferences) -> Iterator[str]:
    if prefer.code is not None:
        yield preference_text("code", str(prefer.code))
    if prefer.example is not None:
        yield preference_text("example", prefer.example)


def _text(response: Response) -> str:
    """Return a body as text, and JSON pretty-printed."""
    try:
        text = response.body.decode()
    except UnicodeDecodeError:
        return f"{len(response.body)} bytes that are not text"
    if "json" not in response.media_type:
        return text
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
