"""The timeline that a release plays in a session, and the value that it has at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..fixtures.timeline import Segment, Timeline, resource_of
from ..fixtures.values import Fixture
from .catalog import Resource
from .dataset import Dataset
from .session_state import SessionState


@dataclass(frozen=True)
class Playback:
    """A timeline that a release plays since a timestamp.

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


def playback_of(dataset: Dataset, session_state: SessionState, fixture: Fixture) -> Playback:
    """Return the playback of a fixture's release; without one, the fixture since the start."""
    stored = session_state.playbacks.get(dataset.key_of(fixture))
    timeline = dataset.timelines.get(stored.timeline) if stored else None
    if stored is None or timeline is None:
        return Playback(fixture.timeline, session_state.started_at, 0)
    return Playback(timeline, stored.started_at, stored.number)


def value_at(
    dataset: Dataset, session_state: SessionState, fixture: Fixture, playback: Playback, now: int
) -> dict[str, Any]:
    """Return a release as JSON, in the state that a playback shows at a timestamp (ms)."""
    identity = fixture.identity(dataset.spec, session_state.started_at)
    return resource_of(playback.segment(now), playback.started_at, identity)


def current_value(
    dataset: Dataset, session_state: SessionState, resource: Resource, now: int
) -> Mapping[str, Any]:
    """Return a resource as JSON: a release as of ``now`` (ms), others as in their file."""
    if resource.fixture is None:
        return resource.value
    playback = playback_of(dataset, session_state, resource.fixture)
    return value_at(dataset, session_state, resource.fixture, playback, now)
