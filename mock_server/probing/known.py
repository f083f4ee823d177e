"""Which resources of the fixtures a request can be for, and whose token it needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..app.mock import Mock
from ..contract.document.operation import Operation
from ..http.credentials import first_token
from ..state.catalog import Caller, Resource, request_values
from ..state.session_state import new_session_state
from ..state.view import View

CREATE = "create"


def known(mock: Mock, operation: Operation) -> tuple[Resource | None, Mapping[str, Any]]:
    """Return a resource that the operation finds, and the parameters that find it.

    For an operation that creates a resource, it is the parent of that resource.
    """
    if operation.does == CREATE:
        return _known_parent(mock, operation)
    lookup, resources = operation.lookup, _candidates(mock, operation)
    if lookup and not lookup.ways and lookup.otherwise is None:
        return next(iter(resources), None), {}  # a list of all resources
    for way in lookup.ways if lookup else ():
        for resource in resources:
            values = request_values(way, resource)
            if values is not None and all(
                resource.value.get(name) == value for name, value in way.where.items()
            ):
                return resource, values
    return None, {}


def _candidates(mock: Mock, operation: Operation) -> list[Resource]:
    """Return the resources that an operation can find, first those whose status it accepts."""
    lookup, sources = operation.lookup, operation.action.sources if operation.action else ()
    resources = list(mock.dataset.catalog.resources[lookup.finds].values()) if lookup else []

    def is_refused(resource: Resource) -> bool:
        roles = resource.type.timeline
        return roles is not None and not roles.is_in(resource.value, sources)

    return sorted(resources, key=is_refused) if sources else resources


def _known_parent(mock: Mock, operation: Operation) -> tuple[Resource | None, Mapping[str, Any]]:
    """Return a parent for a new resource, and the path parameters that contain its key."""
    action = operation.action
    if action is None or not action.of_path:
        return None, {}
    created = mock.spec.types[action.finds]
    for parent in mock.dataset.catalog.resources.get(created.parent or "", {}).values():
        keys = dict(zip(created.parent_keys, parent.type.keys, strict=True))
        named = {p: keys[name] for p, name in action.of_path.items() if name in keys}
        return parent, {parameter: parent.value[name] for parameter, name in named.items()}
    return None, {}


def with_known_parent(mock: Mock, operation: Operation, body: Any) -> Any:
    """Return a body in which a new or changed resource belongs to an existing parent."""
    action = operation.action
    changed = mock.spec.types.get(action.finds) if action else None
    if changed is None or changed.parent is None or not isinstance(body, dict):
        return body
    parents = mock.dataset.catalog.resources[changed.parent]
    key = changed.parent_key_of(body)
    if key is None or key in parents or not parents:
        return body
    parent = next(iter(parents.values()))
    names = zip(changed.parent_keys, parent.type.keys, strict=True)
    return {**body, **{own: parent.value[name] for own, name in names}}


def is_known(mock: Mock, operation: Operation, body: Any) -> bool:
    """Return whether a body would create a resource with the key of another one."""
    action = operation.action
    created = mock.spec.types.get(action.finds) if action and action.do == CREATE else None
    key = created.key_of(body) if created and isinstance(body, dict) else None
    return created is not None and key in mock.dataset.catalog.resources[created.name]


def needs_resource(operation: Operation) -> bool:
    """Return whether only a request for an existing resource, or below one, can succeed."""
    if operation.does == CREATE:
        return bool(operation.action and operation.action.of_path)
    return operation.lookup is not None and operation.lookup.otherwise is None


def token(mock: Mock, resource: Resource | None) -> str:
    """Return the token of a caller that is a resource or owns it, or else of any caller."""
    own: list[Caller] = []
    if resource is not None:
        own = [c for c in mock.dataset.catalog.callers if _belongs_to(c, resource)]
        own += first_view(mock).tokens_of_owners(resource)
    return first_token([*own, *mock.resolver.credentials.callers])


def _belongs_to(caller: Caller, resource: Resource) -> bool:
    return caller.resource is not None and caller.resource.reference == resource.reference


def first_view(mock: Mock) -> View:
    """Return what a new session shows at its start."""
    now = mock.sessions.wall()
    return View(mock.dataset, new_session_state(now, now), now)
