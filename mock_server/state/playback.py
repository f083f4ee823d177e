"""The timeline that a resource plays in a session, and the value that it has at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..fixtures.timeline import Segment, Timeline, resource_of, still_timeline
from ..fixtures.values import shifted_identity
from .catalog import Resource
from .dataset import Dataset
from .session_state import SessionState


@dataclass(frozen=True)
class Playback:
    """A timeline that a resource plays since a timestamp.

    started_at: milliseconds since 1970; number: of the playback in its session, 0 for a fixture
    that nothing has played yet.
    """

    timeline: Timeline
    started_at: int
    number: int

    def segment(self, now: int) -> Segment:
        """Return the segment of the timeline at a timestamp (ms)."""
        return self.timeline.segment_at(now - self.started_at)

    def next_change(self, now: int) -> int | None:
        """Return the timestamp (ms) of the next segment; None if there is no other."""
        elapsed = self.timeline.next_change(now - self.started_at)
        return None if elapsed is None else self.started_at + elapsed


def playback_of(
    dataset: Dataset, session_state: SessionState, resource: Resource
) -> Playback | None:
    """Return what a resource plays: a timeline, or else its fixture since the start.

    None if its type has no timeline. A resource that a request has created or changed stays as it
    is, until it plays another timeline.
    """
    if resource.type.timeline is None:
        return None
    stored = session_state.playbacks.get(resource.reference)
    timeline = dataset.timelines.get(stored.timeline) if stored else None
    if stored is not None and timeline is not None:
        return Playback(timeline, stored.started_at, stored.number)
    changed = session_state.changes.get(resource.reference)
    if changed is not None or resource.fixture is None:
        still = still_timeline(resource.type, resource.key, changed or resource.value)
        return Playback(still, session_state.started_at, 0)
    return Playback(resource.fixture.timeline, session_state.started_at, 0)


def value_at(
    session_state: SessionState, resource: Resource, playback: Playback | None, now: int
) -> Mapping[str, Any]:
    """Return a resource as JSON, in the state that a playback shows at a timestamp (ms)."""
    identity = identity_of(session_state, resource)
    if playback is None:
        return identity
    return resource_of(playback.segment(now), playback.started_at, identity)


def identity_of(session_state: SessionState, resource: Resource) -> Mapping[str, Any]:
    """Return the properties of a resource that no timeline changes."""
    changes = session_state.changes
    changed = changes.get(resource.reference) if changes else None  # most sessions change nothing
    if changed is None and resource.fixture is not None:
        return resource.fixture.identity(session_state.started_at)
    value = resource.value if changed is None else changed
    return shifted_identity(resource.type, value, 0) if resource.type.timeline else value
