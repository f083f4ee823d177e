"""The API reference: operations, properties, statuses and rules, read from the spec."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..contract.document.operation import Operation
from ..contract.document.references import resolve
from ..contract.document.spec import Spec
from ..contract.rules.compilation import Rule, Rules
from .preview import StatusLabel, status_label

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
    """A response of an operation. codes: the error codes that its body can have."""

    status: int
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


def operations(spec: Spec, rules: Rules) -> Iterator[OperationReference]:
    """Yield the operations in the order of the spec."""
    for operation in spec.operations.values():
        data = spec.data["paths"][operation.path][operation.method.lower()]
        yield OperationReference(
            operation,
            str(data.get("description", "")),
            AUTHENTICATION[operation.needs_token, operation.takes_token],
            (*_parameters(spec, data), *_body(spec, operation)),
            tuple(_responses(spec, data)),
            tuple(rules.of_operations.get(operation.id, ())),
        )


def resources(spec: Spec, rules: Rules) -> Iterator[ResourceReference]:
    """Yield the resources, the release first."""
    for name in sorted(spec.entities, key=lambda name: name != spec.release):
        schema = spec.schema(name)
        description = str(schema.get("description", ""))
        fields = tuple(_fields(spec, schema))
        yield ResourceReference(name, description, fields, tuple(rules.of_schemas.get(name, ())))


def statuses(spec: Spec) -> tuple[StatusLabel, ...]:
    """Return the labels of all statuses."""
    return tuple(status_label(spec, status) for status in spec.phases)


def type_text(schema: Mapping[str, Any]) -> str:
    """Return the type of a schema as text, such as ``string | null`` or ``date-time``."""
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    types = schema.get("type", [])
    names = [types] if isinstance(types, str) else list(types)
    if "format" in schema:
        names = [schema["format"] if name == "string" else name for name in names]
    return " | ".join(names) or "any"


def _parameters(spec: Spec, data: Mapping[str, Any]) -> Iterator[FieldReference]:
    for item in data.get("parameters", ()):
        parameter = resolve(spec.data, item)
        schema = resolve(spec.data, parameter.get("schema", {}))
        description = str(parameter.get("description", schema.get("description", "")))
        required = bool(parameter.get("required"))
        name, location = parameter["name"], parameter["in"]
        yield FieldReference(name, type_text(schema), required, description, location)


def _body(spec: Spec, operation: Operation) -> Iterator[FieldReference]:
    if operation.body is not None:
        yield from _fields(spec, resolve(spec.data, {"$ref": "#" + operation.body}), "body")


def _fields(spec: Spec, schema: Mapping[str, Any], location: str = "") -> Iterator[FieldReference]:
    required = schema.get("required", ())
    for name, item in schema.get("properties", {}).items():
        subschema = resolve(spec.data, item)
        description = str(subschema.get("description", ""))
        yield FieldReference(name, type_text(subschema), name in required, description, location)


def _responses(spec: Spec, data: Mapping[str, Any]) -> Iterator[ResponseReference]:
    for status, item in data["responses"].items():
        response = resolve(spec.data, item)
        examples = [
            name
            for content in response.get("content", {}).values()
            for name in content.get("examples", {})
        ]
        codes = tuple(examples) if int(status) >= 400 else ()
        yield ResponseReference(int(status), str(response.get("description", "")), codes)
