"""Generate the examples that a document lacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..contract.document.operation import DocumentedResponse, Operation
from ..contract.exchange import WITHOUT_BODY
from ..contract.judge import Judge
from ..generation.examples import examples_of
from ..generation.generate import CannotGenerateError, generated

MAX_CONTENTS = 200
TYPICAL = "typical"  # the name of an example


@dataclass(frozen=True)
class NewExamples:
    """Examples for a response. where: the JSON pointer to its media type object."""

    operation: Operation
    status: int
    where: str
    examples: Mapping[str, Any]


def new_examples(judge: Judge, operations: Iterable[Operation], now: int) -> Iterator[NewExamples]:
    """Yield an example for each JSON success without a valid one. now: ms since 1970.

    Errors have none: one that is generated for a request says what is wrong with it, and an example
    cannot.
    """
    visited: set[str] = set()
    for operation in operations:
        for documented in _successes(operation):
            content = next((each for each in documented.contents if each.is_json), None)
            if content is None or content.schema is None or documented.status in WITHOUT_BODY:
                continue
            if content.pointer in visited or "*" in content.media_type:
                continue
            visited.add(content.pointer)
            if any(not e.violations for e in examples_of(judge.schemas, content.pointer)):
                continue
            try:
                value = generated(judge.schemas, content.schema, operation.id, now)
            except CannotGenerateError:
                continue
            yield NewExamples(operation, documented.status, content.pointer, {TYPICAL: value})


def _successes(operation: Operation) -> list[DocumentedResponse]:
    success = [each for each in operation.responses.values() if 200 <= each.status < 300]
    return success or [operation.success]
