"""What a session shows at a time: the resources that exist, and the value of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .catalog import Caller, Catalog, Index, Key, Resource, has_values, reference, shown_matches
from .dataset import Dataset
from .playback import Playback, playback_of, value_at
from .session_state import SessionState


@dataclass(frozen=True)
class View:
    """The resources of a session at ``now`` (milliseconds since 1970)."""

    dataset: Dataset
    session_state: SessionState
    now: int

    @property
    def catalog(self) -> Catalog:
        return self.dataset.catalog

    def find(self, type_name: str, key: str) -> Resource | None:
        """Return the resource of a type with a key; None if it does not exist."""
        base = self.dataset.resource(type_name, key)
        if (name := reference(type_name, key)) not in self.session_state.changes:
            return base
        value = self.session_state.changes[name]
        return None if value is None else self._changed(type_name, key, value, base)

    def all(self, type_name: str) -> Iterator[Resource]:
        """Yield all resources of a type: those of the fixtures, then those that were created."""
        for key in self.known_keys(type_name):
            if (resource := self.find(type_name, key)) is not None:
                yield resource

    def known_keys(self, type_name: str) -> list[str]:
        """Return every key that a resource of a type has or had in the session."""
        known = self.catalog.resources.get(type_name, {})
        return list(dict.fromkeys([*known, *self._changed_keys(type_name)]))

    def _changed_keys(self, type_name: str) -> Iterator[str]:
        """Yield the keys that requests have created, changed or deleted."""
        prefix = reference(type_name, "")
        changed = (name for name in self.session_state.changes if name.startswith(prefix))
        yield from (name.removeprefix(prefix) for name in changed)

    def found(self, index: Index, key: Key) -> tuple[Resource, ...]:
        """Return the resources that a key finds in the way of an index."""
        has_changes = next(self._changed_keys(index.type), None) is not None
        if not index.moving and not has_changes:
            return index.resources.get(key, ())
        return shown_matches(self.all(index.type), index, key, self.value)

    def taken(self, resource: Resource) -> dict[str, Any] | None:
        """Return the first unique values of a resource that another one has; None without any."""
        value = self.value(resource)
        for names in resource.type.unique:
            own = {name: value.get(name) for name in names}
            others = (o for o in self.all(resource.type.name) if o.reference != resource.reference)
            if None not in own.values() and any(has_values(self.value(o), own) for o in others):
                return own
        return None

    def playback(self, resource: Resource) -> Playback | None:
        """Return what a resource plays; None if it does not move."""
        return playback_of(self.dataset, self.session_state, resource)

    def value(self, resource: Resource) -> Mapping[str, Any]:
        """Return the value of a resource, in wire form."""
        return self.with_embedded(resource, self._own_value(resource))

    def with_embedded(self, resource: Resource, value: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a value with the parent, and the lists of children, that its schema contains."""
        if not resource.type.embedded:
            return value
        members = dict(value)
        for name, type_name in resource.type.embedded.items():
            if type_name == resource.type.parent:
                if resource.parent is not None:
                    members[name] = self._own_value(resource.parent)
            else:
                children = self.children(resource, type_name)
                members[name] = [self._own_value(child) for child in children]
        return members

    def children(self, resource: Resource, type_name: str) -> list[Resource]:
        """Return the resources of a type that belong to a resource."""
        return [
            each
            for each in self.all(type_name)
            if each.parent is not None and each.parent.reference == resource.reference
        ]

    def _own_value(self, resource: Resource) -> Mapping[str, Any]:
        return value_at(self.session_state, resource, self.playback(resource), self.now)

    def owners(self, resource: Resource) -> list[Resource] | None:
        """Return the callers that own a resource; None if nobody in particular does."""
        rule = self.catalog.ownership(resource.type.name)
        if rule is None:
            return None
        held = resource.ancestor(rule.holder)
        value = self.value(held).get(rule.property) if held else None
        wanted = {rule.caller_property: value}
        callers = self.all(rule.caller)
        return [c for c in callers if value is not None and has_values(self.value(c), wanted)]

    def tokens_of_owners(self, resource: Resource) -> list[Caller]:
        """Return the known callers that own a resource; all, if nobody in particular does."""
        owners = self.owners(resource)
        references = None if owners is None else {owner.reference for owner in owners}
        return [
            caller
            for caller in self.catalog.callers
            if references is None or (caller.resource and caller.resource.reference in references)
        ]

    def _changed(
        self, type_name: str, key: str, value: Mapping[str, Any], base: Resource | None
    ) -> Resource:
        """Return a resource that the session has created or changed."""
        resource_type = self.dataset.spec.types[type_name]
        parent_key = resource_type.parent_key_of(value)
        parent = None
        if resource_type.parent and parent_key is not None:
            parent = self.find(resource_type.parent, parent_key)
        fixture, source = (base.fixture, base.source) if base else (None, "")
        return Resource(resource_type, value, parent, fixture, source, key)
