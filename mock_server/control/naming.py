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
    another property beside it. An error code that several types have is made from their names.
    """
    shipped = TypeNames(**data[EXTENSION])
    timed, others = spec.with_timelines, [t for t in spec.types.values() if not t.timeline]
    types = timed or tuple(others)
    if not types:
        return Names((shipped,))
    taken = Counter(_siblings(data, shipped.key))
    taken.update("_".join(each.keys) for each in types)
    codes = Counter(each.not_found_code for each in types)
    return Names(tuple(_names(spec, each, taken, codes) for each in types))


def _names(
    spec: Spec, resource_type: ResourceType, taken: Mapping[str, int], codes: Mapping[str, int]
) -> TypeNames:
    label = resource_type.label
    snake, key = label.replace(" ", "_"), "_".join(resource_type.keys)
    key = f"{snake}_{key}" if taken[key] > 1 else key
    envelope = next(_envelopes(spec, resource_type.name), snake)
    code = resource_type.not_found_code
    code = code if code and codes[code] == 1 else f"{snake}_not_found"
    return TypeNames(resource_type.name, key, envelope, code, f"{label.capitalize()} not found")


def renamed(data: Any, names: Names) -> Any:
    """Return the data of the control API with the names of an API."""
    shipped = TypeNames(**data[EXTENSION])
    return _replaced(_with_types(data, shipped, names.types), _table(shipped, names.types[0]))


def _table(shipped: TypeNames, names: TypeNames) -> dict[str, str]:
    own = asdict(names)
    return {name: own[role] for role, name in asdict(shipped).items()}


def _replaced(value: Any, table: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {table.get(name, name): _replaced(member, table) for name, member in value.items()}
    if isinstance(value, list):
        return [_replaced(item, table) for item in value]
    return table.get(value, value) if isinstance(value, str) else value


def _with_types(value: Any, shipped: TypeNames, types: tuple[TypeNames, ...]) -> Any:
    """Return the data with a property, a query parameter and an error for each further type.

    Where the key is required, exactly one of them is.
    """
    first, *others = types
    if isinstance(value, list):
        more = []
        for item in value:
            if others and isinstance(item, dict) and item.get("name") == shipped.key:
                more += [{**item, "name": each.key, "required": False} for each in others]
                item = {**item, "required": False}
            more.append(_with_types(item, shipped, types))
        return more
    if not isinstance(value, dict):
        return value
    members = {name: _with_types(each, shipped, types) for name, each in value.items()}
    if shipped.not_found in members:
        example = members[shipped.not_found]
        members |= {t.not_found: _replaced(example, _table(shipped, t)) for t in others}
    properties, required = members.get("properties"), members.get("required")
    for role in ("key", "envelope"):
        own, further = getattr(shipped, role), dict.fromkeys(getattr(t, role) for t in others)
        further.pop(getattr(first, role), None)  # several types can have the same envelope
        if further and isinstance(properties, dict) and own in properties:
            members["properties"] = {**properties, **dict.fromkeys(further, properties[own])}
            if isinstance(required, list) and own in required:
                members["required"] = [name for name in required if name != own]
                members["oneOf"] = [{"required": [name]} for name in (own, *further)]
    return members


def _siblings(data: Any, key: str) -> set[str]:
    """Return the properties and parameters that are beside the key in the control API."""
    beside = (value for _, value in walk(data) if isinstance(value, dict) and key in value)
    return {name for value in beside for name in value} - {key}


def _envelopes(spec: Spec, type_name: str) -> Iterator[str]:
    """Yield the property that contains a single resource, of each response that has one."""
    for operation in spec.operations.values():
        for name, path in operation.success.resources:
            if name == type_name and path and "*" not in path:
                yield path[-1]
