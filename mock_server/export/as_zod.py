"""Zod schemas of all that the spec declares, and of the bodies of requests and answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..contract.document.spec import DocumentedResponse, Spec, at
from ..contract.violations import parts
from ..state.dataset import Dataset
from .zod import NAME, SCHEMAS, block, expression, refused

BEGINNING = Path(__file__).parent / "schemas.ts"  # with what the expressions below name
COMPONENTS = ("components", "schemas")
JSON = "application/json"


def files(dataset: Dataset) -> dict[str, str]:
    """``schemas.ts``: a schema for each of the spec's, and those of requests and answers.

    Raises ContractError for a schema that Zod cannot say.
    """
    spec = dataset.spec
    declared: dict[str, Any] = spec.data["components"]["schemas"]
    inside = [(o, r) for o in spec.operations.values() for r in o.responses.values() if _told(r)]
    shared = {_shared(r): r for _, r in inside if _shared(r) and _shared(r) not in declared}
    named = {
        **{name: expression(declared[name], (*COMPONENTS, name)) for name in _in_order(declared)},
        **{name: _at(spec, r.schema) for name, r in shared.items() if name},
    }
    answers = {operation.id: "{\n" for operation, _ in inside}
    for operation, r in inside:
        name = _shared(r)
        answers[operation.id] += (
            f"  {r.status}: {name if name in named else _at(spec, r.schema)},\n"
        )
    bodies = {o.id: _at(spec, o.body) for o in spec.operations.values() if o.body}
    sections = [
        BEGINNING.read_text("utf-8"),
        *(
            f"export const {name} = {text};\nexport type {name} = z.infer<typeof {name}>;\n"
            for name, text in named.items()
        ),
        f"/** The bodies of requests. */\nexport const bodies = {block(bodies)};\n",
        "/** The bodies of answers, by status. */",
        f"export const answers = {block({name: text + '}' for name, text in answers.items()})};\n",
    ]
    return {"schemas.ts": "\n".join(sections)}


def _told(response: DocumentedResponse) -> bool:
    return response.schema is not None and response.media_type == JSON


def _shared(response: DocumentedResponse) -> str | None:
    """The name of a response that several operations share."""
    *above, name = parts(response.schema or "")[:3] or [""]
    return name if above == ["components", "responses"] and NAME.fullmatch(name) else None


def _at(spec: Spec, where: str | None) -> str:
    return expression(at(spec.data, where or ""), tuple(parts(where or "")))


def _in_order(declared: Mapping[str, Any]) -> list[str]:
    """The names of the schemas, each after those that it refers to."""
    done: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise refused((*COMPONENTS, name), "refers to itself", "")
        if name not in done:
            for inner in filter(declared.__contains__, _referred(declared[name])):
                visit(inner, (*above, name))
            done.append(name)

    for name in declared:
        visit(name, ())
    return done


def _referred(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield reference.removeprefix(SCHEMAS)
        for value in schema.values():
            yield from _referred(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _referred(value)
