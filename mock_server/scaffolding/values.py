"""Generate resources for fixtures: valid values, each with a unique key and a parent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..contract.document.operation import Parameter
from ..contract.document.resources.status_words import status_values
from ..contract.document.resources.types import ResourceType
from ..contract.judge import Judge
from ..contract.violations import pointer
from ..foundation import timestamps
from ..generation.generate import CannotGenerateError, generated
from ..generation.scalars.text_formats import DAY

TRIES = 4  # values that are generated for one resource
BEFORE = {"started_at": 60_000, "completed_at": 5_000}  # role → ms before the time of a fixture
MOVING = (*BEFORE, "logs", "error")
PREFIX = re.compile(r"[A-Za-z]+[_-]")  # of a key such as dpl_7
DURATION = "duration"
# Phase → roles that a resource has in it
REACHED: Mapping[str, tuple[str, ...]] = {
    "waiting": (),
    "running": ("started_at", "logs"),
    "ended-well": ("started_at", "completed_at", "logs"),
    "ended-badly": ("started_at", "completed_at", "logs", "error"),
}


class Wanted(NamedTuple):
    """What a resource should have: a number in its type, a word for its key, and a status."""

    number: int
    word: str
    status: str | None = None


@dataclass
class Values:
    """Makes the resources of a document.

    now: the time of the fixtures, in ms since 1970. keys: those of each type, by its name.
    """

    judge: Judge
    now: int
    keys: dict[str, list[Any]] = field(default_factory=dict)

    def resource(
        self, resource_type: ResourceType, parameter: Parameter, wanted: Wanted
    ) -> dict[str, Any] | None:
        """Return a valid resource with a new key; None if none is found.

        parameter: the part of a path that contains its key.
        """
        for attempt in range(TRIES):
            value = self._generated(resource_type, wanted, attempt)
            if value is None:
                continue
            key = self._key(resource_type, parameter, wanted, value.get(resource_type.key))
            parents = self.keys.get(resource_type.parent or "", [None])
            if key is None or (resource_type.parent and parents == [None]):
                return None
            value |= dict.fromkeys(resource_type.parent_keys, parents[0])
            value[resource_type.key] = key
            value = self._at_status(resource_type, value, wanted.status)
            now = timestamps.to_datetime(self.now)
            if not self.judge.resource(resource_type.name, value, now):
                self.keys.setdefault(resource_type.name, []).append(key)
                names = (*resource_type.properties, *value)
                return {name: value[name] for name in dict.fromkeys(names) if name in value}
        return None

    def _generated(
        self, resource_type: ResourceType, wanted: Wanted, attempt: int
    ) -> dict[str, Any] | None:
        """Return a value of the schema, without what the mock puts into it."""
        where = pointer(("components", "schemas", resource_type.name))
        seed, start = f"{wanted.number} {attempt}", self.now - self.now % DAY
        try:
            value = generated(
                self.judge.schemas, where, seed, start, use_examples=attempt < TRIES - 1
            )
        except CannotGenerateError:
            return None
        left_out = resource_type.embedded.keys() - resource_type.required
        is_object = isinstance(value, dict)
        return {n: v for n, v in value.items() if n not in left_out} if is_object else None

    def _key(
        self, resource_type: ResourceType, parameter: Parameter, wanted: Wanted, example: Any
    ) -> Any:
        """Return a key that no other resource of the type has; None if none is valid."""
        schemas = self.judge.schemas
        where = resource_type.pointers[resource_type.key]
        known = list(map(str, self.keys.get(resource_type.name, ())))
        for candidate in self._candidates(resource_type, wanted, example):
            texts = {str(candidate): candidate, candidate: candidate}
            in_path = any(not schemas.violations(parameter.schema_pointer, text) for text in texts)
            declared = not schemas.violations(where, candidate)
            if in_path and declared and str(candidate) not in known and "/" not in str(candidate):
                return candidate
        return None

    def _candidates(
        self, resource_type: ResourceType, wanted: Wanted, example: Any
    ) -> Iterator[Any]:
        schema = resource_type.properties[resource_type.key]
        if "string" not in schema.get("type", "string"):
            start = example if isinstance(example, int) and example > 0 else 1
            yield from (wanted.number, start + wanted.number)
        elif "format" not in schema:
            prefix = PREFIX.match(str(example)) if "examples" in schema else None
            word = wanted.word.replace("-", "_")
            yield (prefix[0] if prefix else f"{resource_type.label.replace(' ', '_')}_") + word
            yield f"{wanted.word}-{wanted.number}"
            yield str(wanted.number)
        yield example
        for attempt in range(TRIES):
            other = self._generated(resource_type, wanted, TRIES - 1 + attempt)
            yield (other or {}).get(resource_type.key)

    def _at_status(
        self, resource_type: ResourceType, value: dict[str, Any], status: str | None
    ) -> dict[str, Any]:
        """Return a resource with a status, and with what it has then."""
        roles = resource_type.timeline
        if roles is None or status is None:
            return value
        value = {**value, **next(status_values(resource_type, roles, status))}
        for each in roles.status:
            if value[each] is None and not resource_type.allows_null(each):
                del value[each]
        reached = REACHED[roles.phase(status)]
        named = {role: next(iter(roles.role_properties(role)), None) for role in MOVING}
        for role, name in {**named, DURATION: roles.duration}.items():
            if not name:
                continue
            if role == DURATION and "completed_at" in reached:
                value[name] = BEFORE["started_at"] - BEFORE["completed_at"]
            elif role in reached:
                if role in BEFORE:
                    form = resource_type.timestamps[name]
                    value[name] = timestamps.written(self.now - BEFORE[role], form)
            elif role == "logs":
                value[name] = []
            elif resource_type.allows_null(name) and name in resource_type.required:
                value[name] = None
            elif name not in resource_type.required:
                value.pop(name, None)
        return value
