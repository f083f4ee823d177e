"""What answers are made from: spec, fixtures, catalog, timelines; and what a release shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..contract.document.spec import Spec
from ..fixtures.timeline import Segment, Timeline, resource_of
from ..fixtures.values import Fixture, Fixtures
from ..foundation.bounded_cache import BoundedCache
from .catalog import Catalog, Resource, catalog_of
from .session_state import SessionState

MOST_OLD = 10_000  # timelines of earlier versions that are kept for plays that go on


@dataclass(frozen=True)
class Dataset:
    """What answers are made from.

    timelines: by their key, shared by all versions of the files: a play goes on with the version it
    began with, and a stream that is open finds what was loaded after it. bodies: of answers that
    were given, by what they show. events: as they were told, by where they stand.
    """

    spec: Spec
    fixtures: Fixtures
    catalog: Catalog
    timelines: dict[str, Timeline]
    bodies: BoundedCache[bytes] = field(default_factory=lambda: BoundedCache(len))
    events: BoundedCache[bytes] = field(default_factory=lambda: BoundedCache(len))

    def key_of(self, fixture: Fixture) -> str:
        """The text by which the API knows the release of a fixture."""
        return str(fixture.release[self.spec.entities[self.spec.release].key])

    def release(self, key: str) -> Resource | None:
        """The release of a key."""
        return self.catalog.resources[self.spec.release].get(key)


@dataclass(frozen=True)
class Playback:
    """What a release goes through: a timeline since an instant (ms); ``count`` is 0 at rest."""

    timeline: Timeline
    since: int
    count: int

    def segment(self, now: int) -> Segment:
        """What shows at an instant."""
        return self.timeline.segment_at(now - self.since)

    def until(self, now: int) -> int | None:
        """The instant from which something else shows; None for never."""
        until = self.timeline.next_change(now - self.since)
        return None if until is None else self.since + until

    def shown(self, now: int) -> tuple[str, int, int]:
        """What shows at an instant, in few words: equal ones show the same."""
        return self.timeline.key, self.timeline.segment_index(now - self.since), self.since


def dataset_of(
    spec: Spec, fixtures: Fixtures, earlier: dict[str, Timeline] | None = None
) -> Dataset:
    """The stock of a set of fixtures.

    earlier: the timelines of the version before, to which these are added. Raises ContractError
    when a lookup would be in doubt.
    """
    catalog = catalog_of(spec, fixtures)
    timelines = [
        *(fixture.timeline for fixture in fixtures.releases.values()),
        *(scenario.timeline for scenario in fixtures.scenarios.values()),
    ]
    known = {} if earlier is None else earlier
    for timeline in timelines:  # the newest last, so that the oldest go first
        known.pop(timeline.key, None)
        known[timeline.key] = timeline
    for old in list(known)[: -(MOST_OLD + len(timelines))]:
        del known[old]
    return Dataset(spec, fixtures, catalog, known)


def playback(dataset: Dataset, session_state: SessionState, fixture: Fixture) -> Playback:
    """What a release goes through in a world: what it plays, else its fixture at rest."""
    play = session_state.plays.get(dataset.key_of(fixture))
    timeline = dataset.timelines.get(play.timeline) if play else None
    if play is None or timeline is None:
        return Playback(fixture.timeline, session_state.began, 0)
    return Playback(timeline, play.since, play.count)


def release_at(
    dataset: Dataset, session_state: SessionState, fixture: Fixture, told: Playback, now: int
) -> dict[str, Any]:
    """A release in wire form as it shows at an instant (milliseconds) of what it goes through."""
    return resource_of(
        told.segment(now), told.since, fixture.identity(dataset.spec, session_state.began)
    )


def shown(
    dataset: Dataset, session_state: SessionState, resource: Resource, now: int
) -> Mapping[str, Any]:
    """A thing in wire form: a release as it shows now, all else as it stands in its file."""
    if resource.fixture is None:
        return resource.value
    return release_at(
        dataset,
        session_state,
        resource.fixture,
        playback(dataset, session_state, resource.fixture),
        now,
    )
