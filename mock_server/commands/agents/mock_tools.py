"""Tools for a running mock: each calls the control API with the Python client.

The signature of a method is the schema of the tool, and its docstring the description. So the types
are imported when the program runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from ...client import ControlError, Session, connect
from .texts import LONGEST_TEXT, compact, shortened

MAX_STATES = 50  # fixtures, or scenarios, in one result
MAX_EXCHANGES = 50

Key = Annotated[str | int, Field(description="key of the resource, as list_states shows it")]
Name = Annotated[str | None, Field(description="session of the mock; omit for the default one")]


@dataclass(frozen=True)
class MockTools:
    """The tools. spec, overlays: what the mock serves; they name the key of each resource."""

    address: str
    token: str | None = field(repr=False)
    spec: Path
    overlays: tuple[Path, ...] = ()

    def list_states(
        self,
        contains: Annotated[str, Field(description="text in the name, title or tags")] = "",
        session: Name = None,
    ) -> str:
        """List what the mock can show: resources with their keys, fixtures and scenarios."""
        mock = self._session(session)
        fixtures = mock.request("GET", "fixtures")["fixtures"]
        scenarios = mock.request("GET", "scenarios")["scenarios"]
        keys = {
            type_name: [each[name] for each in fixtures if name in each][:MAX_STATES]
            for type_name, name in mock.keys.items()
        }
        parts = [
            *(f"keys of {name}: {', '.join(map(str, each))}" for name, each in keys.items()),
            *_listed("fixtures", fixtures, contains),
            *_listed("scenarios", scenarios, contains),
        ]
        return shortened("\n".join(parts))

    def show(
        self,
        key: Key,
        fixture: Annotated[str, Field(description="name of the fixture")],
        session: Name = None,
    ) -> str:
        """Make a resource show the state of a fixture from now on. Returns the resource."""
        return compact(self._session(session).show(key, fixture))

    def play(
        self,
        key: Key,
        scenario: Annotated[str, Field(description="name of the scenario")],
        session: Name = None,
    ) -> str:
        """Make a resource play a scenario from now on. Returns the resource."""
        return compact(self._session(session).play(key, scenario))

    def clock(
        self,
        advance: Annotated[float | None, Field(description="seconds to jump forward")] = None,
        freeze: Annotated[bool | None, Field(description="true stops, false continues")] = None,
        rate: Annotated[float | None, Field(description="seconds per real second")] = None,
        set_to: Annotated[str | None, Field(description="RFC 3339 timestamp to jump to")] = None,
        session: Name = None,
    ) -> str:
        """Change the clock of a session, with at most one change. Returns its time."""
        changes = {"advance": advance, "freeze": freeze, "rate": rate, "set": set_to}
        given = {name: value for name, value in changes.items() if value is not None}
        if len(given) > 1:
            raise ControlError(f"expected one change of the clock, found {', '.join(given)}")
        method, body = ("POST", given) if given else ("GET", None)
        return compact(self._session(session).request(method, "clock", body))

    def add_fault(
        self,
        kind: Annotated[str, Field(description="kind, such as delay or status; see the guide")],
        fields: Annotated[
            dict[str, Any] | None, Field(description='fields of the kind, such as {"status": 503}')
        ] = None,
        operation: Annotated[
            str | None, Field(description="operationId; omit for all operations")
        ] = None,
        first: Annotated[int | None, Field(description="apply to the first N requests")] = None,
        session: Name = None,
    ) -> str:
        """Make responses late, wrong or incomplete, or drop them. Returns the stored fault."""
        common = {"operation": operation, "first": first}
        given = {name: value for name, value in common.items() if value is not None}
        fault = {**(fields or {}), **given, "kind": kind}
        return compact(self._session(session).request("POST", "faults", fault))

    def clear_faults(self, session: Name = None) -> str:
        """Remove all faults of a session."""
        self._session(session).faults.clear()
        return "the session has no faults"

    def requests(
        self,
        operation: Annotated[
            str | None, Field(description="operationId; omit for all operations")
        ] = None,
        last: Annotated[int, Field(ge=1, le=MAX_EXCHANGES, description="how many")] = 10,
        session: Name = None,
    ) -> str:
        """Show the last requests of a session and their responses, the newest first."""
        exchanges = self._session(session).journal.exchanges(operation)
        newest = exchanges[: -last - 1 : -1]
        lines = [json.dumps(_summary(each), ensure_ascii=False) for each in newest]
        return shortened("\n".join([f"requests: {len(lines)} of {len(exchanges)}", *lines]))

    def reset(self, session: Name = None) -> str:
        """Restart a session: clear its states, clock, faults and journal."""
        self._session(session).reset()
        return "the session has restarted"

    def _session(self, name: str | None) -> Session:
        """Return a session of the mock. The document is read each time, since it can change."""
        return replace(connect(self.address, self.token, self.spec, self.overlays), name=name)


def _listed(kind: str, states: Iterable[Mapping[str, Any]], contains: str) -> list[str]:
    """Return a line with the number of states, and a line for each whose words have a text."""
    found = [each for each in states if contains.lower() in _words(each).lower()]
    more = [f"… {len(found) - MAX_STATES} more: use contains"] if len(found) > MAX_STATES else []
    return [f"{kind}: {len(found)}", *map(_line, found[:MAX_STATES]), *more]


def _words(state: Mapping[str, Any]) -> str:
    return " ".join([state["name"], state.get("title", ""), *state.get("tags", ())])


def _line(state: Mapping[str, Any]) -> str:
    facts = [state["type"], state.get("status"), state.get("title")]
    shown = "; ".join(str(each) for each in facts if each)
    return f"- {state['name']}: {shortened(shown, LONGEST_TEXT)}"


def _summary(exchange: Mapping[str, Any]) -> dict[str, Any]:
    """Return an exchange with short bodies and without headers."""
    response = exchange["response"]
    facts = {
        **{name: exchange.get(name) for name in ("number", "method", "path", "query")},
        **{name: exchange.get(name) for name in ("operation", "served", "faults", "near_miss")},
        "body": shortened(exchange.get("body") or "", LONGEST_TEXT),
        "status": response["status"],
        "response": shortened(response.get("body") or "", LONGEST_TEXT),
    }
    return {name: value for name, value in facts.items() if value not in (None, "", [])}
