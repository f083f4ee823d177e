"""Operations that change a session: show, play, next, faults, delete and restart.

A refused call changes nothing, because each call makes one change to the record of the session.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .. import faults, journal
from ..contract.violations import ContractError, Violation, show
from ..fixtures.timeline import Timeline
from ..operations.call import Context, RefusalError
from ..state.catalog import Resource, reference
from ..state.fitting import UnfitError, fitting
from ..state.playback import identity_of
from ..state.session_state import ANY, SessionState
from .call import ControlCall, did_you_mean, names_key, resource_of, valid_name

MAX_FAULTS = 100  # per session


def show_fixture(call: ControlCall) -> dict[str, Any]:
    """Make a resource show a fixture from now on; return the resource."""
    resource = resource_of(call, call.body)
    fixtures = call.context.dataset.fixtures.of_type(resource.type.name)
    fixture = fixtures[valid_name("fixture", call.body["fixture"], fixtures)]
    if resource.type.timeline:
        return _play(call, resource, fixture.timeline, "fixture")
    keys = (*resource.type.keys, *resource.type.parent_keys)
    own = {name: resource.value[name] for name in keys if name in resource.value}
    state = call.change(
        lambda state: state.with_change(
            resource.reference, {**fixture.identity(call.now(state)), **own}
        )
    )
    return _shown(call, state, resource)


def play(call: ControlCall) -> dict[str, Any]:
    """Make a resource play a scenario from now on; return the resource."""
    resource = resource_of(call, call.body)
    scenarios = call.context.dataset.fixtures.scenarios_of(resource.type.name)
    name = valid_name("scenario", call.body["scenario"], scenarios)
    return _play(call, resource, scenarios[name].timeline, "scenario")


def _play(call: ControlCall, resource: Resource, timeline: Timeline, kind: str) -> dict[str, Any]:
    own, judge = resource.reference, call.context.judge

    def playing(state: SessionState) -> SessionState:
        now, identity = call.now(state), identity_of(state, resource)
        if changes := fitting(judge, resource.type, identity, timeline, now):
            value = call.view(state).value(resource)
            state = state.with_change(own, {**value, **changes})
        return state.with_playback(own, timeline.key, now)

    try:
        state = call.change(playing)
    except UnfitError as error:
        reason = error.reason(kind, call.body[kind], f"/{kind}")
        raise RefusalError(400, None, [reason]) from None
    return _shown(call, state, resource, state.playbacks[own].started_at)


def _shown(
    call: ControlCall, state: SessionState, resource: Resource, now: int | None = None
) -> dict[str, Any]:
    view = call.view(state)
    view = view if now is None else replace(view, now=now)
    return {call.names.of(resource.type.name).envelope: view.value(resource)}


def set_next(call: ControlCall) -> dict[str, Any]:
    """Set the scenario that the next restart plays: of one resource, or of any."""
    scenarios = call.context.dataset.fixtures.scenarios
    playable = [name for name, scenario in scenarios.items() if scenario.can_restart]
    name = valid_name("scenario", call.body["scenario"], playable)
    if all(call.body.get(names.key) is None for names in call.names.types):
        type_name, key = scenarios[name].type.name, ANY
        shown: dict[str, Any] = {call.names.of(type_name).key: None}
    else:
        resource = resource_of(call, call.body)
        type_name, key, shown = resource.type.name, resource.key, names_key(call, resource)
        valid_name("scenario", name, call.context.dataset.fixtures.scenarios_of(type_name))
    of = reference(type_name, key)
    call.change(lambda session_state: session_state.with_next_scenario(of, name))
    return {"scenario": name, **shown}


def list_faults(call: ControlCall) -> dict[str, Any]:
    """List the faults of the session."""
    return {"faults": list(call.session_state().faults)}


def add_fault(call: ControlCall) -> dict[str, Any]:
    """Add a fault; return it with its name and defaults."""
    if len(call.session_state().faults) >= MAX_FAULTS:
        message = f"a session has at most {MAX_FAULTS} faults"
        raise RefusalError(400, None, [Violation("faults", message)])
    try:
        return faults.add(call.context, call.session, call.body).record()
    except ContractError as error:
        raise RefusalError(400, None, error.violations) from None


def clear_faults(call: ControlCall) -> dict[str, Any]:
    """Remove all faults, or the one of a name; return those that are left."""
    try:
        faults.clear(call.context, call.session, call.request.query.get("name"))
    except ContractError as error:
        raise RefusalError(400, None, error.violations) from None
    return list_faults(call)


def delete_session(call: ControlCall) -> dict[str, Any]:
    """Delete a session."""
    name, names = call.request.path["name"], call.context.sessions.names()
    if not call.context.sessions.delete(name):
        message, fix = "must be the name of a session", did_you_mean(name, names)
        violation = Violation("session", message, "name", show(name), fix)
        raise RefusalError(404, None, [violation])
    return {"deleted": name}


def restart_session(context: Context, session: str, now: int | None = None) -> SessionState:
    """Clear the timelines, next scenarios, faults and journal of a session; return its new state.

    now: start time of the session (ms since 1970); None for that of a new session.
    """
    faults.clear(context, session)
    journal.clear(context, session)
    return context.sessions.restart(session, now)
