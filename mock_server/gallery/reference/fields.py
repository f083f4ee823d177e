"""The parameters of an operation, and the properties of a body or a schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ...contract.document.operation import Operation
from ...contract.document.references import at, combined, resolve
from ...contract.document.spec import Spec
from .types import schema_of, with_limits

BODY = "body"
MAX_FIELDS = 150  # of one operation or schema
MAX_DEPTH = 3  # of objects in objects whose properties are listed


@dataclass(frozen=True)
class FieldReference:
    """A parameter or a property.

    name: of a property in an object, with the names of both: ``address.city``, ``items[].id``.
    type: in words. schema: the name of the schema that the type consists of; "" if none.
    location: where it is sent (``query``, ``path``, ``header``, ``cookie``, ``body``).
    """

    name: str
    type: str
    schema: str
    required: bool
    description: str
    location: str = ""


def request_fields(spec: Spec, operation: Operation) -> tuple[FieldReference, ...]:
    """Return the parameters of an operation, and the properties of its body."""
    fields = (*_parameters(spec, operation), *_body(spec, operation))
    return fields[:MAX_FIELDS]


def schema_fields(spec: Spec, schema: Any, location: str = "") -> tuple[FieldReference, ...]:
    """Return the properties of a schema."""
    return tuple(islice(_fields(spec, schema, location), MAX_FIELDS))


def _parameters(spec: Spec, operation: Operation) -> Iterator[FieldReference]:
    for parameter in (
        *operation.path_parameters,
        *operation.parameters,
        *operation.header_parameters,
        *operation.cookie_parameters,
    ):
        definition = at(spec.data, parameter.pointer)
        described = definition.get("description") or parameter.schema.get("description") or ""
        where = parameter.schema_pointer
        schema = at(spec.data, where) if "schema" in at(spec.data, _parent(where)) else {}
        yield FieldReference(
            parameter.name,
            with_limits(spec.data, schema),
            schema_of(schema),
            parameter.required,
            str(described),
            parameter.location,
        )


def _parent(where: str) -> str:
    return where.rpartition("/")[0]


def _body(spec: Spec, operation: Operation) -> Iterator[FieldReference]:
    if operation.body is None:
        return
    schema = at(spec.data, operation.body)
    fields = schema_fields(spec, schema, BODY)
    if fields:
        yield from fields
    else:
        text = with_limits(spec.data, schema)
        yield FieldReference(BODY, text, schema_of(schema), operation.body_required, "", BODY)


def _fields(
    spec: Spec, schema: Any, location: str, before: str = "", depth: int = 1
) -> Iterator[FieldReference]:
    schema = combined(spec.data, schema)
    required = schema.get("required", ())
    for name, item in schema.get("properties", {}).items():
        subschema = resolve(spec.data, item) if isinstance(item, dict) else {}
        description = str(subschema.get("description") or "")
        text, of = with_limits(spec.data, item), schema_of(item)
        yield FieldReference(before + name, text, of, name in required, description, location)
        inner, mark = _inner(item)
        if inner is not None and depth < MAX_DEPTH:
            yield from _fields(spec, inner, location, f"{before}{name}{mark}.", depth + 1)


def _inner(item: Any) -> tuple[Any, str]:
    """Return the object in a property, or in each of its items; None if it has a name."""
    if isinstance(item, dict) and "$ref" not in item:
        if "properties" in item:
            return item, ""
        items = item.get("items")
        if isinstance(items, dict) and "$ref" not in items and "properties" in items:
            return items, "[]"
    return None, ""
