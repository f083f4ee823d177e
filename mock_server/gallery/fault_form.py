"""The form that adds a fault. The control API document defines its kinds and fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..contract.document.references import resolve
from ..contract.document.spec import Spec
from ..control import control_api
from ..operations.lookup import shows_one

FORM = "#/components/schemas/Fault"
KIND, OPERATION = "kind", "operation"
NUMBERS = ("integer", "number")


@dataclass(frozen=True)
class FormField:
    """A field of the form.

    type: ``number`` or ``text``; choices: the accepted values, if they are limited; value: initial
    value; placeholder: meaning of an empty field.
    """

    name: str
    type: str
    description: str
    required: bool
    minimum: float | None
    maximum: float | None
    choices: tuple[str, ...]
    value: str
    placeholder: str


@dataclass(frozen=True)
class FaultKind:
    """A kind of fault, with the fields that only this kind has."""

    name: str
    description: str
    fields: tuple[FormField, ...]


def example(spec: Spec) -> Mapping[str, Any]:
    """Return the first example of a fault in the document, for an operation of the mocked API."""
    post = control_api().api.data["paths"]["/faults"]["post"]
    examples = next(iter(post["requestBody"]["content"].values()))["examples"]
    value: Mapping[str, Any] = next(iter(examples.values()))["value"]
    if value[OPERATION] in spec.operations:
        return value
    return {**value, OPERATION: _usual_operation(spec)}


def _usual_operation(spec: Spec) -> str:
    """Return an operation that gets a resource with a timeline, or else the first one."""
    types, operations = spec.with_timelines, spec.operations.values()
    getting = (o.id for each in types for o in operations if shows_one(o, each))
    return next(getting, next(iter(spec.operations)))


def kinds(spec: Spec) -> tuple[FaultKind, ...]:
    """Return the kinds of faults, the kind of the example first."""
    shared = {field.name for field in common_fields(spec)} | {KIND}
    fault_kinds = [
        FaultKind(
            name,
            str(schema.get("description", "")),
            tuple(field for field in _fields(spec, schema) if field.name not in shared),
        )
        for name, schema in _schemas()
    ]
    return tuple(sorted(fault_kinds, key=lambda kind: kind.name != example(spec)[KIND]))


def common_fields(spec: Spec) -> tuple[FormField, ...]:
    """Return the fields that faults of all kinds have."""
    schemas = [schema for _, schema in _schemas()]
    shared = set.intersection(*(set(schema["properties"]) for schema in schemas)) - {KIND}
    return tuple(field for field in _fields(spec, schemas[0]) if field.name in shared)


def _schemas() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the name and the schema of each kind."""
    data = control_api().api.data
    for name, reference in resolve(data, {"$ref": FORM})["discriminator"]["mapping"].items():
        yield name, resolve(data, {"$ref": reference})


def _fields(spec: Spec, schema: Mapping[str, Any]) -> Iterator[FormField]:
    data, required = control_api().api.data, schema.get("required", ())
    for name, subschema in schema["properties"].items():
        resolved = resolve(data, subschema)
        choices = _choices(spec, name, resolved)
        yield FormField(
            name=name,
            type="number" if resolved.get("type") in NUMBERS else "text",
            description=str(resolved.get("description", "")).partition("\n")[0],
            required=name in required,
            minimum=resolved.get("minimum"),
            maximum=resolved.get("maximum"),
            choices=choices,
            value=_initial_value(spec, name, resolved, choices, name in required),
            placeholder=str(resolved.get("default", "All" if choices else "")),
        )


def _choices(spec: Spec, name: str, schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the accepted values of a field; names of the mocked API come from its spec."""
    names = {OPERATION: tuple(spec.operations), "property": _properties(spec)}
    return names.get(name, tuple(str(value) for value in schema.get("enum", ())))


def _properties(spec: Spec) -> tuple[str, ...]:
    """Return the properties of all resources, first those with a timeline."""
    types = sorted(spec.types.values(), key=lambda each: each.timeline is None)
    return tuple(dict.fromkeys(name for each in types for name in each.properties))


def _initial_value(
    spec: Spec, name: str, schema: Mapping[str, Any], choices: tuple[str, ...], required: bool
) -> str:
    if name == "property":
        return spec.timeline(spec.with_timelines[0].name).status[-1]
    value = example(spec).get(name)
    if value is None and required:
        value = choices[0] if choices else max(schema.get("minimum", 1), 1)
    return "" if value is None else str(value)
