"""One loaded version of the files: spec, fixtures, catalog and timelines."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..contract.document.spec import Spec
from ..fixtures.timeline import Timeline
from ..fixtures.values import Fixture, Fixtures
from ..foundation.bounded_cache import BoundedCache
from .catalog import Catalog, Resource, catalog_of

MAX_EARLIER_TIMELINES = 10_000  # kept for playbacks that started before the files changed


@dataclass(frozen=True)
class Dataset:
    """One loaded version of the files, with the caches that belong to it.

    timelines: by their key. All versions share the mapping, so that a playback continues with the
    timeline that it started with, and an open stream finds timelines that were loaded later.
    events: the bytes of events that the judge accepted.
    """

    spec: Spec
    fixtures: Fixtures
    catalog: Catalog
    timelines: dict[str, Timeline]
    events: BoundedCache[bytes] = field(default_factory=lambda: BoundedCache(len))

    def resource_of(self, fixture: Fixture) -> Resource:
        """Return the resource of a fixture."""
        return self.catalog.resources[fixture.type.name][fixture.key]

    def resource(self, type_name: str, key: str) -> Resource | None:
        """Return the resource of a type with a key, or None."""
        return self.catalog.resources.get(type_name, {}).get(key)


def dataset_of(
    spec: Spec, fixtures: Fixtures, earlier: dict[str, Timeline] | None = None
) -> Dataset:
    """Return the dataset of a spec and its fixtures.

    earlier: the timelines of the version before; those of this version are added to it. Raises
    ContractError if a lookup would be ambiguous.
    """
    catalog = catalog_of(spec, fixtures)
    current = [
        *(fixture.timeline for fixture in fixtures.fixtures.values()),
        *(scenario.timeline for scenario in fixtures.scenarios.values()),
    ]
    timelines = {} if earlier is None else earlier
    for timeline in current:  # moves it to the end: the oldest are removed first
        timelines.pop(timeline.key, None)
        timelines[timeline.key] = timeline
    for key in list(timelines)[: -(MAX_EARLIER_TIMELINES + len(current))]:
        del timelines[key]
    return Dataset(spec, fixtures, catalog, timelines)
