"""Keys for recorded resources, so that each is found beside the fixtures that exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from ...contract.document.resources.types import FIELD, ResourceType, key_text
from ...contract.judge import Judge
from ...contract.violations import pointer
from ...fixtures.values import Fixtures
from ...generation.generate import CannotGenerateError, generated

PREFIX = "recorded"
ATTEMPTS = 5  # generated keys that are tried


def new_identity(
    judge: Judge,
    fixtures: Fixtures,
    resource_type: ResourceType,
    value: Mapping[str, Any],
    name: str,
) -> dict[str, Any]:
    """Return the new key of a recorded resource, and the key of a parent that exists.

    The key is named after the fixture where its schema allows that. A key that fixtures have
    already is never used again.
    """
    known = {each.key for each in fixtures.of_type(resource_type.name).values()}
    changed: dict[str, Any] = {}
    key = resource_type.key
    wanted = f"{PREFIX}_{name.removeprefix(f'{PREFIX}-')}".replace("-", "_")
    where = pointer(("components", "schemas", resource_type.name, "properties", key))
    where = resource_type.pointers.get(key, where)
    for candidate in (
        wanted,
        *_numbers(value.get(key), known),
        *_generated(judge, where, key, name),
    ):
        is_new = key_text(candidate) not in known
        if is_new and not judge.schemas.violations(where, candidate):
            changed[key] = candidate
            break
    if resource_type.parent and len(resource_type.parent_keys) == 1:
        parents = _keys_of(fixtures, judge.spec.types[resource_type.parent])
        own = value.get(resource_type.parent_keys[0])
        if parents and key_text(own) not in parents:
            changed[resource_type.parent_keys[0]] = next(iter(parents.values()))
    return changed


def not_found_by_others(
    judge: Judge,
    resource_type: ResourceType,
    value: Mapping[str, Any],
    name: str,
    is_valid: Callable[[Mapping[str, Any]], bool],
) -> dict[str, Any]:
    """Return other values for what requests find a resource by, beside its keys.

    Several states of one resource become several resources, and a lookup must find one of them.
    """
    keys = {*resource_type.keys, *resource_type.parent_keys}
    ways = [
        way
        for operation in judge.spec.operations.values()
        if operation.lookup and operation.lookup.finds == resource_type.name
        if not operation.success.returns_list
        for way in operation.lookup.ways
    ]
    fields = [field for way in ways for text in way.by.values() for field in FIELD.findall(text)]
    found_by = [each for type_name, each in fields if type_name == resource_type.name]
    changed: dict[str, Any] = {}
    for each in dict.fromkeys((*found_by, *(name for way in ways for name in way.where))):
        if each in keys or value.get(each) is None:
            continue
        own = value[each]
        others = (not own,) if isinstance(own, bool) else (f"{own}-{name}", None)
        candidates = ({**value, **changed, each: other} for other in others)
        valid = next((candidate for candidate in candidates if is_valid(candidate)), None)
        changed |= {each: valid[each]} if valid else {}
    return changed


def _numbers(value: Any, known: set[str]) -> Iterator[Any]:
    """Yield keys that are numbers, and unknown."""
    if isinstance(value, int):
        number = max([value, *(int(each) for each in known if each.isdecimal())])
        yield number + 1


def _generated(judge: Judge, where: str, key: str, name: str) -> Iterator[Any]:
    """Yield keys that are made from the schema at a pointer, such as a UUID."""
    for attempt in range(ATTEMPTS):
        with suppress(CannotGenerateError):
            yield generated(judge.schemas, where, f"{name}-{attempt}", use_examples=False, name=key)


def _keys_of(fixtures: Fixtures, resource_type: ResourceType) -> dict[str, Any]:
    """Return the keys of the fixtures of a type, as text and as they are."""
    values = [each.value for each in fixtures.of_type(resource_type.name).values()]
    values += [each.value for each in fixtures.listed if each.type == resource_type]
    keys = [value[resource_type.key] for value in values if resource_type.key in value]
    return {key_text(key): key for key in keys}
