"""Export Zod schemas for the schemas of the spec, and for the bodies of requests and responses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..contract.document.operation import Content, DocumentedResponse, Operation
from ..contract.document.references import at
from ..contract.document.spec import Spec
from ..state.dataset import Dataset
from .schemas.schema_order import order_of
from .schemas.zod import UnsupportedError, expression, object_literal, property_name
from .schemas.zod_subset import Subset, identifiers

HEADER = Path(__file__).with_name("schemas.ts")  # defines what the expressions refer to
UNKNOWN = "z.unknown()"
NOTE = """\
// Zod has no equivalent of {}.
// These are left out: the schemas accept all values of the document, maybe more.
"""
UNUSED = "void [timestamp, present]; // one of them may be unused\n"


def files(dataset: Dataset) -> dict[str, str]:
    """Return ``schemas.ts``: the schemas, ``requests`` and ``responses``.

    They accept what the spec accepts, and more if Zod cannot express all of it.
    """
    return {"schemas.ts": "\n".join([HEADER.read_text("utf-8"), *_sections(dataset.spec)])}


def _sections(spec: Spec) -> list[str]:
    declared: Mapping[str, Any] = spec.data["components"]["schemas"]
    order = order_of(declared)
    names = identifiers(iter(declared))
    subset = replace(Subset(spec.data, names), recursive=order.recursive)
    operations = spec.operations.values()
    requests = {
        property_name(operation.id): _expression_of(subset, operation.bodies[0])
        for operation in operations
        if operation.bodies and operation.bodies[0].is_json
    }
    responses = {property_name(o.id): _responses(subset, o) for o in operations}
    constants = [_constant(subset, name, declared[name]) for name in order.names]
    left_out = sorted({*subset.left_out} - {""})
    return [
        *([NOTE.format(", ".join(left_out))] if left_out else []),
        UNUSED,
        *constants,
        "/** The request bodies by operation. */",
        f"export const requests = {object_literal(requests)};\n",
        "/** The response bodies by operation and status. */",
        f"export const responses = {object_literal(responses)};\n",
    ]


def _constant(subset: Subset, name: str, schema: Any) -> str:
    constant = subset.names[name]
    declaration = f"{constant}: z.ZodType" if name in subset.recursive else constant
    text = _text(subset, subset.component(name, schema))
    return (
        f"export const {declaration} = {text};\n"
        f"export type {constant} = z.infer<typeof {constant}>;\n"
    )


def _responses(subset: Subset, operation: Operation) -> str:
    named: dict[str, DocumentedResponse] = {str(s): r for s, r in operation.responses.items()}
    members = {
        name if name.isdigit() else property_name(name): _expression_of(
            subset, response.contents[0]
        )
        for name, response in {**named, **operation.ranges}.items()
        if response.contents and response.contents[0].is_json
    }
    return object_literal(members) if members else "{}"


def _expression_of(subset: Subset, content: Content) -> str:
    if content.schema is None:
        return UNKNOWN
    return _text(subset, subset.of(at(subset.data, content.schema)))


def _text(subset: Subset, schema: Mapping[str, Any]) -> str:
    try:
        return expression(schema)
    except UnsupportedError as error:
        subset.left_out.extend(error.args)
        return UNKNOWN
