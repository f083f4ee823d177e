"""The documented responses of an operation, with the bodies that the mock would send."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from ...contract.document.operation import DocumentedResponse, Operation
from ...contract.document.references import at
from ...contract.exchange import Response
from ...contract.requests import Accepted
from ...contract.violations import Violation
from ...generation.examples import Example, examples_of
from ...generation.generate import CannotGenerateError
from ...http.prefer import Preferences, preference_text
from ...operations import documented
from ...operations.call import OperationCall, RefusalError
from ...operations.response_sources import EMPTY, EXAMPLE, SCHEMA, responses_by_name, source_of
from ...state.session_state import new_session_state
from ..page_request import PageRequest
from .requests import OfferedRequest

MAX_RESPONSES = 40  # of an operation
MAX_EXAMPLES = 20  # of a response
MAX_VIOLATIONS = 5  # shown for an example
MAX_TEXT = 20_000  # characters of a body
GENERATED = "generated from the schema"


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
    which it is requested.
    """

    name: str
    code: int
    description: str
    media_types: tuple[str, ...]
    headers: tuple[str, ...]
    source: str
    bodies: tuple[BodyView, ...]


def response_views(
    page: PageRequest, operation: Operation, offered: OfferedRequest | None
) -> tuple[ResponseView, ...]:
    """Return the documented responses, the success first."""
    listed = responses_by_name(operation).items()
    return tuple(
        _view(page, operation, name, response, offered)
        for name, response in islice(listed, MAX_RESPONSES)
    )


def success_body(
    page: PageRequest, operation: Operation, offered: OfferedRequest | None
) -> BodyView:
    """Return the body that the mock sends to a request without ``Prefer``."""
    return _body(page, operation, operation.success, Preferences(), offered)


def _view(
    page: PageRequest,
    operation: Operation,
    name: str,
    response: DocumentedResponse,
    offered: OfferedRequest | None,
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
        tuple(_bodies(page, operation, response, preferred, offered)),
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
    content = response.contents[0]
    examples = examples_of(page.context.judge.schemas, content.pointer, content.media_type)
    named = [example for example in examples if example.name]
    if source == SCHEMA or not named:
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


def _body(
    page: PageRequest,
    operation: Operation,
    response: DocumentedResponse,
    prefer: Preferences,
    offered: OfferedRequest | None,
) -> BodyView:
    prefer_text = ", ".join(_preference(prefer))
    media_type = response.media_type or ""
    request = Accepted({}, None, (), {})
    if offered is not None:
        request = Accepted({}, offered.request.value, (), offered.request.path_values)
    state = new_session_state(page.wall, page.wall)
    call = OperationCall(operation, request, None, page.session, state, page.wall, prefer)
    try:
        sent = documented.respond(page.context, call)
    except CannotGenerateError as error:
        return BodyView("", prefer_text, media_type, "", problem=error.reason)
    except RefusalError as error:
        return BodyView("", prefer_text, media_type, "", problem=str(error.issues[0]))
    text = _text(sent)
    return BodyView("", prefer_text, sent.media_type, text[:MAX_TEXT], cut=len(text) > MAX_TEXT)


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
