"""The timeline that a resource plays in a session, and the value that it has at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..contract.document.resources.types import ResourceType
from ..fixtures.timeline import Segment, Timeline, resource_of, still_timeline
from ..fixtures.values import shifted_identity
from .catalog import Resource, reference
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


def with_next_scenario_played(
    dataset: Dataset,
    session_state: SessionState,
    resource_type: ResourceType,
    key: str,
    now: int,
    preferred: str | None,
    waiting: Sequence[str],
) -> SessionState:
    """Return the state in which a resource plays a scenario from now (ms) on.

    It is the preferred one, else the next one of the session, else the default. A next scenario is
    then used up. Without any, the state stays as it is. waiting: the references under which a next
    scenario may be set, the first one counts.
    """
    scenarios = dataset.fixtures.scenarios_of(resource_type.name)
    set_for = next((name for name in waiting if name in session_state.next_scenarios), None)
    next_scenario = session_state.next_scenarios[set_for] if set_for else None
    default = dataset.fixtures.default_scenario(resource_type.name)
    chosen = scenarios.get(preferred or next_scenario or "", default)
    if chosen is None:
        return session_state
    if preferred is None and set_for is not None:
        session_state = session_state.without_next_scenario(set_for)
    own = reference(resource_type.name, key)
    return session_state.with_playback(own, chosen.timeline.key, now)


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
