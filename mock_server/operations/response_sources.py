"""The documented responses of an operation, and what each is made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ..contract.document.operation import DocumentedResponse, Operation
from ..contract.document.references import at
from ..contract.exchange import WITHOUT_BODY

FIRST_OF_DEFAULT = 500  # the status that is requested for ``default``
EXAMPLE, SCHEMA, EMPTY = "example", "schema", "empty"


def source_of(data: Any, response: DocumentedResponse) -> str:
    """Return EXAMPLE, SCHEMA, or EMPTY for a response without a body.

    An example that its schema rejects is repaired when the response is made.
    """
    if not response.contents or response.status in WITHOUT_BODY:
        return EMPTY
    content = at(data, response.contents[0].pointer)
    if "example" in content or content.get("examples"):
        return EXAMPLE
    return SCHEMA if "schema" in content else EMPTY


def count_sources(data: Any, operations: Iterable[Operation]) -> Counter[str]:
    """Return how many operations have each source for their success response."""
    return Counter(source_of(data, operation.success) for operation in operations)


def responses_by_name(operation: Operation) -> dict[str, DocumentedResponse]:
    """Return the responses by their names in the document, the success first.

    Each has the status with which a client requests it: that of its name, or the first free one of
    its range.
    """
    success = operation.success
    listed = {str(status): response for status, response in operation.responses.items()}
    named = {**listed, **operation.ranges}
    first = [name for name, response in named.items() if response.pointer == success.pointer][:1]
    names = [*first, *(name for name in named if name not in first)]
    return {
        name: success if name in first else replace(named[name], status=_code(operation, name))
        for name in names
    }


def _code(operation: Operation, name: str) -> int:
    if name.isdigit():
        return int(name)
    first = FIRST_OF_DEFAULT if name == "default" else int(name[0]) * 100
    return next(code for code in range(first, 600) if code not in operation.responses)
