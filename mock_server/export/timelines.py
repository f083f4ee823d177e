"""Timelines as JSON, with their timestamps as offsets.

Times are integers in milliseconds. ``values`` are the properties in the order of the fixture file,
with null for each timestamp; ``offsets`` are these timestamps, relative to a start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..contract.document.spec import Spec
from ..fixtures.timeline import Timeline, resource_of
from ..fixtures.values import About, Fixture, Scenario
from ..foundation import timestamps


def state(spec: Spec, fixture: Fixture) -> dict[str, Any]:
    """Return a release as the API returns it at the time of its fixture."""
    at = fixture.at
    return resource_of(fixture.timeline.segment_at(0), at, fixture.identity(spec, at))


def segments(timeline: Timeline) -> list[dict[str, Any]]:
    """Return the segments of a timeline. Offsets are relative to the start of the playback."""
    return [
        {"at": segment.at, "values": dict(segment.values), "offsets": dict(segment.offsets)}
        for segment in timeline.segments
    ]


def identity(spec: Spec, fixture: Fixture) -> dict[str, Any]:
    """Return the properties that no timeline changes.

    Offsets are relative to the start of the session.
    """
    values = fixture.identity(spec, fixture.at)
    offsets = {
        name: timestamps.parse(value) - fixture.at
        for name, value in values.items()
        if name in spec.timestamps and value is not None
    }
    return {"values": {**values, **dict.fromkeys(offsets)}, "offsets": offsets}


def scenario(value: Scenario) -> dict[str, Any]:
    """Return a scenario.

    default: whether a rebuild plays it by default; rebuilds: whether a rebuild can play it.
    """
    return {
        "default": value.default,
        "rebuilds": value.usable_for_rebuild,
        "segments": segments(value.timeline),
    }


def about(value: About) -> Mapping[str, Any]:
    """Return the title, purpose and tags of a fixture or scenario."""
    return {"title": value.title, "purpose": value.purpose, "tags": list(value.tags)}
