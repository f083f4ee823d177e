"""The properties that identify a generated resource: no two resources share them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from ...contract.document.operation import LookupWay
from ...contract.document.resources.types import FIELD, ResourceType
from ...contract.judge import Judge
from ...fixtures.values import Fixture
from ...generation.generate import CannotGenerateError, generated
from ...state.dataset import Dataset


def new_identity(
    judge: Judge, dataset: Dataset, base: Fixture, name: str, number: int
) -> dict[str, Any]:
    """Return the identifying properties of a new resource, which lookups find only by its key.

    base: the fixture whose other properties it has. name, number: no other generated resource has
    them.
    """
    resource_type = base.type
    identity = base.identity(base.at or 0)
    ways = list(_ways(judge, resource_type))
    # The properties by which a resource can be found get other values, and its flags are inverted.
    flags = {n: not value for w in ways for n, value in w.where.items() if isinstance(value, bool)}
    values = {n: value for n, value in flags.items() if n in resource_type.identity}
    for each in _distinct_properties(resource_type, ways):
        if identity.get(each) is not None:
            values[each] = _other_value(judge, resource_type, each, identity[each], name, number)
    return {**identity, **values, resource_type.key: _new_key(judge, dataset, base, name, number)}


def _ways(judge: Judge, resource_type: ResourceType) -> Iterator[LookupWay]:
    """Yield the ways in which operations find one resource of a type."""
    for operation in judge.spec.operations.values():
        lookup = operation.lookup
        if lookup and lookup.finds == resource_type.name and not operation.success.returns_list:
            yield from lookup.ways


def _distinct_properties(resource_type: ResourceType, ways: list[LookupWay]) -> list[str]:
    """Return the properties, beside the key, whose values no two resources may share."""
    templates = [template for way in ways for template in way.by.values()]
    fields = [field for template in templates for field in FIELD.findall(template)]
    fixed = {*resource_type.keys, *resource_type.parent_keys}
    names = [name for type_name, name in fields if type_name == resource_type.name]
    for group in resource_type.unique:
        free = [name for name in group if name not in fixed]
        names += [] if set(free) & set(names) else free[-1:]
    return [n for n in dict.fromkeys(names) if n in resource_type.identity - fixed]


def _new_key(judge: Judge, dataset: Dataset, base: Fixture, name: str, number: int) -> Any:
    """Return a key like those of the fixtures: the same prefix, or the next integer."""
    resource_type, key = base.type, base.type.key
    others = dataset.catalog.resources[resource_type.name].values()
    known = [other.value[key] for other in others]
    if isinstance(base.value[key], int):
        return max(each for each in known if isinstance(each, int)) + number
    fixtures = dataset.fixtures.of_type(resource_type.name).values()
    keys = [str(fixture.value[key]) for fixture in fixtures]
    prefix = os.path.commonprefix(keys) if len(keys) > 1 else ""  # noqa: RUF071 - by characters
    texts = [prefix + name.replace("-", "_"), f"{prefix}{number}"]
    return _first_valid(judge, resource_type, key, [t for t in texts if t not in known], name)


def _other_value(
    judge: Judge, resource_type: ResourceType, name: str, value: Any, text: str, number: int
) -> Any:
    """Return another value for a property: null, or else one that only this resource has."""
    if resource_type.allows_null(name):
        return None
    values: list[Any] = [f"{value}-{text}", f"{value}-{number}"] if isinstance(value, str) else []
    if isinstance(value, int | float) and not isinstance(value, bool):
        values = [value + number]
    return _first_valid(judge, resource_type, name, values, text)


def _first_valid(
    judge: Judge, resource_type: ResourceType, name: str, values: list[Any], seed: str
) -> Any:
    """Return the first value that the schema of a property allows, or else a generated one."""
    where = resource_type.pointers.get(name)
    if where is None:
        return values[0] if values else None
    for value in values:
        if not judge.schemas.violations(where, value):
            return value
    try:
        return generated(judge.schemas, where, seed, use_examples=False, name=name)
    except CannotGenerateError:
        return values[0] if values else None
