"""Find the resource of a request as ``x-lookup`` in the spec describes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..contract.document.operation import LookupWay, Operation
from ..contract.document.resources.types import ResourceType, joined_key, key_text
from ..contract.document.spec import Spec
from ..contract.violations import Violation
from ..state.catalog import Index, Key, Resource, has_values
from ..state.view import View
from .call import Context, OperationCall, RefusalError, view_of


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


def find_resource(context: Context, call: OperationCall) -> Resource:
    """Return the resource that a request looks up.

    Raises RefusalError: 404 if it does not exist, 401 if it is the caller of a missing token, 400
    if the request has no key.
    """
    lookup, types = call.operation.lookup, context.dataset.spec.types
    view = view_of(context, call)
    for index, key in matching_index(context, call):
        resources = view.found(index, key)
        if resources:
            return resources[0]
        missing = index.parent if index.parent and key not in index.parents else index.type
        raise RefusalError(404, types[missing].not_found_code)
    if lookup and lookup.otherwise == "caller":
        if call.caller is None:
            raise RefusalError(401)
        resource = view.find(lookup.finds, call.caller.key)
        if resource is None or call.caller.type.name != lookup.finds:
            raise RefusalError(404, types[lookup.finds].not_found_code)
        return resource
    ways = [" and ".join([*w.by, *w.where]) for w in lookup.ways] if lookup else []
    raise RefusalError(400, None, [Violation("lookup", "must have one of: " + "; ".join(ways))])


def shows_one(operation: Operation, resource_type: ResourceType) -> bool:
    """Return whether an operation only looks up one resource of a type and returns it."""
    lookup, success = operation.lookup, operation.success
    if lookup is None or operation.action is not None or success.events:
        return False
    found = (path for name, path in success.resources if name == resource_type.name)
    return lookup.finds == resource_type.name and any("*" not in path for path in found)


def way_by_path(spec: Spec, resource_type: ResourceType) -> tuple[Operation, LookupWay] | None:
    """Return an operation that finds a resource by its path alone, and how; None without one."""
    for operation in spec.operations.values():
        names = {each.name for each in operation.path_parameters}
        ways = operation.lookup.ways if operation.lookup else ()
        for way in ways if names and shows_one(operation, resource_type) else ():
            if {*way.by, *way.where} == names:
                return operation, way
    return None


def check_parent(view: View, call: OperationCall, index: Index) -> None:
    """Raise RefusalError (404) if a list belongs to a parent that does not exist.

    A list of an unknown parent is empty where the document describes no 404.
    """
    above = view.dataset.spec.parent_in(index.type, index.way)
    if above is None or call.operation.documented(404) is None:
        return
    (parent, parameters), keys = above, request_keys(call)
    values = dict(zip(parent.keys, (keys[name] for name in parameters), strict=True))
    joined = joined_key(values, parent.keys)
    if joined is not None and view.find(parent.name, joined) is None:
        raise RefusalError(404, parent.not_found_code)
