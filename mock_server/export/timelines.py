"""Timelines as JSON, with their timestamps as offsets.

Times are integers in milliseconds. ``values`` are the properties in the order of the fixture file,
with null for each timestamp; ``offsets`` are these timestamps, relative to a start. The key of a
timestamp inside a property, such as that of a log entry, is a JSON pointer (RFC 6901).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..contract.document.spec import Spec
from ..contract.violations import pointer
from ..fixtures.timeline import Segment, Timeline, resource_of
from ..fixtures.values import About, Fixture, Scenario
from ..foundation import timestamps


def state(spec: Spec, fixture: Fixture) -> dict[str, Any]:
    """Return a release as the API returns it at the time of its fixture."""
    at = fixture.at
    return resource_of(fixture.timeline.segment_at(0), at, fixture.identity(spec, at))


def segments(timeline: Timeline) -> list[dict[str, Any]]:
    """Return the segments of a timeline. Offsets are relative to the start of the playback."""
    return [{"at": segment.at, **_timed(segment)} for segment in timeline.segments]


def _timed(segment: Segment) -> dict[str, Any]:
    values, offsets = dict(segment.values), dict(segment.offsets)
    for name, paths in segment.inner.items():
        for path in paths:
            values[name] = _without(values.get(name), path, (name,), segment.origin, offsets)
    return {"values": values, "offsets": offsets}


def _without(
    value: Any, path: Sequence[str], at: tuple[str | int, ...], origin: int, offsets: dict[str, int]
) -> Any:
    """Return a value with null for the timestamps at a path, and add their offsets."""
    if path and path[0] == "*" and isinstance(value, list):
        items = enumerate(value)
        return [_without(item, path[1:], (*at, n), origin, offsets) for n, item in items]
    if path and isinstance(value, dict) and path[0] in value:
        member = _without(value[path[0]], path[1:], (*at, path[0]), origin, offsets)
        return {**value, path[0]: member}
    if path or not isinstance(value, str):
        return value
    offsets[str(at[0]) if len(at) == 1 else pointer(at)] = timestamps.parse(value) - origin
    return None


def identity(spec: Spec, fixture: Fixture) -> dict[str, Any]:
    """Return the properties that no timeline changes.

    Offsets are relative to the start of the session.
    """
    values, offsets = fixture.identity(spec, fixture.at), dict[str, int]()
    paths = dict.fromkeys(spec.timestamps, ((),)) | {**spec.inner_timestamps}
    for name in values.keys() & paths.keys():
        for path in paths[name]:
            values[name] = _without(values[name], path, (name,), fixture.at, offsets)
    return {"values": values, "offsets": offsets}


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
