"""Infer which schemas of a document are resources: their keys, parents and lifecycles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..contract.document.references import at
from ..contract.document.resources.inference import (
    Reader,
    inferred_folder,
    key_property,
    readers_of,
)
from ..contract.document.resources.loading import declared_properties
from ..contract.violations import pointer
from .lifecycles import Lifecycle, lifecycle_of, plain, unix_timestamps

SCHEMAS = ("components", "schemas")
FOLDER = re.compile(r"[A-Za-z0-9_-]+")
MAX_WRAPPERS = 5  # schemas around a resource
GENERIC = frozenset(("id", "key", "name", "slug", "number", "uuid", "code", "type", "index"))


@dataclass(frozen=True)
class Proposal:
    """A schema that looks like a resource.

    key: the property that the path parameter at the end of ``path`` contains; path: that of the
    operation that returns one. parent: the type that it belongs to, and the property with its key.
    folder: the name of its fixtures. timestamps: the JSON pointers to properties with a number of
    seconds or milliseconds since 1970, and the format that says it.
    """

    schema: str
    key: str
    path: str
    folder: str
    parent: tuple[str, str] | None = None
    lifecycle: Lifecycle | None = None
    timestamps: Mapping[str, str] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """Return the JSON pointer to the schema."""
        return pointer((*SCHEMAS, self.schema))


@dataclass(frozen=True)
class Plan:
    """What an overlay will say.

    unfit: the operations whose action the mock cannot do; unpaged: those whose page it cannot make.
    """

    proposals: tuple[Proposal, ...]
    unfit: frozenset[str] = frozenset()
    unpaged: frozenset[str] = frozenset()


def proposals_of(data: Any) -> list[Proposal]:
    """Return the schemas that an operation with their key in its path returns, each once."""
    readers = _keyed_readers(data)
    found: dict[str, Proposal] = {}
    folders: set[str] = set()
    for reader, key in readers:
        if reader.schema not in found:
            folder = _free(inferred_folder((reader,), reader.schema), reader.schema, folders)
            folders.add(folder)
            where = pointer((*SCHEMAS, reader.schema))
            lifecycle, timestamps = lifecycle_of(data, where), dict(unix_timestamps(data, where))
            found[reader.schema] = Proposal(
                reader.schema, key, reader.path, folder, None, lifecycle, timestamps
            )
    return list(_with_parents(data, found))


def _keyed_readers(data: Any) -> list[tuple[Reader, str]]:
    """Return the operations that return one resource, each with the key of the resource.

    A schema without a key is one around a resource: what it contains is looked at in its place.
    """
    declared = {
        name: declared_properties(data, schema)[0]
        for name, schema in data.get("components", {}).get("schemas", {}).items()
        if isinstance(schema, dict) and "$ref" not in schema
    }
    candidates = {name for name, properties in declared.items() if properties}
    keyed: list[tuple[Reader, str]] = []
    for _ in range(MAX_WRAPPERS):
        readers = readers_of(_marked(data, candidates))
        keyed = [
            (each, key)
            for each in readers
            if (key := _key(each, declared[each.schema])) is not None
        ]
        wrappers = {each.schema for each in readers} - {each.schema for each, _ in keyed}
        if not wrappers:
            break
        candidates -= wrappers
    return keyed


def _key(reader: Reader, properties: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return the property with the key, if it has one value that a path can contain."""
    key = key_property(reader.parameter, reader.schema, properties) if reader.parameter else None
    types = _types(properties[key]) if key else []
    return key if types in ([], ["string"], ["integer"], ["number"]) else None


def _types(schema: Mapping[str, Any]) -> list[str]:
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else [each for each in types if each != "null"]


def _marked(data: Any, names: set[str]) -> dict[str, Any]:
    """Return a document in which the schemas with these names are resources."""
    components = data["components"]
    schemas = {
        name: {**schema, "x-resource": {}} if name in names else schema
        for name, schema in components["schemas"].items()
    }
    return {**data, "components": {**components, "schemas": schemas}}


def _free(folder: str, schema: str, taken: set[str]) -> str:
    """Return a name for fixtures that no other type has."""
    names = (folder, plain(schema), *(f"{plain(schema)}-{n}" for n in range(2, len(taken) + 3)))
    reserved = {"scenarios", "broken", "credentials", "static-responses", *taken}
    return next(n for n in names if n not in reserved and FOLDER.fullmatch(n))


def _with_parents(data: Any, found: Mapping[str, Proposal]) -> Iterator[Proposal]:
    """Yield each proposal with its parent. None is its own ancestor."""
    parents: dict[str, str] = {}
    for each in found.values():
        for name, other in _possible_parents(data, each, list(found.values())):
            if each.schema not in _lineage(other.schema, parents):
                parents[each.schema] = other.schema
                each = replace(each, parent=(other.schema, name))
                break
        yield each


def _lineage(name: str, parents: Mapping[str, str]) -> list[str]:
    lineage = [name]
    while lineage[-1] in parents:
        lineage.append(parents[lineage[-1]])
    return lineage


def _possible_parents(
    data: Any, child: Proposal, others: Sequence[Proposal]
) -> list[tuple[str, Proposal]]:
    """Return the properties that plainly contain the key of another type, the best one first.

    That is a type whose path is above that of the child.
    """
    properties, _ = declared_properties(data, at(data, child.where))
    possible = [
        (name, other)
        for name, schema in properties.items()
        for other in others
        if other.schema != child.schema and name != child.key
        if plain(name) in _key_names(other)
        or (plain(name) == plain(other.schema) and f"{other.path}/{child.folder}" in data["paths"])
        if _types(schema) == _types(_key_schema(data, other))
    ]
    return sorted(possible, key=lambda each: not child.path.startswith(f"{each[1].path}/"))


def _key_names(proposal: Proposal) -> set[str]:
    """Return the names by which other schemas refer to the key of a type."""
    parameter = proposal.path.rpartition("{")[2].rstrip("}")
    own = {plain(proposal.key), plain(parameter)} - GENERIC
    return own | {plain(proposal.schema) + plain(proposal.key)}


def _key_schema(data: Any, proposal: Proposal) -> Mapping[str, Any]:
    return declared_properties(data, at(data, proposal.where))[0][proposal.key]
