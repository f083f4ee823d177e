"""Operations that change a session: show, play, next, faults, delete and restart.

A refused call changes nothing, because each call makes one change to the record of the session.
"""

from __future__ import annotations

from typing import Any

from .. import faults, journal
from ..contract.violations import ContractError, Violation, show
from ..fixtures.timeline import Timeline
from ..operations.call import Context, RefusalError
from ..state.playback import current_value
from ..state.session_state import ANY_RELEASE, SessionState
from .call import ControlCall, did_you_mean, release_of, valid_name

MAX_FAULTS = 100  # per session


def show_fixture(call: ControlCall) -> dict[str, Any]:
    """Make a release show a fixture from now on; return the release."""
    fixtures = call.context.dataset.fixtures.releases
    name = valid_name("fixture", call.body["fixture"], fixtures)
    return _play(call, fixtures[name].timeline)


def play(call: ControlCall) -> dict[str, Any]:
    """Make a release play a scenario from now on; return the release."""
    scenarios = call.context.dataset.fixtures.scenarios
    name = valid_name("scenario", call.body["scenario"], scenarios)
    return _play(call, scenarios[name].timeline)


def _play(call: ControlCall, timeline: Timeline) -> dict[str, Any]:
    release = release_of(call)
    key = release.key
    session_state = call.change(
        lambda session_state: session_state.with_playback(
            key, timeline.key, call.now(session_state)
        )
    )
    value = current_value(
        call.context.dataset, session_state, release, session_state.playbacks[key].started_at
    )
    return {call.names.envelope: value}


def set_next(call: ControlCall) -> dict[str, Any]:
    """Set the scenario that the next rebuild plays: of one release, or of any."""
    scenarios = call.context.dataset.fixtures.scenarios
    playable = [name for name, scenario in scenarios.items() if scenario.usable_for_rebuild]
    name = valid_name("scenario", call.body["scenario"], playable)
    given = call.body.get(call.key)
    key = ANY_RELEASE if given is None else release_of(call).key
    call.change(lambda session_state: session_state.with_next_scenario(key, name))
    return {"scenario": name, call.key: given}


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
