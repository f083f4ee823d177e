"""Which thing a request looks up, as the spec's ``x-lookup`` says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..contract.violations import Violation
from ..state.catalog import Index, Resource
from .call import Context, OperationCall, RefusalError


def given(asked: OperationCall) -> Mapping[str, Any]:
    """The keys of a request: its body's, or its query's when it takes no body."""
    body = asked.request.body
    return body if isinstance(body, dict) else asked.request.query


def way_given(context: Context, asked: OperationCall) -> Iterator[tuple[Index, tuple[str, ...]]]:
    """The first way whose keys are all given, with those keys; nothing when there is none."""
    keys = given(asked)
    for index in context.dataset.catalog.indexes.get(asked.operation.id, ()):
        way = index.way
        complete = all(name in keys for name in way.by)
        if complete and all(keys.get(name) == value for name, value in way.where.items()):
            yield index, tuple(keys[name] for name in way.by)
            return


def found(context: Context, asked: OperationCall) -> Resource:
    """The thing that a request looks up. Raises RefusalError when there is none."""
    lookup, entities = asked.operation.lookup, context.dataset.spec.entities
    for index, key in way_given(context, asked):
        resources = index.resources.get(key, ())
        if resources:
            return resources[0]
        unknown = index.parent if index.parent and key not in index.parents else index.entity
        raise RefusalError(404, entities[unknown].not_found_code)
    if lookup and lookup.otherwise == "caller":
        if asked.caller is None:
            raise RefusalError(401)
        key_of_caller = asked.caller[entities[lookup.finds].key]
        return context.dataset.catalog.resources[lookup.finds][key_of_caller]
    ways = [" and ".join([*w.by, *w.where]) for w in lookup.ways] if lookup else []
    raise RefusalError(400, None, [Violation("lookup", "needs one of: " + "; ".join(ways))])
