"""What shows when, as data: the fixtures' own timelines, with instants as distances.

All times are whole milliseconds. A ``showing`` is ``values`` as they are, in the order of the wire,
and ``offsets``: by name the instants among them, as milliseconds after a beginning.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..contract.document.spec import Spec
from ..fixtures.timeline import Timeline, resource_of
from ..fixtures.values import About, Fixture, Scenario
from ..foundation import timestamps


def state(spec: Spec, fixture: Fixture) -> dict[str, Any]:
    """A release as the API answers it at the instant of its fixture."""
    at = fixture.at
    return resource_of(fixture.timeline.segment_at(0), at, fixture.identity(spec, at))


def segments(timeline: Timeline) -> list[dict[str, Any]]:
    """A timeline: from when on what shows; the offsets are from the beginning of the play."""
    return [
        {"at": segment.at, "values": dict(segment.values), "offsets": dict(segment.offsets)}
        for segment in timeline.segments
    ]


def who(spec: Spec, fixture: Fixture) -> dict[str, Any]:
    """Who the release of a fixture is; the offsets are from the beginning of the session."""
    values = fixture.identity(spec, fixture.at)
    offsets = {
        name: timestamps.parse(value) - fixture.at
        for name, value in values.items()
        if name in spec.timestamps and value is not None
    }
    return {"values": {**values, **dict.fromkeys(offsets)}, "offsets": offsets}


def scenario(told: Scenario) -> dict[str, Any]:
    """A scenario, with whether a rebuild may play it and whether it does by itself."""
    return {
        "default": told.default,
        "rebuilds": told.usable_for_rebuild,
        "segments": segments(told.timeline),
    }


def about(told: About) -> Mapping[str, Any]:
    """What a fixture or scenario is, for people."""
    return {"title": told.title, "purpose": told.purpose, "tags": list(told.tags)}
