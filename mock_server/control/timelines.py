"""The timeline that a release plays in a session, as JSON: its steps and its position."""

from __future__ import annotations

from typing import Any

from ..contract.document.spec import Spec
from ..fixtures.timeline import Segment
from ..fixtures.values import Fixture
from ..foundation import timestamps
from ..state.dataset import Dataset
from ..state.playback import playback_of
from ..state.session_state import SessionState
from .call import ControlCall, unknown_release


def read_timeline(call: ControlCall) -> dict[str, Any]:
    """Return the timeline of the release in the query. Raise RefusalError (404) if unknown."""
    key, dataset = call.request.query[call.key], call.context.dataset
    resource = dataset.release(key)
    if resource is None or resource.fixture is None:
        raise unknown_release(call, key, call.key)
    session_state = call.session_state()
    now = call.now(session_state)
    position = timeline(dataset, session_state, resource.fixture, now)
    return {call.key: resource.fixture.release[dataset.spec.key], **position}


def timeline(
    dataset: Dataset, session_state: SessionState, fixture: Fixture, now: int
) -> dict[str, Any]:
    """Return the timeline of a fixture's release as JSON, with its position at a time (ms)."""
    current = playback_of(dataset, session_state, fixture)
    segments = current.timeline.segments
    return {
        "name": current.timeline.name,
        "since": timestamps.to_text(current.started_at),
        "count": current.number,
        "elapsed": max(now - current.started_at, 0) / 1000,
        "seconds": segments[-1].at / 1000,
        "moments": [_step(dataset.spec, segment) for segment in segments],
    }


def _step(spec: Spec, segment: Segment) -> dict[str, Any]:
    values = segment.values
    return {
        "at": segment.at / 1000,
        "status": values.get(spec.build.status),
        "processes": [
            {
                "name": process.name,
                "status": values.get(process["status"]),
                "stale": bool(values.get(process["stale"])),
                "logs": len(values.get(process["logs"]) or ()),
            }
            for process in spec.build.processes
        ],
    }
