"""What changes a session: what plays, what is to come, faults, and beginning anew.

A refused call changes nothing: each change is one change of the session's record.
"""

from __future__ import annotations

from typing import Any

from .. import faults, journal
from ..contract.violations import ContractError, Violation, show
from ..fixtures.timeline import Timeline
from ..operations.call import Context, RefusalError
from ..state.playback import shown
from ..state.session_state import ANY, SessionState
from .call import Call, known, meant, release_named

MOST_FAULTS = 100  # that a session keeps


def show_fixture(call: Call) -> dict[str, Any]:
    """A release shows a fixture from now on."""
    fixtures = call.context.dataset.fixtures.releases
    name = known("fixture", call.body["fixture"], fixtures)
    return _play(call, fixtures[name].timeline)


def play(call: Call) -> dict[str, Any]:
    """A release goes through a scenario from now on."""
    scenarios = call.context.dataset.fixtures.scenarios
    name = known("scenario", call.body["scenario"], scenarios)
    return _play(call, scenarios[name].timeline)


def _play(call: Call, timeline: Timeline) -> dict[str, Any]:
    release, key = release_named(call), call.body[call.key]
    session_state = call.change(
        lambda session_state: session_state.playing(key, timeline.key, call.now(session_state))
    )
    told = shown(call.context.dataset, session_state, release, session_state.plays[key].since)
    return {_envelope(call): told}


def coming(call: Call) -> dict[str, Any]:
    """The next rebuild, of a release or of any, goes through a scenario."""
    scenarios = call.context.dataset.fixtures.scenarios
    fit = [name for name, scenario in scenarios.items() if scenario.rebuilds]
    name = known("scenario", call.body["scenario"], fit)
    key = call.body.get(call.key)
    if key is not None:
        release_named(call)
    call.change(lambda session_state: session_state.with_coming(ANY if key is None else key, name))
    return {"scenario": name, call.key: key}


def _envelope(call: Call) -> str:
    """The property in which the API answers one release."""
    spec = call.context.dataset.spec
    found = (
        path
        for operation in spec.operations.values()
        if operation.lookup and 200 in operation.responses
        for name, path in operation.responses[200].entities
        if name == spec.release and len(path) == 1
    )
    return next(found)[0]


def list_faults(call: Call) -> dict[str, Any]:
    """The session's faults."""
    return {"faults": list(call.session_state().faults)}


def add_fault(call: Call) -> dict[str, Any]:
    """One more fault."""
    if len(call.session_state().faults) >= MOST_FAULTS:
        message = f"a session has at most {MOST_FAULTS} faults"
        raise RefusalError(400, None, [Violation("faults", message)])
    try:
        return faults.add(call.context, call.session, call.body).record()
    except ContractError as error:
        raise RefusalError(400, None, error.violations) from None


def clear_faults(call: Call) -> dict[str, Any]:
    """No more faults, or all but one."""
    try:
        faults.clear(call.context, call.session, call.asked.query.get("name"))
    except ContractError as error:
        raise RefusalError(400, None, error.violations) from None
    return list_faults(call)


def delete_session(call: Call) -> dict[str, Any]:
    """Forgets a session."""
    name, names = call.asked.path["name"], call.context.sessions.names()
    if not call.context.sessions.drop(name):
        wrong = Violation("session", "names a session", "name", show(name), meant(name, names))
        raise RefusalError(404, None, [wrong])
    return {"deleted": name}


def begin_anew(context: Context, session: str, now: int | None = None) -> SessionState:
    """The session begins anew, at an instant (milliseconds) or as a new one does: nothing plays or
    is to come, there are no faults, and the journal is empty."""
    faults.clear(context, session)
    journal.clear(context, session)
    return context.sessions.anew(session, now)
