"""What a documented response is made from, as far as the document alone shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from ..contract.document.operation import DocumentedResponse, Operation
from ..contract.document.references import at
from ..contract.exchange import WITHOUT_BODY

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
