"""The catalog: releases, packages and accounts, indexed for every lookup of the spec.

The indexes are built once, because they contain only properties that never change. A lookup by a
property that builds change, such as a status, has an index without entries: it searches what the
session shows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
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
    resources: by the values of the request, as text.
    parent: the entity of the keys, if they identify a parent and not the resource.
    parents: the keys of all those parents, also of those that have no resource.
    moving: whether the builds of a release change what it is found by; then ``resources`` is empty.
    """

    entity: str
    way: LookupWay
    resources: Mapping[Key, tuple[Resource, ...]]
    parent: str | None
    parents: frozenset[Key]
    moving: bool = False


@dataclass(frozen=True)
class Catalog:
    """All resources, by entity and key, and the indexes of each operation that looks them up.

    A key is the text of the property, so that a request finds the number 7 by 7 and by ``"7"``.
    """

    spec: Spec
    resources: Mapping[str, Mapping[str, Resource]]
    indexes: Mapping[str, tuple[Index, ...]]
    accounts: tuple[Account, ...]

    def owners(self, resource: Resource) -> list[Resource]:
        """Return the accounts that own a resource; all, if the document names no owners."""
        rule = self.spec.ownership
        if rule is None or all(each.entity != rule.account for each in self.accounts):
            return [self._as_resource(index) for index in range(len(self.accounts))]
        owned = resource.ancestor(rule.entity)
        value = owned.value.get(rule.property) if owned else None
        if value is None:
            return []
        accounts = self.resources[rule.account].values()
        return [each for each in accounts if has_values(each.value, {rule.account_property: value})]

    def account_key(self, index: int) -> str:
        """Return the key of an account; one that is not a resource has a number."""
        account = self.accounts[index]
        entity = self.spec.entities.get(account.entity)
        return key_text(account.account[entity.key]) if entity else f"#{index}"

    def _as_resource(self, index: int) -> Resource:
        account, key = self.accounts[index], self.account_key(index)
        return Resource(account.entity, account.account, None, None, account.location, key)


def catalog_of(spec: Spec, fixtures: Fixtures) -> Catalog:
    """Return the catalog of the fixtures.

    Raises ContractError if a parent does not exist, if two resources have the same key, or if a
    lookup of one resource would find several, such as two latest releases of a package.
    """
    resources, violations = _resources(spec, fixtures)
    if not violations:
        indexes = {
            operation.id: tuple(_index(spec, operation.lookup, way, resources) for way in ways)
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
    values: list[tuple[str, Mapping[str, Any], str, Fixture | None]] = [
        *((each.entity, each.account, each.location, None) for each in fixtures.accounts),
        *((each.entity, each.value, each.location, None) for each in fixtures.packages),
        *((spec.release, each.release, "", each) for each in fixtures.releases.values()),
    ]
    values = [each for each in values if each[0]]  # an account need not be a resource
    values.sort(key=lambda each: len(spec.lineage(each[0])))  # parents before their children
    resources: dict[str, dict[str, Resource]] = {name: {} for name in spec.entities}
    violations = []
    for name, value, source, fixture in values:
        entity, key = spec.entities[name], key_text(value[spec.entities[name].key])
        parent, parent_key = None, value.get(entity.parent_key or "")
        if entity.parent and parent_key is not None:
            parent = resources[entity.parent].get(key_text(parent_key))
        resource = Resource(name, value, parent, fixture, source, key)
        if parent is None and parent_key is not None:
            message = f"{entity.parent_key} must be the key of an existing {entity.parent}"
            fix = nearest(key_text(parent_key), resources[str(entity.parent)])
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


def key_text(value: Any) -> str:
    """Return a value as the text by which a request finds it: that of JSON, without quotes."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


def has_values(value: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    """Return whether a resource has all these values, compared as text."""
    return all(key_text(value.get(name)) == key_text(wanted) for name, wanted in expected.items())


def request_values(way: LookupWay, resource: Resource) -> dict[str, Any] | None:
    """Return the parameters of a request that finds a resource; None if it lacks a property."""
    key = _key(tuple(way.by.values()), resource, resource.value)
    if key is None:
        return None
    values: dict[str, Any] = dict(zip(way.by, key, strict=True))
    for name, template in way.by.items():
        field = FIELD.fullmatch(template)
        owner = resource.ancestor(field[1]) if field else None
        if field and owner:
            values[name] = owner.value[field[2]]
    return {**values, **way.where}


def shown_matches(
    catalog: Catalog, index: Index, key: Key, shown: Callable[[Resource], Mapping[str, Any]]
) -> tuple[Resource, ...]:
    """Return the resources of an index with moving properties that a key finds now.

    shown: returns the JSON value that a resource has in the session.
    """
    templates = tuple(index.way.by.values())
    return tuple(
        resource
        for resource in catalog.resources[index.entity].values()
        if has_values(value := shown(resource), index.way.where)
        and _key(templates, resource, value) == key
    )


def _index(
    spec: Spec, lookup: Lookup, way: LookupWay, resources: Mapping[str, Mapping[str, Resource]]
) -> Index:
    templates = tuple(way.by.values())
    fields = [field for template in templates for field in FIELD.findall(template)]
    entities = {entity for entity, _ in fields}
    parent = None
    if lookup.finds not in entities and len(entities) == 1:
        parent = next(iter(entities))
    moving = any(entity == spec.release and name in spec.moving for entity, name in fields)
    moving |= lookup.finds == spec.release and not spec.moving.isdisjoint(way.where)
    by_key: dict[Key, list[Resource]] = {}
    for resource in () if moving else resources[lookup.finds].values():
        key = _key(templates, resource, resource.value)
        if key and has_values(resource.value, way.where):
            by_key.setdefault(key, []).append(resource)
    possible_parents = resources.get(parent or "", {}).values()
    parents = frozenset(
        key for each in possible_parents if (key := _key(templates, each, each.value))
    )
    found = {key: tuple(values) for key, values in by_key.items()}
    return Index(lookup.finds, way, found, parent, parents, moving)


def _key(templates: tuple[str, ...], resource: Resource, shown: Mapping[str, Any]) -> Key | None:
    """Return the texts that a request must have to find a resource; None if one is missing.

    shown: the value of the resource itself.
    """
    texts = []
    for template in templates:
        text = template
        for entity, name in FIELD.findall(template):
            ancestor = resource.ancestor(entity)
            value = shown if ancestor is resource else ancestor.value if ancestor else {}
            if value.get(name) is None:
                return None
            text = text.replace(f"{{{entity}.{name}}}", key_text(value[name]))
        texts.append(text)
    return tuple(texts)


def _ambiguous(spec: Spec, indexes: Mapping[str, tuple[Index, ...]]) -> Iterator[Violation]:
    """Yield a violation for each lookup of one resource that finds several, once per group."""
    reported = set()
    for operation, of_operation in indexes.items():
        if spec.operations[operation].success.returns_list:
            continue  # it may find many
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
