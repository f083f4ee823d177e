"""The catalog: all resources of the fixtures, indexed for every lookup of the spec.

The indexes are built once, because they contain only properties that never change by themselves. A
lookup by a property that a timeline changes, such as a status, has an index without entries: it
searches what the session shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..contract.document.operation import Lookup, LookupWay
from ..contract.document.resources.types import FIELD, ResourceType, key_text
from ..contract.document.spec import Ownership, Spec
from ..contract.violations import ContractError, Violation, nearest, show
from ..fixtures.values import Fixture, Fixtures

Key = tuple[str, ...]


@dataclass(frozen=True)
class Resource:
    """A resource of the fixtures, or one that a session has created or changed.

    value: in wire form, as in its file or as it was written.
    parent: the resource that it belongs to.
    fixture: its state at the start of a session; None if it is listed in a file, or created.
    source: ``file:line:column`` of a resource without a fixture.
    key: the text by which the API finds it.
    """

    type: ResourceType
    value: Mapping[str, Any]
    parent: Resource | None
    fixture: Fixture | None = None
    source: str = ""
    key: str = ""

    @cached_property
    def reference(self) -> str:
        """Return the text that identifies the resource in a session."""
        return reference(self.type.name, self.key)

    @property
    def location(self) -> str:
        """``file:line:column``; for a fixture, this reads its file again."""
        return self.fixture.document.location("/resource") if self.fixture else self.source

    def lineage(self) -> Iterator[Resource]:
        """Yield the resource, its parent, the parent's parent, and so on."""
        resource: Resource | None = self
        while resource is not None:
            yield resource
            resource = resource.parent

    def ancestor(self, name: str) -> Resource | None:
        """Return the resource of a type in the lineage, which includes the resource itself."""
        return next((resource for resource in self.lineage() if resource.type.name == name), None)


def reference(type_name: str, key: str) -> str:
    """Return the text that identifies a resource in a session: ``Deployment/dpl_1``."""
    return f"{type_name}/{key}"


@dataclass(frozen=True)
class Caller:
    """A token, and the resource that it belongs to; None if the document has none for it."""

    token: str
    resource: Resource | None


@dataclass(frozen=True)
class Index:
    """An index for one way of one lookup.

    type: of the resources that it finds.
    resources: by the values of the request, as text.
    parent: the type of the keys, if they identify a parent and not the resource.
    parents: the keys of all those parents, also of those that have no resource.
    moving: whether a timeline changes what a resource is found by; then ``resources`` is empty.
    """

    type: str
    way: LookupWay
    resources: Mapping[Key, tuple[Resource, ...]]
    parent: str | None
    parents: frozenset[Key]
    moving: bool = False


@dataclass(frozen=True)
class Catalog:
    """All resources, by type and key, and the indexes of each operation that looks them up.

    A key is the text of the property, so that a request finds the number 7 by 7 and by ``"7"``.
    """

    spec: Spec
    resources: Mapping[str, Mapping[str, Resource]]
    indexes: Mapping[str, tuple[Index, ...]]
    callers: tuple[Caller, ...]

    def ownership(self, type_name: str) -> Ownership | None:
        """Return who owns the resources of a type; None if no token can belong to an owner."""
        rule = self.spec.ownership(type_name)
        types = {caller.resource.type.name for caller in self.callers if caller.resource}
        return rule if rule and rule.caller in types else None


def catalog_of(spec: Spec, fixtures: Fixtures) -> Catalog:
    """Return the catalog of the fixtures.

    Raises ContractError if a parent does not exist, if two resources have the same key, or if a
    lookup of one resource would find several, such as two latest releases of a package.
    """
    resources, violations = _resources(spec, fixtures)
    callers = tuple(_callers(fixtures, resources, violations))
    if not violations:
        indexes = {
            operation.id: tuple(_index(spec, operation.lookup, way, resources) for way in ways)
            for operation in spec.operations.values()
            if operation.lookup and (ways := operation.lookup.ways)
        }
        violations = list(_ambiguous(spec, indexes))
    if violations:
        raise ContractError(violations)
    return Catalog(spec, resources, indexes, callers)


