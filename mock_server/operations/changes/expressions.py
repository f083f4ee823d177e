"""Evaluates the expressions of an action: who may do it, and the values that it computes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from ...contract.document.resources.types import ResourceType
from ...contract.rules import engine as cel
from ...contract.rules.deadline import GUARD, Deadline, guarded, longest_list, needs_guard
from ...contract.rules.functions import FUNCTIONS
from ...contract.rules.views import view as null_for_absent
from ...foundation import timestamps
from ...state.view import View
from ..call import OperationCall

Value = Mapping[str, Any]


def holds(
    rule: str, view: View, call: OperationCall, resource_type: ResourceType, value: Value
) -> bool:
    """Return whether a rule about the caller holds. An error in its evaluation counts as no."""
    try:
        return _evaluated(rule, view, call, resource_type, value) is True
    except cel.EngineError:
        return False


def with_computed(
    view: View, call: OperationCall, resource_type: ResourceType, value: Value
) -> dict[str, Any]:
    """Return a resource with the values that its action computes from it, in their order.

    An expression that cannot be evaluated computes nothing: the judge of the resource reports what
    is missing.
    """
    result = dict(value)
    for name, source in call.operation.action.computed.items() if call.operation.action else ():
        try:
            found = _evaluated(source, view, call, resource_type, result)
        except cel.EngineError:
            continue
        if isinstance(found, datetime):
            form = resource_type.timestamps.get(name, "date-time")
            found = timestamps.written(round(found.timestamp() * 1000), form)
        result[name] = found
    names = dict.fromkeys((*resource_type.properties, *result))
    return {name: result[name] for name in names if name in result}


def _evaluated(
    source: str, view: View, call: OperationCall, resource_type: ResourceType, value: Value
) -> Any:
    """Return the result of an expression. An absent property of a resource is null."""

    def seen(name: str, value: Value) -> Any:
        schema = {"$ref": f"#/components/schemas/{name}"}
        return null_for_absent(view.dataset.spec, schema, value)

    caller, request = call.caller, call.request
    variables = {
        "caller": seen(caller.type.name, view.value(caller)) if caller else None,
        "self": seen(resource_type.name, value),
        "request": {"query": request.query, "path": request.path, "body": request.body},
        "now": timestamps.to_datetime(view.now),
    }
    program = _compiled(source, needs_guard(source, longest_list(variables)))
    return cel.executed(program, cel.Context(variables, {**FUNCTIONS, GUARD: Deadline()}))


@lru_cache(64)
def _compiled(source: str, guard: bool) -> cel.Program:
    return cel.compiled(guarded(source), longest=None) if guard else cel.compiled(source)
