"""Timelines as JSON, with their timestamps as offsets.

Times are integers in milliseconds. ``values`` are the properties in the order of the fixture file,
with null for each timestamp; ``offsets`` are these timestamps, relative to a start. The key of a
timestamp inside a property, such as that of a log entry, is a JSON pointer (RFC 6901).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..contract.violations import pointer
from ..fixtures.timeline import Segment, Timeline, resource_of
from ..fixtures.values import About, Fixture, Scenario
from ..foundation import timestamps


def state(fixture: Fixture) -> dict[str, Any]:
    """Return a resource as the API returns it at the time of its fixture."""
    at = fixture.at or 0
    return resource_of(fixture.timeline.segment_at(0), at, fixture.identity(at))


def segments(timeline: Timeline) -> list[dict[str, Any]]:
    """Return the segments of a timeline. Offsets are relative to the start of the playback."""
    return [{"at": segment.at, **_timed(segment)} for segment in timeline.segments]


def _timed(segment: Segment) -> dict[str, Any]:
    values, offsets, formats = dict(segment.values), dict(segment.offsets), dict(segment.formats)
    for name, paths in segment.inner.items():
        for path, form in paths.items():
            found = _Offsets(segment.origin, form, offsets, formats)
            values[name] = found.without(values.get(name), path, (name,))
    return _timed_values(values, offsets, formats)


def _timed_values(
    values: Mapping[str, Any], offsets: Mapping[str, int], formats: Mapping[str, str]
) -> dict[str, Any]:
    """Return the value of the type ``TimedValues`` in ``handlers.ts``."""
    others = {"formats": dict(formats)} if formats else {}
    return {"values": dict(values), "offsets": dict(offsets), **others}


class _Offsets(NamedTuple):
    """Collects the offsets of timestamps of a format from an origin (ms since 1970)."""

    origin: int
    form: str
    offsets: dict[str, int]
    formats: dict[str, str]

    def without(self, value: Any, path: Sequence[str], at: tuple[str | int, ...]) -> Any:
        """Return a value with null for the timestamps at a path, and add their offsets."""
        if path and path[0] == "*" and isinstance(value, list):
            return [self.without(item, path[1:], (*at, n)) for n, item in enumerate(value)]
        if path and isinstance(value, dict) and path[0] in value:
            member = self.without(value[path[0]], path[1:], (*at, path[0]))
            return {**value, path[0]: member}
        if path or value is None:
            return value
        name = str(at[0]) if len(at) == 1 else pointer(at)
        self.offsets[name] = timestamps.read(value, self.form) - self.origin
        if self.form != "date-time":
            self.formats[name] = self.form
        return None


def identity(fixture: Fixture) -> dict[str, Any]:
    """Return the properties that no timeline changes.

    Offsets are relative to the start of the session. Without a time of its fixture, the timestamps
    of a resource stay as they are.
    """
    origin, resource_type = fixture.at, fixture.type
    values, offsets, formats = fixture.identity(origin or 0), dict[str, int](), dict[str, str]()
    if origin is None:
        return _timed_values(values, offsets, formats)
    paths: dict[str, Mapping[tuple[str, ...], str]] = {
        name: {(): form} for name, form in resource_type.timestamps.items()
    }
    for name, of_name in (paths | {**resource_type.inner_timestamps}).items():
        for path, form in of_name.items() if name in values else ():
            found = _Offsets(origin, form, offsets, formats)
            values[name] = found.without(values[name], path, (name,))
    return _timed_values(values, offsets, formats)


def scenario(value: Scenario) -> dict[str, Any]:
    """Return a scenario.

    default: whether a restart plays it by default; restarts: whether a restart can play it.
    """
    return {
        "type": value.type.name,
        "default": value.default,
        "restarts": value.can_restart,
        "segments": segments(value.timeline),
    }


def about(value: About) -> Mapping[str, Any]:
    """Return the title, purpose and tags of a fixture or scenario."""
    return {"title": value.title, "purpose": value.purpose, "tags": list(value.tags)}
