"""A timeline as a drawing: bars for the statuses of the resource and of each process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from ..contract.document.resources.types import TimelineRoles
from .preview import StatusLabel, as_title, status_label

OVERALL = "Overall"  # title of the track, filter and table of the resource as a whole
STATUS = "Status"  # the same, if it has no processes
DRAWN_WIDTH = 1000  # units of the SVG
END_MARGIN = 0.06  # share of the duration that is drawn after the last step


@dataclass(frozen=True)
class Bar:
    """A status from its start to the next status.

    start, width: position in units of the SVG; at: start in seconds.
    """

    label: StatusLabel
    start: float
    width: float
    at: float


@dataclass(frozen=True)
class Track:
    """The statuses of one process, or of the resource. ticks: positions of new log entries."""

    title: str
    bars: tuple[Bar, ...]
    ticks: tuple[float, ...] = ()


@dataclass(frozen=True)
class Strip:
    """A drawn timeline. seconds: duration that the width stands for; playhead: current position."""

    seconds: float
    playhead: float
    tracks: tuple[Track, ...]


def overall_title(roles: TimelineRoles) -> str:
    """Return the title for the status of a resource as a whole."""
    return OVERALL if any(process.name for process in roles.processes) else STATUS


def strip(roles: TimelineRoles, timeline: Mapping[str, Any]) -> Strip:
    """Return the drawing of a timeline, as the control API returns it."""
    steps = timeline["moments"]
    total = max(round(timeline["seconds"] * (1 + END_MARGIN), 1), 1.0)
    whole = [(step["at"], step["status"]) for step in steps]
    tracks = [Track(overall_title(roles), _bars(roles, whole, total))]
    for number, process in enumerate(roles.processes):
        states = [(step["at"], step["processes"][number]) for step in steps]
        ticks = tuple(
            _position(at, total)
            for (_, before), (at, after) in pairwise(states)
            if after["logs"] > before["logs"]
        )
        if process.name:
            bars = _bars(roles, [(at, state["status"]) for at, state in states], total)
            tracks.append(Track(as_title(process.name), bars, ticks))
        else:  # the resource itself
            tracks[0] = replace(tracks[0], ticks=ticks)
    return Strip(total, _position(min(timeline["elapsed"], total), total), tuple(tracks))


def _bars(
    roles: TimelineRoles, states: Sequence[tuple[float, str | None]], total: float
) -> tuple[Bar, ...]:
    """Return one bar for each run of equal statuses."""
    runs = [states[0], *(after for before, after in pairwise(states) if before[1] != after[1])]
    ends = [at for at, _ in runs[1:]] + [total]
    return tuple(
        Bar(status_label(roles, status), _position(at, total), _position(end - at, total), at)
        for (at, status), end in zip(runs, ends, strict=True)
    )


def _position(seconds: float, total: float) -> float:
    return round(seconds / total * DRAWN_WIDTH, 2)
