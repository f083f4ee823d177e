"""The names of the mocked API in the control API: the key of each type of resource, its envelope.

``x-names`` in ``control.yaml`` lists the names that its text uses, of one type. Those of the types
that the mock serves replace them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..contract.document.resources.types import ResourceType
from ..contract.document.spec import Spec
from ..contract.source.yaml_documents import walk

EXTENSION = "x-names"


@dataclass(frozen=True)
class TypeNames:
    """The names of a type of resource in the control API.

    type: the name of its schema. key: the property with the key; envelope: the one that contains a
    resource. not_found, message: the code and the message of the error for an unknown key.
    """

    type: str
    key: str
    envelope: str
    not_found: str
    message: str


@dataclass(frozen=True)
class Names:
    """The names of each type whose fixtures can be shown, those with a timeline first."""

    types: tuple[TypeNames, ...]

    @property
    def key(self) -> str:
        """Return the property with the key of the first type."""
        return self.types[0].key

    @property
    def keys(self) -> dict[str, str]:
        """Return the property with the key of each type, by the name of the type."""
        return {each.type: each.key for each in self.types}

    def of(self, type_name: str) -> TypeNames:
        """Return the names of a type of resource."""
        return next(each for each in self.types if each.type == type_name)


def names_of(spec: Spec, data: Any) -> Names:
    """Return the names for a document; without resources, those of ``control.yaml`` (``data``).

    A key gets the name of its type as a prefix if several types have it, or if it is the name of
    another property beside it.
    """
    shipped = TypeNames(**data[EXTENSION])
    timed, others = spec.with_timelines, [t for t in spec.types.values() if not t.timeline]
    types = timed or tuple(others)
    if not types:
        return Names((shipped,))
    siblings = set(_siblings(data, shipped.key))
    common = Counter("_".join(each.keys) for each in types)
    return Names(tuple(_names(spec, each, siblings, common) for each in types))


def _names(
    spec: Spec, resource_type: ResourceType, siblings: set[str], common: Mapping[str, int]
) -> TypeNames:
    label = resource_type.label
    snake, key = label.replace(" ", "_"), "_".join(resource_type.keys)
    if key in siblings or common[key] > 1:
        key = f"{snake}_{key}"
    envelope = next(_envelopes(spec, resource_type.name), snake)
    code, message = resource_type.not_found_code, f"{label.capitalize()} not found"
    return TypeNames(resource_type.name, key, envelope, code or f"{snake}_not_found", message)


def renamed(data: Any, names: Names) -> Any:
    """Return the data of the control API with the names of an API."""
    shipped = asdict(TypeNames(**data[EXTENSION]))
    table = {shipped[role]: name for role, name in asdict(names.types[0]).items()}
    return _replaced(_with_types(data, shipped, names), table)


def _replaced(value: Any, table: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {table.get(name, name): _replaced(member, table) for name, member in value.items()}
    if isinstance(value, list):
        return [_replaced(item, table) for item in value]
    return table.get(value, value) if isinstance(value, str) else value


def _with_types(value: Any, shipped: Mapping[str, str], names: Names) -> Any:
    """Return the data with a property, a query parameter and an error for each further type.

    Where the key is required, exactly one of them is.
    """
    key = shipped["key"]
    if isinstance(value, list):
        more = []
        for item in value:
            if isinstance(item, dict) and item.get("name") == key and len(names.types) > 1:
                others = ({**item, "name": each.key} for each in names.types[1:])
                more += [{**each, "required": False} for each in others]
                item = {**item, "required": False}
            more.append(_with_types(item, shipped, names))
        return more
    if not isinstance(value, dict):
        return value
    members = {name: _with_types(each, shipped, names) for name, each in value.items()}
    if (example := members.get(shipped["not_found"])) is not None:
        for each in (t for t in names.types[1:] if t.not_found != names.types[0].not_found):
            members[each.not_found] = _replaced(
                example, {shipped[role]: getattr(each, role) for role in ("not_found", "message")}
            )
    properties, required = members.get("properties"), members.get("required")
    if len(names.types) == 1 or not isinstance(properties, dict):
        return members
    for own, role in ((key, "key"), (shipped["envelope"], "envelope")):
        if own in properties:
            more_names = [getattr(each, role) for each in names.types[1:]]
            members["properties"] |= dict.fromkeys(more_names, properties[own])
            if isinstance(required, list) and own in required:
                members["required"] = [name for name in members["required"] if name != own]
                members["oneOf"] = [{"required": [name]} for name in (own, *more_names)]
    return members


def _siblings(data: Any, key: str) -> Iterator[str]:
    """Yield the properties and parameters that are beside the key in the control API."""
    for _, value in walk(data):
        if isinstance(value, dict) and key in value:
            yield from value.keys() - {key}


def _envelopes(spec: Spec, type_name: str) -> Iterator[str]:
    """Yield the property that contains a single resource, of each response that has one."""
    for operation in spec.operations.values():
        for name, path in operation.success.resources:
            if name == type_name and path and "*" not in path:
                yield path[-1]
