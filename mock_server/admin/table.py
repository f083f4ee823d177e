"""What the operations of the admin API do: operationId to function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import clocks, steering, telling, timelines
from .call import Call

CALLS: dict[str, Callable[[Call], dict[str, Any]]] = {
    "health": telling.health,
    "listFixtures": telling.list_fixtures,
    "listScenarios": telling.list_scenarios,
    "listSessions": telling.list_sessions,
    "deleteSession": steering.delete_session,
    "show": steering.show_fixture,
    "play": steering.play,
    "next": steering.coming,
    "readTimeline": timelines.read_timeline,
    "readClock": clocks.read_clock,
    "setClock": clocks.set_clock,
    "listFaults": steering.list_faults,
    "addFault": steering.add_fault,
    "clearFaults": steering.clear_faults,
    "readJournal": telling.read_journal,
    "clearJournal": telling.clear_journal,
    "reset": clocks.reset,
}
