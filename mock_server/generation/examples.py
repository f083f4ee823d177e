"""The documented examples of a media type object, each with the violations of its schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from ..contract.document.references import at, pointer_to
from ..contract.document.schemas import Schemas
from ..contract.exchange import media_type as without_parameters
from ..contract.violations import Violation, pointer
from .bodies.encoding import is_json

# Where an example object holds its value (OpenAPI 3.0 to 3.2). An externalValue is not fetched.
VALUES = ("value", "dataValue", "serializedValue")
MAX_REFERENCES = 20  # followed from one example to its object


@dataclass(frozen=True)
class Example:
    """A documented example.

    name: its key in ``examples``; empty for ``example``.
    where: the JSON pointer to its value.
    violations: the breaches of the schema.
    note: what was changed to make it valid; empty if nothing was.
    """

    name: str
    value: Any
    where: str
    violations: tuple[Violation, ...] = ()
    note: str = ""


def examples_of(schemas: Schemas, where: str, media_type: str = "") -> list[Example]:
    """Return the examples of the media type object at a JSON pointer, in the document's order.

    media_type: for one that is not JSON, a text that its schema rejects is a body as it is sent,
    such as an XML document.
    """
    try:
        content = at(schemas.data, where)
    except (LookupError, ValueError, TypeError):
        return []
    if not isinstance(content, Mapping):
        return []
    schema = f"{where}/schema" if "schema" in content else None
    return [
        _judged(schemas, schema, name, value, location, media_type)
        for name, value, location in _values(schemas.data, content, where)
    ]


def _values(data: Any, content: Mapping[str, Any], where: str) -> Iterator[tuple[str, Any, str]]:
    """Yield the name, the value and the pointer of each example."""
    if "example" in content:
        yield "", content["example"], f"{where}/example"
    examples = content.get("examples")
    for name, example in examples.items() if isinstance(examples, dict) else ():
        example, location = _followed(data, example, where + pointer(["examples", name]))
        key = next((key for key in VALUES if isinstance(example, dict) and key in example), None)
        if key is not None:
            yield str(name), example[key], f"{location}/{key}"


def _followed(data: Any, example: Any, where: str) -> tuple[Any, str]:
    """Return an example and its pointer, with ``$ref`` followed; None if it leads nowhere."""
    for _ in range(MAX_REFERENCES):
        if not isinstance(example, dict) or not isinstance(example.get("$ref"), str):
            return example, where
        where = pointer_to(example["$ref"])
        try:
            example = at(data, where)
        except (LookupError, ValueError, TypeError):
            break
    return None, where


def _judged(
    schemas: Schemas, schema: str | None, name: str, value: Any, where: str, media_type: str
) -> Example:
    violations = _violations(schemas, schema, value, where)
    if not violations or not isinstance(value, str):
        return Example(name, value, where, violations)
    kind = without_parameters(media_type)
    if media_type and not is_json(kind) and "*" not in kind:
        return Example(name, value, where)
    try:
        parsed = json.loads(value)
    except ValueError:
        return Example(name, value, where, violations)
    if _violations(schemas, schema, parsed, where):
        return Example(name, value, where, violations)
    return Example(name, parsed, where, (), "the example is text that contains JSON")


def _violations(
    schemas: Schemas, schema: str | None, value: Any, where: str
) -> tuple[Violation, ...]:
    if schema is None:
        return ()
    try:
        return tuple(schemas.violations(schema, value, where))
    except (ValueError, jsonschema_rs.ValidationError) as error:
        return (Violation("schema", f"cannot be used: {error}", schema),)