def _callers(
    fixtures: Fixtures,
    resources: Mapping[str, Mapping[str, Resource]],
    violations: list[Violation],
) -> Iterator[Caller]:
    for each in fixtures.credentials:
        known = resources.get(each.type, {})
        if each.type and each.key not in known:
            message, fix = f"must be the key of an existing {each.type}", nearest(each.key, known)
            violation = Violation("caller", message, "", show(each.key), fix, each.location)
            violations.append(violation)
        yield Caller(each.token, known.get(each.key))


def _resources(
    spec: Spec, fixtures: Fixtures
) -> tuple[dict[str, dict[str, Resource]], list[Violation]]:
    """Return the resources by type and key, and what is wrong with them."""
    values: list[tuple[ResourceType, Mapping[str, Any], str, Fixture | None]] = [
        *((each.type, each.value, each.location, None) for each in fixtures.listed),
        *((each.type, each.value, "", each) for each in fixtures.fixtures.values()),
    ]
    values.sort(key=lambda each: len(spec.lineage(each[0].name)))  # parents before their children
    resources: dict[str, dict[str, Resource]] = {name: {} for name in spec.types}
    violations: list[Violation] = []
    for resource_type, value, source, fixture in values:
        key, known = str(resource_type.key_of(value)), resources[resource_type.name]
        parent_key, parent = resource_type.parent_key_of(value), None
        if resource_type.parent and parent_key is not None:
            parent = resources[resource_type.parent].get(parent_key)
        resource = Resource(resource_type, value, parent, fixture, source, key)
        if parent is None and parent_key is not None:
            names = " and ".join(resource_type.parent_keys)
            message = f"{names} must be the key of an existing {resource_type.parent}"
            fix = nearest(parent_key, resources[str(resource_type.parent)])
            found = show(parent_key)
            violations.append(Violation("parent", message, "", found, fix, resource.location))
        if key in known:
            fix = f"the same key is at {known[key].location}"
            message = f"{' and '.join(resource_type.keys)} must be unique"
            violations.append(
                Violation("duplicate", message, "", show(key), fix, resource.location)
            )
        violations += _not_unique(resource, known.values())
        known[key] = resource
    return resources, violations


def _not_unique(resource: Resource, others: Iterable[Resource]) -> Iterator[Violation]:
    for names in resource.type.unique:
        own = {name: resource.value.get(name) for name in names}
        for other in others:
            if None not in own.values() and has_values(other.value, own):
                fix = f"the same values are at {other.location}"
                message = f"{' and '.join(names)} must be unique"
                found = show(own)
                yield Violation("duplicate", message, "", found, fix, resource.location)


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
    resources: Iterable[Resource],
    index: Index,
    key: Key,
    shown: Callable[[Resource], Mapping[str, Any]],
) -> tuple[Resource, ...]:
    """Return the resources that a key finds now in the way of an index.

    shown: returns the JSON value that a resource has in the session.
    """
    templates = tuple(index.way.by.values())
    return tuple(
        resource
        for resource in resources
        if has_values(value := shown(resource), index.way.where)
        and _key(templates, resource, value) == key
    )


def _index(
    spec: Spec, lookup: Lookup, way: LookupWay, resources: Mapping[str, Mapping[str, Resource]]
) -> Index:
    templates = tuple(way.by.values())
    fields = [field for template in templates for field in FIELD.findall(template)]
    types = {name for name, _ in fields}
    parent = None
    if lookup.finds not in types and len(types) == 1:
        parent = next(iter(types))
    moving = any(member in spec.types[name].moving for name, member in fields)
    moving |= not spec.types[lookup.finds].moving.isdisjoint(way.where)
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
        for type_name, name in FIELD.findall(template):
            ancestor = resource.ancestor(type_name)
            value = shown if ancestor is resource else ancestor.value if ancestor else {}
            if value.get(name) is None:
                return None
            text = text.replace(f"{{{type_name}.{name}}}", key_text(value[name]))
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
