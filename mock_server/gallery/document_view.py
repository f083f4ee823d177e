"""The contract as people read it: operations, fields, statuses and rules, from the spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..contract.document.schemas import TYPE_NAMES
from ..contract.document.spec import Operation, Spec, resolve
from ..contract.rules.compilation import Rule, Rules
from ..contract.violations import show
from .preview import Sign, sign


@dataclass(frozen=True)
class Field:
    """A property or parameter: its name, what it may be, whether it must be there, what for."""

    name: str
    kind: str
    required: bool
    text: str
    where: str = ""


@dataclass(frozen=True)
class Told:
    """An operation in words. answers: status, description and error codes of each."""

    operation: Operation
    text: str
    token: str
    fields: tuple[Field, ...]
    answers: tuple[tuple[int, str, tuple[str, ...]], ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Resource:
    """A schema of something that the API knows by a key."""

    name: str
    text: str
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...]


def operations(spec: Spec, rules: Rules) -> Iterator[Told]:
    """The operations in the order of the spec."""
    for operation in spec.operations.values():
        says = spec.data["paths"][operation.path][operation.method.lower()]
        yield Told(
            operation,
            str(says.get("description", "")),
            TOKENS[operation.needs_token, operation.takes_token],
            (*_parameters(spec, says), *_body(spec, operation)),
            tuple(_answers(spec, says)),
            tuple(rules.of_operations.get(operation.id, ())),
        )


def resources(spec: Spec, rules: Rules) -> Iterator[Resource]:
    """What the API knows by a key, the release first."""
    for name in sorted(spec.entities, key=lambda name: name != spec.release):
        schema = spec.schema(name)
        text = str(schema.get("description", ""))
        listed = tuple(_fields(spec, schema))
        yield Resource(name, text, listed, tuple(rules.of_schemas.get(name, ())))


def statuses(spec: Spec) -> tuple[Sign, ...]:
    """The status words, as they are drawn."""
    return tuple(sign(spec, word) for word in spec.phases)


def kind(schema: Mapping[str, Any]) -> str:
    """What a value of a schema is, in words."""
    if "const" in schema:
        return show(schema["const"])
    if "enum" in schema:
        return "one of " + ", ".join(str(word) for word in schema["enum"])
    types = schema.get("type", [])
    words = [types] if isinstance(types, str) else list(types)
    told = [TYPE_NAMES.get(word, word) for word in words]
    if schema.get("format") == "date-time":
        told = ["an instant" if word == TYPE_NAMES["string"] else word for word in told]
    return " or ".join(told) or "anything"


TOKENS = {
    (True, True): "needs the token of an account",
    (False, True): "takes the token of an account",
    (False, False): "needs no token",
}


def _parameters(spec: Spec, says: Mapping[str, Any]) -> Iterator[Field]:
    for given in says.get("parameters", ()):
        parameter = resolve(spec.data, given)
        schema = resolve(spec.data, parameter.get("schema", {}))
        text = str(parameter.get("description", schema.get("description", "")))
        required = bool(parameter.get("required"))
        yield Field(parameter["name"], kind(schema), required, text, parameter["in"])


def _body(spec: Spec, operation: Operation) -> Iterator[Field]:
    if operation.body is not None:
        yield from _fields(spec, resolve(spec.data, {"$ref": "#" + operation.body}), "body")


def _fields(spec: Spec, schema: Mapping[str, Any], where: str = "") -> Iterator[Field]:
    required = schema.get("required", ())
    for name, given in schema.get("properties", {}).items():
        its = resolve(spec.data, given)
        yield Field(name, kind(its), name in required, str(its.get("description", "")), where)


def _answers(spec: Spec, says: Mapping[str, Any]) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    for status, given in says["responses"].items():
        response = resolve(spec.data, given)
        examples = [
            name
            for content in response.get("content", {}).values()
            for name in content.get("examples", {})
        ]
        codes = tuple(examples) if int(status) >= 400 else ()
        yield int(status), str(response.get("description", "")), codes
