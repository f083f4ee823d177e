"""What the mock has, and what was asked of it."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from typing import Any

from .. import journal
from ..fixtures.values import About
from ..journal import har
from .call import Call, known


def health(call: Call) -> dict[str, Any]:
    """Whether all is well; what there is."""
    sessions, dataset = call.context.sessions, call.context.dataset
    return {
        "ok": not call.health.problems,
        "versions": {
            "mock": version(),
            "contract": str(dataset.spec.data["info"]["version"]),
            "python": platform.python_version(),
        },
        "uptime": max(sessions.wall() - call.health.began, 0) / 1000,
        "reloads": call.health.reloads,
        "counts": {
            "fixtures": len(dataset.fixtures.releases),
            "scenarios": len(dataset.fixtures.scenarios),
            "sessions": len(sessions.names()),
        },
        "problems": [str(problem) for problem in call.health.problems],
    }


def version() -> str:
    """The version of the mock; ``unknown`` where it was not installed."""
    try:
        return metadata.version("package-release-mock")
    except metadata.PackageNotFoundError:
        return "unknown"


def list_fixtures(call: Call) -> dict[str, Any]:
    """The fixtures, with what their releases show at rest."""
    dataset = call.context.dataset
    return {
        "fixtures": [
            {
                "name": fixture.name,
                **_about(fixture.about),
                "status": (status := fixture.release[dataset.spec.build.status]),
                "phase": dataset.spec.phase(status),
                call.key: dataset.key_of(fixture),
            }
            for fixture in dataset.fixtures.releases.values()
        ]
    }


def list_scenarios(call: Call) -> dict[str, Any]:
    """The scenarios, with how long they last."""
    return {
        "scenarios": [
            {
                "name": scenario.name,
                **_about(scenario.about),
                "rebuilds": scenario.rebuilds,
                "default": scenario.default,
                "seconds": scenario.timeline.segments[-1].at / 1000,
            }
            for scenario in call.context.dataset.fixtures.scenarios.values()
        ]
    }


def _about(about: About) -> dict[str, Any]:
    return {"title": about.title, "purpose": about.purpose, "tags": list(about.tags)}


def list_sessions(call: Call) -> dict[str, Any]:
    """The names of the sessions."""
    return {"sessions": call.context.sessions.names()}


def read_journal(call: Call) -> dict[str, Any]:
    """The session's exchanges, filtered; as they are or as HAR."""
    call.session_state()
    query = call.asked.query
    if "operation" in query:
        known("operation", query["operation"], call.context.dataset.spec.operations, "operation")
    found = journal.wait(
        call.context, call.session, _wanted(query), int(query["after"]), query["wait"]
    )[: int(query["limit"])]
    if query["format"] == "har":
        return har.archive(found, version())
    return _journal(call, found)


def _wanted(query: Mapping[str, Any]) -> Callable[[journal.Exchange], bool]:
    def wanted(exchange: journal.Exchange) -> bool:
        return (
            query.get("operation") in (None, exchange["operation"])
            and query.get("status") in (None, exchange["response"]["status"])
            and query.get("method", exchange["method"]).upper() == exchange["method"].upper()
            and exchange["path"].endswith(query.get("path", ""))
        )

    return wanted


def clear_journal(call: Call) -> dict[str, Any]:
    """Empties the journal."""
    call.session_state()
    journal.clear(call.context, call.session)
    return _journal(call, [])


def _journal(call: Call, exchanges: Iterable[journal.Exchange]) -> dict[str, Any]:
    fixtures, served = call.context.dataset.fixtures, journal.served(call.context, call.session)
    return {
        "exchanges": list(exchanges),
        "last": journal.last(call.context, call.session),
        "unused": {
            "fixtures": [name for name in fixtures.releases if name not in served],
            "scenarios": [name for name in fixtures.scenarios if name not in served],
        },
    }
