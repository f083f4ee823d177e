"""What is there to be found: releases, packages and accounts, indexed by every way to look up.

Who a thing is never changes, so the indexes are made once. Which status a release shows is not
known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..contract.document.spec import Lookup, LookupWay, Spec
from ..contract.violations import ContractError, Violation, nearest, show
from ..fixtures.values import Account, Fixture, Fixtures

FIELD = re.compile(r"\{(\w+)\.(\w+)\}")
Key = tuple[str, ...]


@dataclass(frozen=True)
class Resource:
    """A release, package or account: the schema it is of, itself, and what it belongs to.

    fixture is the file of a release; for all else it is None. written is where all else stands; key
    the text by which the API knows it.
    """

    entity: str
    value: Mapping[str, Any]
    parent: Resource | None
    fixture: Fixture | None = None
    written: str = ""
    key: str = ""

    @property
    def location(self) -> str:
        """``file:line:column``; of a release it takes another reading of its file."""
        return self.fixture.document.location("/release") if self.fixture else self.written

    def line(self) -> Iterator[Resource]:
        """The thing itself, then what it belongs to, and so on."""
        resource: Resource | None = self
        while resource is not None:
            yield resource
            resource = resource.parent

    def of(self, entity: str) -> Resource | None:
        """The thing of this entity in its own line."""
        return next((resource for resource in self.line() if resource.entity == entity), None)


@dataclass(frozen=True)
class Index:
    """One way of one operation: the things found by each key, and the keys of parents alone."""

    finds: str
    way: LookupWay
    resources: Mapping[Key, tuple[Resource, ...]]
    parent: str | None
    parents: frozenset[Key]


@dataclass(frozen=True)
class Catalog:
    """All things, and the indexes of each operation that looks something up."""

    spec: Spec
    resources: Mapping[str, Mapping[str, Resource]]
    indexes: Mapping[str, tuple[Index, ...]]
    accounts: tuple[Account, ...]

    def owner(self, resource: Resource) -> Resource | None:
        """The account to which a thing belongs in the end: the last of its line."""
        last = list(resource.line())[-1]
        return last if self.spec.entities[last.entity].parent is None else None


def catalog_of(spec: Spec, fixtures: Fixtures) -> Catalog:
    """The catalog of a set of fixtures.

    Raises ContractError when a thing belongs to nothing that is there, or when a lookup of one
    thing would find several: two latest releases of a package, a version twice.
    """
    resources, problems = _things(spec, fixtures)
    if not problems:
        indexes = {
            operation.id: tuple(_index(operation.lookup, way, resources) for way in ways)
            for operation in spec.operations.values()
            if operation.lookup and (ways := operation.lookup.ways)
        }
        problems = list(_ambiguous(spec, indexes))
    if problems:
        raise ContractError(problems)
    return Catalog(spec, resources, indexes, fixtures.accounts)


def _things(
    spec: Spec, fixtures: Fixtures
) -> tuple[dict[str, dict[str, Resource]], list[Violation]]:
    """Things by entity and key; what something may belong to comes before it."""
    values: list[tuple[Mapping[str, Any], str, Fixture | None]] = [
        *((account.account, account.location, None) for account in fixtures.accounts),
        *((package.value, package.location, None) for package in fixtures.packages),
        *((fixture.release, "", fixture) for fixture in fixtures.releases.values()),
    ]
    resources: dict[str, dict[str, Resource]] = {name: {} for name in spec.entities}
    problems = []
    for value, written, fixture in values:
        name = spec.release if fixture else _entity_of(spec, value)
        entity, key = spec.entities[name], value[spec.entities[name].key]
        parent = None
        if entity.parent and entity.parent_key:
            parent = resources[entity.parent].get(value[entity.parent_key])
        resource = Resource(name, value, parent, fixture, written, str(key))
        if parent is None and entity.parent and entity.parent_key:
            message = f"{entity.parent_key} names a {entity.parent} that is there"
            named = value[entity.parent_key]
            fix = nearest(named, resources[entity.parent])
            problems.append(Violation("parent", message, "", show(named), fix, resource.location))
        if key in resources[name]:
            fix = f"it stands also at {resources[name][key].location}"
            message = f"{entity.key} is unique"
            problems.append(Violation("twice", message, "", show(key), fix, resource.location))
        resources[name][key] = resource
    return resources, problems


def _entity_of(spec: Spec, value: Mapping[str, Any]) -> str:
    """The entity whose own key a value has; its parents' keys may stand in it too."""
    having = [entity for entity in spec.entities.values() if entity.key in value]
    return next(e.name for e in having if e.name != spec.release)


def _index(
    lookup: Lookup, way: LookupWay, resources: Mapping[str, Mapping[str, Resource]]
) -> Index:
    templates = tuple(way.by.values())
    named = {entity for template in templates for entity, _ in FIELD.findall(template)}
    parent = next(iter(named)) if lookup.finds not in named and len(named) == 1 else None
    found: dict[Key, list[Resource]] = {}
    for resource in resources[lookup.finds].values():
        key = _key(templates, resource)
        if key and all(resource.value.get(name) == value for name, value in way.where.items()):
            found.setdefault(key, []).append(resource)
    above = resources.get(parent or "", {}).values()
    parents = frozenset(key for resource in above if (key := _key(templates, resource)))
    kept = {key: tuple(its) for key, its in found.items()}
    return Index(lookup.finds, way, kept, parent, parents)


def _key(templates: tuple[str, ...], resource: Resource) -> Key | None:
    """The texts that a request must give to find a thing; None when the thing has no such text."""
    texts = []
    for template in templates:
        text = template
        for entity, name in FIELD.findall(template):
            holder = resource.of(entity)
            value = holder.value.get(name) if holder else None
            if value is None:
                return None
            text = text.replace(f"{{{entity}.{name}}}", str(value))
        texts.append(text)
    return tuple(texts)


def _ambiguous(spec: Spec, indexes: Mapping[str, tuple[Index, ...]]) -> Iterator[Violation]:
    told = set()
    for name, ways in indexes.items():
        if any("*" in path for _, path in spec.operations[name].responses[200].entities):
            continue  # an operation that lists may find many
        for index in ways:
            for key, resources in index.resources.items():
                same = tuple(id(resource) for resource in resources)
                if len(resources) > 1 and same not in told:
                    told.add(same)
                    places = [resource.location for resource in resources]
                    asked = {**dict(zip(index.way.by, key, strict=True)), **index.way.where}
                    fix = "it stands also at " + ", ".join(places[:-1])
                    message = f"one thing alone is found by {show(asked)}"
                    yield Violation("ambiguous", message, "", f"{len(resources)}", fix, places[-1])
