"""A resource that shows the state of another one, or a scenario, must not be younger than it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..contract.document.resources.types import ResourceType
from ..contract.judge import Judge
from ..contract.violations import Violation
from ..fixtures.timeline import Timeline, resource_of
from ..foundation import timestamps


class UnfitError(Exception):
    """A resource cannot play a timeline: in some state it would break the contract."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(str(violation))
        self.violation = violation

    def reason(self, kind: str, name: str, pointer: str) -> Violation:
        """Return why a request is refused. kind: of the timeline, such as ``fixture``."""
        message = f"the resource cannot show this {kind}: {self.violation.message}"
        return Violation(kind, message, pointer, name)


def fitting(
    judge: Judge,
    resource_type: ResourceType,
    identity: Mapping[str, Any],
    timeline: Timeline,
    started_at: int,
) -> dict[str, Any]:
    """Return the timestamps that a resource needs to play a timeline from ``started_at`` (ms) on.

    These are those of its identity, such as its creation, which become as old as the first
    timestamp of the timeline. Empty if the identity is valid as it is. Raises UnfitError.
    """
    if _violation(judge, resource_type, identity, timeline, started_at) is None:
        return {}
    offsets = [each for segment in timeline.segments for each in segment.offsets.values()]
    first = started_at + min(offsets, default=0)
    changes = {}
    for name, form in resource_type.timestamps.items():
        if identity.get(name) is not None:
            at = timestamps.read(identity[name], form)
            if first < at <= started_at:
                changes[name] = timestamps.written(first, form)
    older = {**identity, **changes}
    if violation := _violation(judge, resource_type, older, timeline, started_at):
        raise UnfitError(violation)
    return changes


def _violation(
    judge: Judge,
    resource_type: ResourceType,
    identity: Mapping[str, Any],
    timeline: Timeline,
    started_at: int,
) -> Violation | None:
    """Return the first violation of a resource that plays a timeline; None if there is none."""
    for segment in timeline.segments:
        value = resource_of(segment, started_at, identity)
        now = timestamps.to_datetime(started_at + segment.at)
        if violations := judge.resource(resource_type.name, value, now):
            return violations[0]
    return None
