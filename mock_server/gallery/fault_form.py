"""The form by which a fault is added: its kinds and fields, as the admin API documents them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..contract.document.spec import Spec, resolve
from ..control import control_api

FORM = "#/components/schemas/Fault"
KIND = "kind"
NUMBERS = ("integer", "number")


@dataclass(frozen=True)
class Control:
    """A field to be filled in. choices: its words, when it has them; value: what it is at first;
    left_out: what it means to leave it empty."""

    name: str
    kind: str
    text: str
    required: bool
    least: float | None
    most: float | None
    choices: tuple[str, ...]
    value: str
    left_out: str


@dataclass(frozen=True)
class Kind:
    """A kind of fault, and the fields of its own."""

    name: str
    text: str
    controls: tuple[Control, ...]


def example() -> Mapping[str, Any]:
    """A fault that the document shows."""
    post = control_api().api.data["paths"]["/faults"]["post"]
    examples = next(iter(post["requestBody"]["content"].values()))["examples"]
    value: Mapping[str, Any] = next(iter(examples.values()))["value"]
    return value


def kinds(spec: Spec) -> tuple[Kind, ...]:
    """The kinds of faults, that of the example first."""
    shared = {control.name for control in common(spec)} | {KIND}
    found = [
        Kind(
            name,
            str(schema.get("description", "")),
            tuple(c for c in _controls(spec, schema) if c.name not in shared),
        )
        for name, schema in _schemas()
    ]
    return tuple(sorted(found, key=lambda kind: kind.name != example()[KIND]))


def common(spec: Spec) -> tuple[Control, ...]:
    """The fields that a fault of every kind has."""
    schemas = [schema for _, schema in _schemas()]
    everywhere = set.intersection(*(set(schema["properties"]) for schema in schemas)) - {KIND}
    return tuple(c for c in _controls(spec, schemas[0]) if c.name in everywhere)


def _schemas() -> Iterator[tuple[str, Mapping[str, Any]]]:
    data = control_api().api.data
    for name, reference in resolve(data, {"$ref": FORM})["discriminator"]["mapping"].items():
        yield name, resolve(data, {"$ref": reference})


def _controls(spec: Spec, schema: Mapping[str, Any]) -> Iterator[Control]:
    data, shown, required = control_api().api.data, example(), schema.get("required", ())
    own = {"operation": tuple(spec.operations), "property": tuple(spec.properties)}
    for name, given in schema["properties"].items():
        its = resolve(data, given)
        kind = "number" if its.get("type") in NUMBERS else "text"
        choices = own.get(name, tuple(str(word) for word in its.get("enum", ())))
        first = shown.get(name)
        if first is None and name in required:
            first = choices[0] if choices else max(its.get("minimum", 1), 1)
        if name == "property":
            first = spec.build.status
        least, most = its.get("minimum"), its.get("maximum")
        text = str(its.get("description", "")).partition("\n")[0]
        told = "" if first is None else str(first)
        left_out = str(its.get("default", "all" if choices else ""))
        yield Control(name, kind, text, name in required, least, most, choices, told, left_out)
