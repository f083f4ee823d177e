"""The function of each operation of the control API, by operationId."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import changes, clock, timelines, views
from .call import ControlCall

OPERATIONS: dict[str, Callable[[ControlCall], dict[str, Any]]] = {
    "health": views.health,
    "listFixtures": views.list_fixtures,
    "listScenarios": views.list_scenarios,
    "listSessions": views.list_sessions,
    "deleteSession": changes.delete_session,
    "show": changes.show_fixture,
    "play": changes.play,
    "next": changes.set_next,
    "readTimeline": timelines.read_timeline,
    "readClock": clock.read_clock,
    "setClock": clock.set_clock,
    "listFaults": changes.list_faults,
    "addFault": changes.add_fault,
    "clearFaults": changes.clear_faults,
    "readJournal": views.read_journal,
    "clearJournal": views.clear_journal,
    "reset": clock.reset,
}
# Operations on timelines, which only a document with builds has
OF_TIMELINES = frozenset({"show", "play", "next", "readTimeline"})
