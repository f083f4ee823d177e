"""The timeline that a resource plays in a session, as JSON: its steps and its position."""

from __future__ import annotations

from typing import Any

from ..contract.document.resources.types import TimelineRoles
from ..contract.violations import Violation
from ..fixtures.timeline import Segment
from ..foundation import timestamps
from ..operations.call import RefusalError
from ..state.catalog import Resource
from ..state.view import View
from .call import ControlCall, names_key, resource_of


def read_timeline(call: ControlCall) -> dict[str, Any]:
    """Return the timeline of the resource in the query. Raise RefusalError (404) if unknown."""
    resource = resource_of(call, call.request.query, prefix="")
    return {**names_key(call, resource), **timeline(call.view(), resource)}


def timeline(view: View, resource: Resource) -> dict[str, Any]:
    """Return the timeline of a resource as JSON, with its position at the time of the view.

    Raises RefusalError (400) if its type has no timeline.
    """
    current, roles = view.playback(resource), resource.type.timeline
    if current is None or roles is None:
        message = f"no {resource.type.label} has a timeline"
        raise RefusalError(400, None, [Violation("timeline", message)])
    segments = current.timeline.segments
    return {
        "name": current.timeline.name,
        "since": timestamps.to_text(current.started_at),
        "count": current.number,
        "elapsed": max(view.now - current.started_at, 0) / 1000,
        "seconds": segments[-1].at / 1000,
        "moments": [_step(roles, segment) for segment in segments],
    }


def _step(roles: TimelineRoles, segment: Segment) -> dict[str, Any]:
    values = segment.values
    return {
        "at": segment.at / 1000,
        "status": roles.status_of(values),
        "processes": [
            {
                "name": process.name,
                "status": roles.status_of_process(process, values),
                "stale": bool(values.get(process.get("stale") or "")),
                "logs": len(values.get(process.get("logs") or "") or ()),
            }
            for process in roles.processes
        ],
    }
