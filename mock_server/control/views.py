"""Operations that read: health, fixtures, scenarios, sessions and the journal."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any

from .. import journal
from ..fixtures.values import About, Fixture
from ..journal import har
from .call import ControlCall, names_key, valid_name


def health(call: ControlCall) -> dict[str, Any]:
    """Report the health of the mock, its versions and its counts."""
    sessions, dataset = call.context.sessions, call.context.dataset
    return {
        "ok": not call.health.problems,
        "versions": {
            "mock": version(),
            "contract": str(dataset.spec.data["info"]["version"]),
            "python": platform.python_version(),
        },
        "uptime": max(sessions.wall() - call.health.started_at, 0) / 1000,
        "reloads": call.health.reloads,
        "counts": {
            "fixtures": len(dataset.fixtures.fixtures),
            "scenarios": len(dataset.fixtures.scenarios),
            "sessions": len(sessions.names()),
        },
        "problems": [str(problem) for problem in call.health.problems],
    }


def version() -> str:
    """Return the version of the installed mock; ``unknown`` if it is not installed."""
    try:
        return metadata.version("package-release-mock")
    except metadata.PackageNotFoundError:
        return "unknown"


def list_fixtures(call: ControlCall) -> dict[str, Any]:
    """List the fixtures, with the status and the key of their resources."""
    dataset = call.context.dataset
    return {"fixtures": [_fixture(call, each) for each in dataset.fixtures.fixtures.values()]}


def _fixture(call: ControlCall, fixture: Fixture) -> dict[str, Any]:
    entry = {"name": fixture.name, **_about(fixture.about), "type": fixture.type.name}
    if fixture.type.timeline:
        phase = fixture.type.timeline.phase(fixture.status)
        entry |= {"status": fixture.status, "phase": phase}
    listed = {names.type for names in call.names.types}
    resource = call.context.dataset.resource_of(fixture)
    return entry | (names_key(call, resource) if fixture.type.name in listed else {})


def list_scenarios(call: ControlCall) -> dict[str, Any]:
    """List the scenarios, with their duration in seconds."""
    return {
        "scenarios": [
            {
                "name": scenario.name,
                **_about(scenario.about),
                "type": scenario.type.name,
                "restarts": scenario.can_restart,
                "default": scenario.default,
                "seconds": scenario.timeline.segments[-1].at / 1000,
            }
            for scenario in call.context.dataset.fixtures.scenarios.values()
        ]
    }


def _about(about: About) -> dict[str, Any]:
    return {"title": about.title, "purpose": about.purpose, "tags": list(about.tags)}


def list_sessions(call: ControlCall) -> dict[str, Any]:
    """List the names of the sessions."""
    return {"sessions": call.context.sessions.names()}


def read_journal(call: ControlCall) -> dict[str, Any]:
    """Return the filtered exchanges of the session, as JSON or as HAR."""
    call.session_state()
    query = call.request.query
    if "operation" in query:
        operations = call.context.dataset.spec.operations
        valid_name("operation", query["operation"], operations, "operation")
    page = journal.wait(
        call.context,
        call.session,
        int(query["after"]),
        query["wait"],
        _filter(query),
        int(query["limit"]),
    )
    if query["format"] == "har":
        return har.archive(page.records, version(), page.more)
    return _journal(call, page.records, page.more)


def _filter(query: Mapping[str, Any]) -> Callable[[journal.JournalRecord], bool]:
    """Return a predicate for the filters of the query: operation, status, method and path."""

    def matches(record: journal.JournalRecord) -> bool:
        return (
            query.get("operation") in (None, record["operation"])
            and query.get("status") in (None, record["response"]["status"])
            and query.get("method", record["method"]).upper() == record["method"].upper()
            and record["path"].endswith(query.get("path", ""))
        )

    return matches


def clear_journal(call: ControlCall) -> dict[str, Any]:
    """Empty the journal; return it."""
    call.session_state()
    journal.clear(call.context, call.session)
    return _journal(call, [], more=False)


def _journal(call: ControlCall, records: list[journal.JournalRecord], more: bool) -> dict[str, Any]:
    fixtures, served = call.context.dataset.fixtures, journal.served(call.context, call.session)
    return {
        "exchanges": records,
        "more": more,
        "last": journal.last(call.context, call.session),
        "unused": {
            "fixtures": [name for name in fixtures.fixtures if name not in served],
            "scenarios": [name for name in fixtures.scenarios if name not in served],
        },
    }
