"""The operations of a document by their first tag."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...contract.document.operation import Operation
from ...contract.document.references import at
from ...contract.document.spec import Spec


@dataclass(frozen=True)
class TagGroup:
    """The operations with the same first tag. Its name is empty for those without tags."""

    name: str
    description: str
    operations: tuple[Operation, ...]


def by_tag(spec: Spec) -> Iterator[TagGroup]:
    """Yield the groups in the order of the document's tags, then of its operations."""
    declared = {str(tag.get("name")): tag for tag in _tags(spec.data)}
    groups: dict[str, list[Operation]] = {name: [] for name in declared}
    for operation in spec.operations.values():
        tags = at(spec.data, operation.pointer).get("tags") or [""]
        groups.setdefault(str(tags[0]), []).append(operation)
    for name, members in groups.items():
        if members:
            description = str(declared.get(name, {}).get("description") or "")
            yield TagGroup(name, description, tuple(members))


def _tags(data: Any) -> list[dict[str, Any]]:
    tags = data.get("tags")
    return [tag for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else []
