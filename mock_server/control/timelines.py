"""What a release goes through in a session, folded: at which second what shows."""

from __future__ import annotations

from typing import Any

from ..contract.document.spec import Spec
from ..contract.violations import Violation, show
from ..fixtures.timeline import Segment
from ..fixtures.values import Fixture
from ..foundation import timestamps
from ..operations.call import RefusalError
from ..state.playback import Dataset, playback
from ..state.session_state import SessionState
from .call import Call, meant


def read_timeline(call: Call) -> dict[str, Any]:
    """What the release that the query names goes through."""
    key, dataset = call.asked.query[call.key], call.context.dataset
    resource = dataset.release(key)
    if resource is None or resource.fixture is None:
        cure = meant(key, dataset.catalog.resources[dataset.spec.release])
        wrong = Violation("release", "names a release", call.key, show(key), cure)
        raise RefusalError(404, None, [wrong])
    session_state = call.session_state()
    return timeline(dataset, session_state, resource.fixture, call.now(session_state))


def timeline(
    dataset: Dataset, session_state: SessionState, fixture: Fixture, now: int
) -> dict[str, Any]:
    """What a fixture's release goes through in a world; how far it is at an instant (ms)."""
    its = playback(dataset, session_state, fixture)
    segments = its.timeline.segments
    return {
        dataset.spec.entities[dataset.spec.release].key: dataset.key_of(fixture),
        "name": its.timeline.name,
        "since": timestamps.text(its.since),
        "count": its.count,
        "elapsed": max(now - its.since, 0) / 1000,
        "seconds": segments[-1].at / 1000,
        "moments": [_moment(dataset.spec, segment) for segment in segments],
    }


def _moment(spec: Spec, segment: Segment) -> dict[str, Any]:
    values = segment.values
    return {
        "at": segment.at / 1000,
        "status": values[spec.build.status],
        "processes": [
            {
                "name": process.name,
                "status": values[process["status"]],
                "stale": values[process["stale"]],
                "logs": len(values[process["logs"]]),
            }
            for process in spec.build.processes
        ],
    }
