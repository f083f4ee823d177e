"""The documented responses of all operations as data, for a document without builds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..contract.document.operation import DocumentedResponse, Operation
from ..contract.document.schemas import Schemas
from ..contract.document.spec import Spec
from ..contract.exchange import Response
from ..foundation import timestamps
from ..generation.examples import examples_of
from ..generation.generate import CannotGenerateError
from ..operations.documented import Wish, response_with
from ..operations.response_sources import responses_by_name

NOW = timestamps.parse("2025-01-01T00:00:00Z")  # the same sources make the same export
MAX_EXAMPLES = 20  # of a response


@dataclass(frozen=True)
class ResponseBody:
    """A response. example: the name of its example, or "" if it is generated or has no name.

    value: the parsed JSON; text: a body that is not JSON; both are None without a body.
    """

    name: str
    status: int
    example: str
    headers: Mapping[str, str]
    value: Any = None
    text: str | None = None
    is_json: bool = False


def response_bodies(spec: Spec) -> dict[str, list[ResponseBody]]:
    """Return the responses of each operation, those of a success first.

    A response that cannot be generated is left out.
    """
    schemas = Schemas(spec.data)
    return {o.id: list(_of_operation(schemas, o)) for o in spec.operations.values()}


def _of_operation(schemas: Schemas, operation: Operation) -> Iterator[ResponseBody]:
    for name, documented in responses_by_name(operation).items():
        if not 200 <= documented.status <= 599:  # an interim response
            continue
        for example in _example_names(schemas, documented):
            try:
                wish = Wish(example=example or None, now=NOW)
                response = response_with(schemas, documented, wish)
            except CannotGenerateError:
                continue
            yield _body(name, example, response)


def _example_names(schemas: Schemas, documented: DocumentedResponse) -> list[str]:
    """Return the names of the examples; "" stands for the response without a preference."""
    if not documented.contents:
        return [""]
    content = documented.contents[0]
    examples = examples_of(schemas, content.pointer, content.media_type)
    return [each.name for each in islice(examples, MAX_EXAMPLES) if each.name] or [""]


def _body(name: str, example: str, response: Response) -> ResponseBody:
    headers = dict(response.headers)
    if not response.body:
        return ResponseBody(name, response.status, example, headers)
    text = response.body.decode("utf-8", "replace")
    if "json" in response.media_type:
        try:
            value = json.loads(text)
        except ValueError:  # such as lines of JSON
            pass
        else:
            return ResponseBody(name, response.status, example, headers, value, None, True)
    return ResponseBody(name, response.status, example, headers, None, text)
