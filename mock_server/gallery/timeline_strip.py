"""A timeline as it is drawn: for the whole build and each process bars, and ticks for its log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ..contract.document.spec import Spec
from .preview import Sign, sign, titled

SCALE = 1000  # what the whole width is drawn as
AFTER = 0.06  # of the width, that is left to see how it ends


@dataclass(frozen=True)
class Bar:
    """A status that holds from one place to the next."""

    sign: Sign
    begin: float
    width: float
    at: float


@dataclass(frozen=True)
class Track:
    """What one process, or the whole build, goes through; ticks are where its log grows."""

    title: str
    bars: tuple[Bar, ...]
    ticks: tuple[float, ...] = ()


@dataclass(frozen=True)
class Strip:
    """A timeline, drawn. ``place``: where now is; ``whole``: how many seconds the width is."""

    whole: float
    place: float
    tracks: tuple[Track, ...]


def strip(spec: Spec, told: Mapping[str, Any]) -> Strip:
    """The drawing of what the admin API tells of a release's timeline."""
    moments, seconds = told["moments"], told["seconds"]
    whole = max(round(seconds * (1 + AFTER), 1), 1.0)
    tracks = [Track("Whole build", _bars(spec, [(m["at"], m["status"]) for m in moments], whole))]
    for number, process in enumerate(spec.build.processes):
        states = [(m["at"], m["processes"][number]) for m in moments]
        grows = [b for a, b in pairwise(states) if b[1]["logs"] > a[1]["logs"]]
        ticks = tuple(_place(at, whole) for at, _ in grows)
        bars = _bars(spec, [(at, state["status"]) for at, state in states], whole)
        tracks.append(Track(titled(process.name), bars, ticks))
    return Strip(whole, _place(min(told["elapsed"], whole), whole), tuple(tracks))


def _bars(spec: Spec, states: Sequence[tuple[float, str]], whole: float) -> tuple[Bar, ...]:
    """One bar for each run of equal statuses."""
    runs = [states[0], *(b for a, b in pairwise(states) if a[1] != b[1])]
    ends = [at for at, _ in runs[1:]] + [whole]
    return tuple(
        Bar(sign(spec, status), _place(at, whole), _place(end - at, whole), at)
        for (at, status), end in zip(runs, ends, strict=True)
    )


def _place(seconds: float, whole: float) -> float:
    return round(seconds / whole * SCALE, 2)
