"""Find the resource of a request as ``x-lookup`` in the spec describes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..contract.violations import Violation
from ..state.catalog import Index, Resource
from .call import Context, OperationCall, RefusalError


def request_keys(call: OperationCall) -> Mapping[str, Any]:
    """Return the keys of a request: those of its body, or of its query if it has no body."""
    body = call.request.body
    return body if isinstance(body, dict) else call.request.query


def matching_index(
    context: Context, call: OperationCall
) -> Iterator[tuple[Index, tuple[str, ...]]]:
    """Yield the first index whose keys are all in the request, with their values.

    Yields nothing if the request does not have all keys of any index.
    """
    keys = request_keys(call)
    for index in context.dataset.catalog.indexes.get(call.operation.id, ()):
        way = index.way
        complete = all(name in keys for name in way.by)
        if complete and all(keys.get(name) == value for name, value in way.where.items()):
            yield index, tuple(keys[name] for name in way.by)
            return


def find_resource(context: Context, call: OperationCall) -> Resource:
    """Return the resource that a request looks up.

    Raises RefusalError: 404 if it does not exist, 401 if it is the account of a missing token, 400
    if the request has no key.
    """
    lookup, entities = call.operation.lookup, context.dataset.spec.entities
    for index, key in matching_index(context, call):
        resources = index.resources.get(key, ())
        if resources:
            return resources[0]
        missing = index.parent if index.parent and key not in index.parents else index.entity
        raise RefusalError(404, entities[missing].not_found_code)
    if lookup and lookup.otherwise == "caller":
        if call.caller is None:
            raise RefusalError(401)
        key_of_caller = call.caller[entities[lookup.finds].key]
        return context.dataset.catalog.resources[lookup.finds][key_of_caller]
    ways = [" and ".join([*w.by, *w.where]) for w in lookup.ways] if lookup else []
    raise RefusalError(400, None, [Violation("lookup", "must have one of: " + "; ".join(ways))])
