"""Generate the examples that a document lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..contract.document.operation import Content, DocumentedResponse, Operation
from ..contract.exchange import WITHOUT_BODY
from ..contract.judge import Judge
from ..generation.examples import examples_of
from ..generation.generate import CannotGenerateError, generated
from .resources import Resource

MAX_CONTENTS = 200
TYPICAL = "typical"  # the name of an example without a status


@dataclass(frozen=True)
class NewExamples:
    """Examples for a response. where: the JSON pointer to its media type object."""

    operation: Operation
    status: int
    where: str
    examples: Mapping[str, Any]


def new_examples(judge: Judge, resources: list[Resource], now: int) -> Iterator[NewExamples]:
    """Yield examples for each JSON success without a valid one. now: ms since 1970.

    A resource with a lifecycle has one example for each of its statuses. Errors have none: one that
    is generated for a request says what is wrong with it, and an example cannot.
    """
    visited: set[str] = set()
    for operation in judge.spec.operations.values():
        for documented in _successes(operation):
            content = next((each for each in documented.contents if each.is_json), None)
            if content is None or content.schema is None or documented.status in WITHOUT_BODY:
                continue
            if content.pointer in visited or "*" in content.media_type:
                continue
            visited.add(content.pointer)
            if any(not e.violations for e in examples_of(judge.schemas, content.pointer)):
                continue
            examples = _examples(judge, operation, documented, content, resources, now)
            if examples:
                yield NewExamples(operation, documented.status, content.pointer, examples)


def _successes(operation: Operation) -> list[DocumentedResponse]:
    success = [each for each in operation.responses.values() if 200 <= each.status < 300]
    return success or [operation.success]


def _examples(
    judge: Judge,
    operation: Operation,
    documented: DocumentedResponse,
    content: Content,
    resources: list[Resource],
    now: int,
) -> dict[str, Any]:
    schema = str(content.schema)
    try:
        value = generated(judge.schemas, schema, operation.id, now)
    except CannotGenerateError:
        return {}
    lifecycles = (each.lifecycle for each in resources if each.found_by is operation)
    lifecycle = next(lifecycles, None)
    if lifecycle and documented.pointer == operation.success.pointer:
        variants = ((word, _with(value, lifecycle.property, word)) for word in lifecycle.phases)
        valid = {
            re.sub(r"[^a-z0-9]+", "_", word.lower()): variant
            for word, variant in variants
            if variant is not None and not judge.schemas.violations(schema, variant)
        }
        if valid:
            return valid
    return {TYPICAL: value}


def _with(value: Any, name: str, word: str) -> Any:
    """Return a value in which a property, here or one level below, has this word; else None."""
    if not isinstance(value, dict):
        return None
    if name in value:
        return {**value, name: word}
    for key, member in value.items():
        if isinstance(member, dict) and name in member:
            return {**value, key: {**member, name: word}}
    return None
