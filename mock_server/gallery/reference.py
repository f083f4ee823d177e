"""The API reference: operations, properties, statuses and rules, read from the spec."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ..contract.document.operation import Operation
from ..contract.document.references import at, combined, resolve
from ..contract.document.resources.types import ROLES, TimelineRoles
from ..contract.document.spec import Spec
from ..contract.rules.compilation import Rule, Rules
from .preview import StatusLabel, as_title, status_label

BODY = "body"
MAX_ENUM = 20  # values and alternatives of a type that are shown
MAX_DEPTH = 5
AUTHENTICATION = {  # (needs_token, takes_token) → text
    (True, True): "token required",
    (False, True): "token optional",
    (False, False): "no token",
}


@dataclass(frozen=True)
class FieldReference:
    """A parameter or a property. location: where it is sent (``query``, ``path``, ``body``)."""

    name: str
    type: str
    required: bool
    description: str
    location: str = ""


@dataclass(frozen=True)
class ResponseReference:
    """A response: its status, or a range of them, and the error codes of its body."""

    status: str
    description: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class OperationReference:
    """An operation with its request, its responses and the rules for its responses."""

    operation: Operation
    description: str
    authentication: str
    fields: tuple[FieldReference, ...]
    responses: tuple[ResponseReference, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class ResourceReference:
    """The schema of a resource, with its rules."""

    name: str
    description: str
    fields: tuple[FieldReference, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class TimelineReference:
    """The statuses of a type of resource, and the roles that its processes have.

    title: the words for the type; in_parts: whether its processes have names.
    """

    title: str
    timeline: TimelineRoles
    statuses: tuple[StatusLabel, ...]
    roles: tuple[str, ...]
    in_parts: bool


def operations(spec: Spec, rules: Rules) -> Iterator[OperationReference]:
    """Yield the operations in the order of the spec."""
    for operation in spec.operations.values():
        data = at(spec.data, operation.pointer)
        yield OperationReference(
            operation,
            str(data.get("description") or ""),
            authentication(operation),
            request_fields(spec, operation),
            tuple(_responses(spec, operation)),
            tuple(rules.of_operations.get(operation.id, ())),
        )


def authentication(operation: Operation) -> str:
    """Return which credentials an operation takes."""
    return AUTHENTICATION[operation.needs_token, operation.takes_token]


def request_fields(spec: Spec, operation: Operation) -> tuple[FieldReference, ...]:
    """Return the parameters of an operation, and the properties of its body."""
    return (*_parameters(spec, operation), *_body(spec, operation))


def schemas(spec: Spec, rules: Rules) -> Iterator[ResourceReference]:
    """Yield the schemas of the document that have properties."""
    for name in spec.data["components"]["schemas"]:
        fields = tuple(_fields(spec, spec.schema(name)))
        if fields:
            yield _resource(spec, rules, name, fields)


def resources(spec: Spec, rules: Rules) -> Iterator[ResourceReference]:
    """Yield the types of resources, those with a timeline first."""
    for each in sorted(spec.types.values(), key=lambda each: each.timeline is None):
        yield _resource(spec, rules, each.name, tuple(_fields(spec, spec.schema(each.name))))


def _resource(
    spec: Spec, rules: Rules, name: str, fields: tuple[FieldReference, ...]
) -> ResourceReference:
    description = str(spec.schema(name).get("description") or "")
    return ResourceReference(name, description, fields, tuple(rules.of_schemas.get(name, ())))


def timelines(spec: Spec) -> Iterator[TimelineReference]:
    """Yield the timeline of each type that has one."""
    for each in spec.with_timelines:
        roles = spec.timeline(each.name)
        labels = tuple(status_label(roles, status) for status in roles.phases)
        described = tuple(role for role in ROLES if roles.role_properties(role))
        in_parts = any(process.name for process in roles.processes)
        listed = described if in_parts or len(described) > 1 else ()
        yield TimelineReference(as_title(each.label), roles, labels, listed, in_parts)


def type_text(schema: Any, depth: int = 0) -> str:
    """Return the type of a schema as text, such as ``string | null``, ``date-time`` or ``Pet``."""
    if not isinstance(schema, dict):
        return "any"
    if "$ref" in schema:
        return unquote(str(schema["$ref"]).rpartition("/")[2])
    if "const" in schema:
        return json.dumps(schema["const"])
    if isinstance(schema.get("enum"), list):
        values = schema["enum"][:MAX_ENUM]
        more = " | …" if len(schema["enum"]) > MAX_ENUM else ""
        return " | ".join(json.dumps(value) for value in values) + more
    for keyword in ("oneOf", "anyOf", "allOf"):
        if isinstance(schema.get(keyword), list) and depth < MAX_DEPTH:
            texts = [type_text(each, depth + 1) for each in schema[keyword][:MAX_ENUM]]
            return (" & " if keyword == "allOf" else " | ").join(dict.fromkeys(texts))
    types = schema.get("type", [])
    names = [types] if isinstance(types, str) else list(types)
    if "format" in schema:
        names = [schema["format"] if name == "string" else name for name in names]
    if "items" in schema and depth < MAX_DEPTH:
        items = type_text(schema["items"], depth + 1)
        names = [f"array of {items}" if name == "array" else name for name in names]
    return " | ".join(names) or "any"


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
            type_text(schema),
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
    fields = list(_fields(spec, schema, BODY))
    if fields:
        yield from fields
    else:
        yield FieldReference(BODY, type_text(schema), operation.body_required, "", BODY)


def _fields(spec: Spec, schema: Any, location: str = "") -> Iterator[FieldReference]:
    schema = combined(spec.data, schema)
    required = schema.get("required", ())
    for name, item in schema.get("properties", {}).items():
        subschema = resolve(spec.data, item) if isinstance(item, dict) else {}
        description = str(subschema.get("description") or "")
        yield FieldReference(name, type_text(item), name in required, description, location)


def _responses(spec: Spec, operation: Operation) -> Iterator[ResponseReference]:
    listed = {str(status): response for status, response in operation.responses.items()}
    for status, response in {**listed, **operation.ranges}.items():
        definition = at(spec.data, response.pointer) if response.pointer else {}
        examples = [name for content in response.contents for name in content.examples]
        codes = () if status.startswith("2") else tuple(examples[:MAX_ENUM])
        yield ResponseReference(status, str(definition.get("description") or ""), codes)
