"""A resource that shows the state of another one, or a scenario, must not be younger than it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..contract.document.resources.types import ResourceType
from ..contract.judge import Judge
from ..fixtures.timeline import Timeline, resource_of
from ..foundation import timestamps


def fitting(
    judge: Judge,
    resource_type: ResourceType,
    identity: Mapping[str, Any],
    timeline: Timeline,
    started_at: int,
) -> dict[str, Any]:
    """Return the timestamps that a resource needs to play a timeline from ``started_at`` (ms) on.

    These are those of its identity, such as its creation, which become as old as the first
    timestamp of the timeline. Empty if the identity is valid as it is, or not valid in any case.
    """
    if _is_valid(judge, resource_type, identity, timeline, started_at):
        return {}
    offsets = [each for segment in timeline.segments for each in segment.offsets.values()]
    first = started_at + min(offsets, default=0)
    changes = {}
    for name, form in resource_type.timestamps.items():
        if identity.get(name) is not None:
            at = timestamps.read(identity[name], form)
            if first < at <= started_at:
                changes[name] = timestamps.written(first, form)
    valid = _is_valid(judge, resource_type, {**identity, **changes}, timeline, started_at)
    return changes if valid else {}


def _is_valid(
    judge: Judge,
    resource_type: ResourceType,
    identity: Mapping[str, Any],
    timeline: Timeline,
    started_at: int,
) -> bool:
    for segment in timeline.segments:
        value = resource_of(segment, started_at, identity)
        now = timestamps.to_datetime(started_at + segment.at)
        if judge.resource(resource_type.name, value, now):
            return False
    return True
