"""Create, replace, update, delete and move a resource in a session.

A write computes the new state from the current one. If another request changes the session at the
same time, it is computed again, so that no write is lost and none is applied in part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ...contract.document.resources.types import ResourceType
from ...contract.exchange import Response
from ...contract.requests import Accepted
from ...contract.violations import Violation
from ...fixtures.timeline import advanced, fixture_timeline, resource_of
from ...fixtures.values import shifted_identity
from ...state.catalog import Resource, reference
from ...state.playback import with_next_scenario_played
from ...state.session_state import ANY, SessionState
from ...state.view import View
from ..call import Context, OperationCall
from ..lookup import find_resource
from ..responses import success
from . import conditions, values
from .expressions import with_computed

Change = Callable[[View], tuple[SessionState, Resource]]


def create(context: Context, call: OperationCall) -> Response:
    """Create a resource; one with a timeline plays its next or default scenario."""
    resource_type = _type(context, call)
    of_any = (reference(resource_type.name, ANY),)

    def changed(view: View) -> tuple[SessionState, Resource]:
        value = values.created(context.judge, view, call, resource_type)
        value = with_computed(view, call, resource_type, value)
        key = resource_type.key_of(value)
        if key is None:
            keys = " and ".join(resource_type.keys)
            violation = Violation("key", f"must have {keys}")
            raise conditions.refusal(call.operation, conditions.INVALID, "", [violation])
        state = view.session_state.with_change(reference(resource_type.name, key), value)
        state = with_next_scenario_played(
            context.dataset, state, resource_type, key, call.now, call.prefer.scenario, of_any
        )
        after = replace(view, session_state=state)
        resource = after.find(resource_type.name, key)
        if resource is None:
            raise LookupError(key)
        conditions.check_new_key(view, call, resource)
        conditions.check_parent(after, call, resource)
        conditions.check_caller(after, call, resource)
        conditions.check_value(context, after, call, resource)
        return state, resource

    return _respond(context, call, changed)


def replace_one(context: Context, call: OperationCall) -> Response:
    """Replace a resource with the one in the body."""
    return _write(context, call, values.replaced)


def update(context: Context, call: OperationCall) -> Response:
    """Apply a JSON merge patch to a resource."""
    return _write(context, call, values.updated)


def delete(context: Context, call: OperationCall) -> Response:
    """Delete a resource, and the resources that belong to it."""

    def changed(view: View) -> tuple[SessionState, Resource]:
        resource = _existing(context, call, view)
        state = view.session_state
        for each in (resource, *_descendants(view, resource)):
            state = state.with_change(each.reference, None)
        return state, resource

    return _respond(context, call, changed, deletes=True)


def transition(context: Context, call: OperationCall) -> Response:
    """Move a resource to another status. Raises RefusalError if its status does not allow it."""

    def changed(view: View) -> tuple[SessionState, Resource]:
        resource = _existing(context, call, view)
        value = with_computed(view, call, resource.type, _moved(call, view, resource))
        return _changed(context, call, view, resource, value)

    return _respond(context, call, changed)


def restart(context: Context, call: OperationCall) -> Response:
    """Let a resource play the preferred, the next or the default scenario from now on.

    Raises RefusalError: 403 if the caller may not, 400 for a scenario that a restart cannot play.
    """
    scenario = call.prefer.scenario

    def changed(view: View) -> tuple[SessionState, Resource]:
        resource = _existing(context, call, view)
        if scenario is not None:
            conditions.check_scenario(view, resource, scenario)
        return _restarted_by(context, call, view, resource), resource

    return _respond(context, call, changed)


def restarted_by_owner(
    context: Context, session: str, state: SessionState, resource: Resource, now: int
) -> SessionState:
    """Return the state of a session in which the owner of a resource has restarted it at a time.

    The values that the operation sets are set. Raises RefusalError if they break the contract.
    """
    view = View(context.dataset, state, now)
    operations = context.dataset.spec.operations.values()
    does = ("restart", resource.type.name)
    by = (each for each in operations if each.action and (each.does, each.action.finds) == does)
    if (operation := next(by, None)) is None:
        return restarted(context, state, resource, now)
    owner = next(iter(view.owners(resource) or ()), None)
    call = OperationCall(operation, Accepted({}, None), owner, session, state, now)
    return _restarted_by(context, call, view, resource)


def _restarted_by(
    context: Context, call: OperationCall, view: View, resource: Resource
) -> SessionState:
    """Return the state in which a restart has set its values, and the resource plays a scenario."""
    action, state = call.operation.action, view.session_state
    if action and (action.values or action.computed):
        given = values.values_set(call.operation, resource.type, view.now)
        value = with_computed(view, call, resource.type, {**view.value(resource), **given})
        state, resource = _changed(context, call, view, resource, value)
    return restarted(context, state, resource, view.now, call.prefer.scenario)


def restarted(
    context: Context, state: SessionState, resource: Resource, now: int, scenario: str | None = None
) -> SessionState:
    """Return the state in which a resource plays its next scenario from now (ms) on.

    scenario: by default the next scenario of the session, or else the default one.
    """
    waiting = (resource.reference, reference(resource.type.name, ANY))
    return with_next_scenario_played(
        context.dataset, state, resource.type, resource.key, now, scenario, waiting
    )


def _moved(call: OperationCall, view: View, resource: Resource) -> dict[str, Any]:
    """Return a resource after a transition, with what follows from its new status."""
    given = values.values_set(call.operation, resource.type, view.now)
    roles, before = resource.type.timeline, view.value(resource)
    computed = resource.type.timestamps.keys()
    changes = {n: v for n, v in given.items() if roles and n in roles.properties - computed}
    still = fixture_timeline(resource.type, resource.key, view.now, before)
    segment = advanced(resource.type, still.segments[0], 0, changes)
    return resource_of(segment, view.now, shifted_identity(resource.type, before, 0)) | given


def _write(
    context: Context,
    call: OperationCall,
    new_value: Callable[..., dict[str, Any]],
) -> Response:
    def changed(view: View) -> tuple[SessionState, Resource]:
        resource = _existing(context, call, view)
        before = view.value(resource)
        value = new_value(view, call, resource, before)
        value = with_computed(view, call, resource.type, value)
        moving = resource.type.timeline.properties if resource.type.timeline else frozenset()
        keeps = all(value.get(name) == before.get(name) for name in moving)
        return _changed(context, call, view, resource, value, keeps)

    return _respond(context, call, changed)


def _changed(
    context: Context,
    call: OperationCall,
    view: View,
    resource: Resource,
    value: Mapping[str, Any],
    keeps_playback: bool = False,
) -> tuple[SessionState, Resource]:
    """Return the state in which a resource has a value, and the resource. Raises RefusalError."""
    own = {name: each for name, each in value.items() if name not in resource.type.embedded}
    state = view.session_state.with_change(resource.reference, own, keeps_playback)
    after = replace(view, session_state=state)
    resource = after.find(resource.type.name, resource.key) or resource
    conditions.check_value(context, after, call, resource)
    return state, resource


def _respond(
    context: Context, call: OperationCall, change: Change, deletes: bool = False
) -> Response:
    """Change the session, and return the success. deletes: the resource then exists no longer."""
    written: list[Resource] = []

    def update_state(state: SessionState) -> SessionState:
        changed, resource = change(View(context.dataset, state, call.now))
        conditions.check_capacity(changed)
        written[:] = [resource]
        return changed

    before = call.session_state
    state = context.sessions.change(call.session, update_state)
    shown = replace(call, session_state=before if deletes else state)
    return success(context, shown, written)


def _existing(context: Context, call: OperationCall, view: View) -> Resource:
    """Return the resource that a request changes. Raises RefusalError if it may not."""
    resource = find_resource(context, replace(call, session_state=view.session_state))
    conditions.check_caller(view, call, resource)
    conditions.check_precondition(view, call, resource)
    conditions.check_source(view, call, resource)
    return resource


def _type(context: Context, call: OperationCall) -> ResourceType:
    action = call.operation.action
    return context.dataset.spec.types[action.finds if action else ""]


def _descendants(view: View, resource: Resource) -> list[Resource]:
    """Return the resources that belong to a resource, directly or not."""
    found: list[Resource] = []
    for resource_type in view.dataset.spec.types.values():
        if resource_type.parent == resource.type.name:
            for each in view.children(resource, resource_type.name):
                found += [each, *_descendants(view, each)]
    return found
