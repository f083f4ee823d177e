"""Find the documented examples that break their schemas."""

from __future__ import annotations

from collections.abc import Iterator

from ..app.mock import Mock
from ..contract.document.operation import Content
from ..contract.document.schemas import Schemas
from ..contract.violations import Violation
from ..generation.examples import Example, examples_of

RESPONSE = "a generated response is served in its place"
REQUEST = "no client can send it"


def wrong_examples(mock: Mock) -> Iterator[Violation]:
    """Yield the first breach of each example, with what the mock does about it."""
    visited: set[str] = set()
    responses, requests = mock.context.judge.schemas, mock.resolver.judge.schemas
    for operation in mock.spec.operations.values():
        for documented in (*operation.responses.values(), *operation.ranges.values()):
            for content in documented.contents:
                yield from _wrong(responses, content, RESPONSE, visited)
        for content in operation.bodies:
            yield from _wrong(requests, content, REQUEST, visited)


def _wrong(
    schemas: Schemas, content: Content, effect: str, visited: set[str]
) -> Iterator[Violation]:
    if content.pointer in visited:
        return
    visited.add(content.pointer)
    for example in examples_of(schemas, content.pointer, content.media_type):
        if example.violations:
            yield _violation(example, effect)


def _violation(example: Example, effect: str) -> Violation:
    first = example.violations[0]
    name = f" {example.name}" if example.name else ""
    message = f"the example{name} breaks its schema, so that {effect}: {first.message}"
    return Violation("example", message, first.pointer, first.found, first.fix)
