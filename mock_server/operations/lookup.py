"""Find the resource of a request as ``x-lookup`` in the spec describes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..contract.violations import Violation
from ..state.catalog import Index, Key, Resource, has_values, key_text, shown_matches
from ..state.playback import current_value
from .call import Context, OperationCall, RefusalError


def request_keys(call: OperationCall) -> Mapping[str, Any]:
    """Return the keys of a request: the parameters of its path and query, and those of its body."""
    body = call.request.body
    of_body = body if isinstance(body, dict) else {}
    return {**call.request.query, **of_body, **call.request.path}


def matching_index(context: Context, call: OperationCall) -> Iterator[tuple[Index, Key]]:
    """Yield the first index whose keys are all in the request, with their values as text.

    Yields nothing if the request does not have all keys of any index.
    """
    keys = request_keys(call)
    for index in context.dataset.catalog.indexes.get(call.operation.id, ()):
        way = index.way
        complete = all(name in keys for name in way.by)
        if complete and has_values(keys, way.where):
            yield index, tuple(key_text(keys[name]) for name in way.by)
            return


def resources_of(
    context: Context, call: OperationCall, index: Index, key: Key
) -> tuple[Resource, ...]:
    """Return the resources of an index that a key finds, by what the session shows."""
    if not index.moving:
        return index.resources.get(key, ())

    def shown(resource: Resource) -> Mapping[str, Any]:
        return current_value(context.dataset, call.session_state, resource, call.now)

    return shown_matches(context.dataset.catalog, index, key, shown)


def find_resource(context: Context, call: OperationCall) -> Resource:
    """Return the resource that a request looks up.

    Raises RefusalError: 404 if it does not exist, 401 if it is the account of a missing token, 400
    if the request has no key.
    """
    lookup, entities = call.operation.lookup, context.dataset.spec.entities
    for index, key in matching_index(context, call):
        resources = resources_of(context, call, index, key)
        if resources:
            return resources[0]
        missing = index.parent if index.parent and key not in index.parents else index.entity
        raise RefusalError(404, entities[missing].not_found_code)
    if lookup and lookup.otherwise == "caller":
        if call.caller is None:
            raise RefusalError(401)
        key_of_caller = key_text(call.caller.get(entities[lookup.finds].key))
        resource = context.dataset.catalog.resources[lookup.finds].get(key_of_caller)
        if resource is None:
            raise RefusalError(404, entities[lookup.finds].not_found_code)
        return resource
    ways = [" and ".join([*w.by, *w.where]) for w in lookup.ways] if lookup else []
    raise RefusalError(400, None, [Violation("lookup", "must have one of: " + "; ".join(ways))])
