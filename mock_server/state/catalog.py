"""The catalog: releases, packages and accounts, indexed for every lookup of the spec.

The indexes are built once, because lookups use only properties that never change. The status of a
release is not part of the catalog.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..contract.document.operation import Lookup, LookupWay
from ..contract.document.spec import Spec
from ..contract.violations import ContractError, Violation, nearest, show
from ..fixtures.values import Account, Fixture, Fixtures

FIELD = re.compile(r"\{(\w+)\.(\w+)\}")  # "{Package.name}" in x-lookup
Key = tuple[str, ...]


@dataclass(frozen=True)
class Resource:
    """A release, package or account.

    entity: name of its schema.
    parent: the resource that it belongs to.
    fixture: of a release, else None.
    source: ``file:line:column`` of a resource without a fixture.
    key: the text by which the API finds it.
    """

    entity: str
    value: Mapping[str, Any]
    parent: Resource | None
    fixture: Fixture | None = None
    source: str = ""
    key: str = ""

    @property
    def location(self) -> str:
        """``file:line:column``; for a release, this reads its file again."""
        return self.fixture.document.location("/release") if self.fixture else self.source

    def lineage(self) -> Iterator[Resource]:
        """Yield the resource, its parent, the parent's parent, and so on."""
        resource: Resource | None = self
        while resource is not None:
            yield resource
            resource = resource.parent

    def ancestor(self, entity: str) -> Resource | None:
        """Return the resource of an entity in the lineage, which includes the resource itself."""
        return next((resource for resource in self.lineage() if resource.entity == entity), None)


@dataclass(frozen=True)
class Index:
    """An index for one way of one lookup.

    entity: of the resources that it finds.
    resources: by the values of the request.
    parent: the entity of the keys, if they identify a parent and not the resource.
    parents: the keys of all those parents, also of those that have no resource.
    """

    entity: str
    way: LookupWay
    resources: Mapping[Key, tuple[Resource, ...]]
    parent: str | None
    parents: frozenset[Key]


@dataclass(frozen=True)
class Catalog:
    """All resources, by entity and key, and the indexes of each operation that looks them up."""

    spec: Spec
    resources: Mapping[str, Mapping[str, Resource]]
    indexes: Mapping[str, tuple[Index, ...]]
    accounts: tuple[Account, ...]

    def owners(self, resource: Resource) -> list[Resource]:
        """Return the accounts that own a resource."""
        rule = self.spec.ownership
        owned = resource.ancestor(rule.entity) if rule else None
        value = owned.value.get(rule.property) if rule and owned else None
        if rule is None or value is None:
            return []
        accounts = self.resources[rule.account].values()
        return [each for each in accounts if each.value.get(rule.account_property) == value]


def catalog_of(spec: Spec, fixtures: Fixtures) -> Catalog:
    """Return the catalog of the fixtures.

    Raises ContractError if a parent does not exist, if two resources have the same key, or if a
    lookup of one resource would find several, such as two latest releases of a package.
    """
    resources, violations = _resources(spec, fixtures)
    if not violations:
        indexes = {
            operation.id: tuple(_index(operation.lookup, way, resources) for way in ways)
            for operation in spec.operations.values()
            if operation.lookup and (ways := operation.lookup.ways)
        }
        violations = list(_ambiguous(spec, indexes))
    if violations:
        raise ContractError(violations)
    return Catalog(spec, resources, indexes, fixtures.accounts)


def _resources(
    spec: Spec, fixtures: Fixtures
) -> tuple[dict[str, dict[str, Resource]], list[Violation]]:
    """Return the resources by entity and key, and what is wrong with them."""
    # parents before their children: accounts, packages, releases
    values: list[tuple[Mapping[str, Any], str, Fixture | None]] = [
        *((account.account, account.location, None) for account in fixtures.accounts),
        *((package.value, package.location, None) for package in fixtures.packages),
        *((fixture.release, "", fixture) for fixture in fixtures.releases.values()),
    ]
    resources: dict[str, dict[str, Resource]] = {name: {} for name in spec.entities}
    violations = []
    for value, source, fixture in values:
        name = spec.release if fixture else _entity_of(spec, value)
        entity, key = spec.entities[name], value[spec.entities[name].key]
        parent = None
        if entity.parent and entity.parent_key:
            parent = resources[entity.parent].get(value[entity.parent_key])
        resource = Resource(name, value, parent, fixture, source, str(key))
        if parent is None and entity.parent and entity.parent_key:
            message = f"{entity.parent_key} must be the key of an existing {entity.parent}"
            parent_key = value[entity.parent_key]
            fix = nearest(parent_key, resources[entity.parent])
            found = show(parent_key)
            violations.append(Violation("parent", message, "", found, fix, resource.location))
        if key in resources[name]:
            fix = f"the same key is at {resources[name][key].location}"
            message = f"{entity.key} must be unique"
            violations.append(
                Violation("duplicate", message, "", show(key), fix, resource.location)
            )
        resources[name][key] = resource
    return resources, violations


def _entity_of(spec: Spec, value: Mapping[str, Any]) -> str:
    """Return the first entity of the document whose key is a property of the value."""
    having = [entity for entity in spec.entities.values() if entity.key in value]
    return next(e.name for e in having if e.name != spec.release)


def _index(
    lookup: Lookup, way: LookupWay, resources: Mapping[str, Mapping[str, Resource]]
) -> Index:
    templates = tuple(way.by.values())
    entities = {entity for template in templates for entity, _ in FIELD.findall(template)}
    parent = None
    if lookup.finds not in entities and len(entities) == 1:
        parent = next(iter(entities))
    by_key: dict[Key, list[Resource]] = {}
    for resource in resources[lookup.finds].values():
        key = _key(templates, resource)
        if key and all(resource.value.get(name) == value for name, value in way.where.items()):
            by_key.setdefault(key, []).append(resource)
    possible_parents = resources.get(parent or "", {}).values()
    parents = frozenset(key for resource in possible_parents if (key := _key(templates, resource)))
    return Index(lookup.finds, way, {k: tuple(v) for k, v in by_key.items()}, parent, parents)


def _key(templates: tuple[str, ...], resource: Resource) -> Key | None:
    """Return the values that a request must have to find a resource; None if one is missing."""
    texts = []
    for template in templates:
        text = template
        for entity, name in FIELD.findall(template):
            ancestor = resource.ancestor(entity)
            value = ancestor.value.get(name) if ancestor else None
            if value is None:
                return None
            text = text.replace(f"{{{entity}.{name}}}", str(value))
        texts.append(text)
    return tuple(texts)


def _ambiguous(spec: Spec, indexes: Mapping[str, tuple[Index, ...]]) -> Iterator[Violation]:
    """Yield a violation for each lookup of one resource that finds several, once per group."""
    reported = set()
    for operation, of_operation in indexes.items():
        if spec.operations[operation].success.returns_list:
            continue  # an operation that returns a list may find many
        for index in of_operation:
            for key, resources in index.resources.items():
                group = tuple(id(resource) for resource in resources)
                if len(resources) > 1 and group not in reported:
                    reported.add(group)
                    locations = [resource.location for resource in resources]
                    request = {**dict(zip(index.way.by, key, strict=True)), **index.way.where}
                    message = f"a lookup by {show(request)} must find one resource"
                    fix = "the same values are at " + ", ".join(locations[:-1])
                    found = str(len(resources))
                    yield Violation("ambiguous", message, "", found, fix, locations[-1])
