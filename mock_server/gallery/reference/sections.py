"""The sections of the API reference: operations, types of resources, schemas and statuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...contract.document.operation import Operation
from ...contract.document.references import at
from ...contract.document.resources.types import ROLES, TimelineRoles
from ...contract.document.spec import Spec
from ...contract.rules.compilation import Rule, Rules
from ..operations.requests import OfferedRequest, offered_request
from ..operations.responses import ResponseView, first_responses
from ..page_request import PageRequest
from ..preview import StatusLabel, as_title, status_label
from .fields import FieldReference, request_fields, schema_fields
from .types import schema_of, type_text

AUTHENTICATION = {  # (needs_token, takes_token) → text
    (True, True): "token required",
    (False, True): "token optional",
    (False, False): "no token",
}


@dataclass(frozen=True)
class ResponseReference:
    """A response with its first body. type: of the body, in words; schema: the name in it."""

    view: ResponseView
    type: str
    schema: str


@dataclass(frozen=True)
class OperationReference:
    """An operation with its request, its responses and the rules for its responses.

    offered: a valid request; None if none was found. more: whether its own page has more examples.
    """

    operation: Operation
    description: str
    deprecated: bool
    authentication: str
    fields: tuple[FieldReference, ...]
    offered: OfferedRequest | None
    responses: tuple[ResponseReference, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class SchemaReference:
    """A schema with its rules, or a type of resource. type: in words."""

    name: str
    description: str
    type: str
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


def operation_reference(page: PageRequest, operation: Operation) -> OperationReference:
    """Return the section of an operation."""
    spec, rules = page.spec, page.context.judge.rules
    data = at(spec.data, operation.pointer)
    offered = offered_request(page, operation)
    return OperationReference(
        operation,
        str(data.get("description") or ""),
        data.get("deprecated") is True,
        authentication(operation),
        request_fields(spec, operation),
        offered,
        tuple(_response(spec, view) for view in first_responses(page, operation, offered)),
        tuple(rules.of_operations.get(operation.id, ())),
    )


def _response(spec: Spec, view: ResponseView) -> ResponseReference:
    schema: Any = at(spec.data, view.schema) if view.schema else None
    return ResponseReference(
        view, type_text(spec.data, schema) if schema else "", schema_of(schema)
    )


def authentication(operation: Operation) -> str:
    """Return which credentials an operation takes."""
    return AUTHENTICATION[operation.needs_token, operation.takes_token]


def schema_reference(spec: Spec, rules: Rules, name: str) -> SchemaReference:
    """Return the section of a schema."""
    schema = spec.schema(name)
    return SchemaReference(
        name,
        str(schema.get("description") or ""),
        type_text(spec.data, schema),
        schema_fields(spec, schema),
        tuple(rules.of_schemas.get(name, ())),
    )


def timelines(spec: Spec) -> tuple[TimelineReference, ...]:
    """Return the timeline of each type that has one."""
    return tuple(_timeline(spec, each.name, as_title(each.label)) for each in spec.with_timelines)


def _timeline(spec: Spec, name: str, title: str) -> TimelineReference:
    roles = spec.timeline(name)
    labels = tuple(status_label(roles, status) for status in roles.phases)
    described = tuple(role for role in ROLES if roles.role_properties(role))
    in_parts = any(process.name for process in roles.processes)
    listed = described if in_parts or len(described) > 1 else ()
    return TimelineReference(title, roles, labels, listed, in_parts)
