"""Export Zod schemas for the schemas of the spec, and for the bodies of requests and responses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..contract.document.operation import DocumentedResponse
from ..contract.document.references import at
from ..contract.document.spec import Spec
from ..contract.violations import ContractError, parts
from ..state.dataset import Dataset
from .any_document import zod_schemas
from .any_document.zod_subset import identifiers
from .zod import NAME, SCHEMAS, expression, object_literal, unsupported

HEADER = Path(__file__).with_name("schemas.ts")  # defines what the expressions refer to
COMPONENTS = ("components", "schemas")
JSON = "application/json"


def files(dataset: Dataset) -> dict[str, str]:
    """Return ``schemas.ts``: the schemas, ``requests`` and ``responses``.

    They accept exactly what the document accepts, if it is written for this project and Zod can
    express all of it; else they are as strict as Zod can express them.
    """
    spec = dataset.spec
    try:
        exact = _sections(spec) if spec.document.extended else []
    except ContractError:
        exact = []
    sections = exact or zod_schemas.sections(spec)
    return {"schemas.ts": "\n".join([HEADER.read_text("utf-8"), *sections])}


def _sections(spec: Spec) -> list[str]:
    """Return the parts of the exact module. Raises ContractError if Zod cannot express it."""
    schemas = _schemas(spec)
    requests = {o.id: _expression_at(spec, o.body) for o in spec.operations.values() if o.body}
    return [
        *(
            f"export const {name} = {text};\nexport type {name} = z.infer<typeof {name}>;\n"
            for name, text in schemas.items()
        ),
        "/** The request bodies by operation. */",
        f"export const requests = {object_literal(requests)};\n",
        "/** The response bodies by operation and status. */",
        f"export const responses = {object_literal(_responses(spec, schemas))};\n",
    ]


def _schemas(spec: Spec) -> dict[str, str]:
    """Return the expressions of all schemas, and of responses that operations share, by name."""
    declared: dict[str, Any] = spec.data["components"]["schemas"]
    for key, allowed in identifiers(iter(declared)).items():
        if key != allowed:
            raise unsupported((*COMPONENTS, key), "must be a name of TypeScript", key)
    shared = {
        name: response
        for operation in spec.operations.values()
        for response in operation.responses.values()
        if _has_json(response) and (name := _shared_name(response)) and name not in declared
    }
    return {
        **{name: expression(declared[name], (*COMPONENTS, name)) for name in _in_order(declared)},
        **{name: _expression_at(spec, response.schema) for name, response in shared.items()},
    }


def _responses(spec: Spec, schemas: Mapping[str, str]) -> dict[str, str]:
    """Return an object literal for each operation: a schema by status."""
    responses: dict[str, str] = {}
    for operation in spec.operations.values():
        lines = []
        for response in filter(_has_json, operation.responses.values()):
            text = _shared_name(response)
            if text not in schemas:
                text = _expression_at(spec, response.schema)
            lines.append(f"  {response.status}: {text},\n")
        if lines:
            responses[operation.id] = "{\n" + "".join(lines) + "}"
    return responses


def _has_json(response: DocumentedResponse) -> bool:
    return response.schema is not None and response.media_type == JSON


def _shared_name(response: DocumentedResponse) -> str | None:
    """Return the name of a response in ``components``; None if it is inline."""
    *parents, name = parts(response.schema or "")[:3] or [""]
    return name if parents == ["components", "responses"] and NAME.fullmatch(name) else None


def _expression_at(spec: Spec, pointer: str | None) -> str:
    return expression(at(spec.data, pointer or ""), tuple(parts(pointer or "")))


def _in_order(declared: Mapping[str, Any]) -> list[str]:
    """Return the names of the schemas, each after the schemas that it refers to."""
    ordered: list[str] = []

    def visit(name: str, ancestors: tuple[str, ...]) -> None:
        if name in ancestors:
            raise unsupported((*COMPONENTS, name), "a schema must not refer to itself", "")
        if name not in ordered:
            for reference in filter(declared.__contains__, _references(declared[name])):
                visit(reference, (*ancestors, name))
            ordered.append(name)

    for name in declared:
        visit(name, ())
    return ordered


def _references(schema: Any) -> Iterator[str]:
    """Yield the names of the schemas that a schema refers to."""
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield reference.removeprefix(SCHEMAS)
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)
