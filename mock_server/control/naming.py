"""The names of the mocked API in the control API: the key of a release, and its envelope.

``x-names`` in ``control.yaml`` lists the names that its text uses. Those of the document that the
mock serves replace them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..contract.document.spec import Spec
from ..contract.source.yaml_documents import walk

WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
EXTENSION = "x-names"


@dataclass(frozen=True)
class Names:
    """The names of a release in the control API.

    key: the property with its id; envelope: the property that contains a release.
    not_found, message: the code and the message of the error for an unknown id.
    """

    key: str
    envelope: str
    not_found: str
    message: str


def names_of(spec: Spec, data: Any) -> Names:
    """Return the names for a document; without builds, those of ``control.yaml`` (``data``).

    A key that would be equal to another property beside it, such as ``name``, gets the name of its
    schema as a prefix.
    """
    shipped = Names(**data[EXTENSION])
    if not spec.release:
        return shipped
    words = [word.lower() for word in WORDS.findall(spec.release)] or [spec.release]
    entity, key = "_".join(words), spec.key
    if key in set(_siblings(data, shipped.key)):
        key = f"{entity}_{key}"
    envelope = next(_envelopes(spec), entity)
    message = f"{' '.join(words).capitalize()} not found"
    return Names(key, envelope, spec.entities[spec.release].not_found_code, message)


def renamed(data: Any, names: Names) -> Any:
    """Return the data of the control API with the names of an API."""
    shipped = asdict(Names(**data[EXTENSION]))
    table = {shipped[role]: name for role, name in asdict(names).items()}
    return _replaced(data, table)


def _replaced(value: Any, table: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {table.get(name, name): _replaced(member, table) for name, member in value.items()}
    if isinstance(value, list):
        return [_replaced(item, table) for item in value]
    return table.get(value, value) if isinstance(value, str) else value


def _siblings(data: Any, key: str) -> Iterator[str]:
    """Yield the properties and parameters that are beside the key in the control API."""
    for _, value in walk(data):
        if isinstance(value, dict) and key in value:
            yield from value.keys() - {key}


def _envelopes(spec: Spec) -> Iterator[str]:
    """Yield the property that contains a single release, of each response that has one."""
    for operation in spec.operations.values():
        for name, path in operation.success.entities:
            if name == spec.release and path and "*" not in path:
                yield path[-1]
