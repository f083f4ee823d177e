"""A release as the builds page would draw it: signs, sections, durations and logs, for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..contract.document.spec import Process, Spec
from ..foundation import timestamps

UNITS = ((3_600_000, "h"), (60_000, "min"))  # milliseconds, and how a duration names them


@dataclass(frozen=True)
class Sign:
    """A status as a dot and a word."""

    word: str
    phase: str
    color: str


@dataclass(frozen=True)
class Entry:
    """An entry of a log, by its number from 1: its one text, and what else it holds, as JSON."""

    number: int
    text: str
    rest: str = ""


@dataclass(frozen=True)
class Section:
    """A build process of a release. Instants and the duration are texts, None where there is none.

    lasts: how long it ran, or has run until now.
    """

    name: str
    title: str
    sign: Sign
    started: str | None
    completed: str | None
    lasts: str | None
    stale: bool
    error: str | None
    log: tuple[Entry, ...]


@dataclass(frozen=True)
class Look:
    """A release as it is looked at: the whole build and its processes in their order."""

    key: str
    sign: Sign
    duration: str | None
    sections: tuple[Section, ...]

    @property
    def stale(self) -> bool:
        """Whether any process is."""
        return any(section.stale for section in self.sections)

    @property
    def words(self) -> str:
        """The statuses in one sentence, for who does not see the dots."""
        parts = (
            f"{section.title} {section.sign.word}{' (stale)' if section.stale else ''}"
            for section in self.sections
        )
        return f"{self.sign.word}: {', '.join(parts)}"


def look(spec: Spec, release: Mapping[str, Any], now: int) -> Look:
    """A valid release in wire form, as it looks at an instant (milliseconds)."""
    return Look(
        key=str(release[spec.entities[spec.release].key]),
        sign=sign(spec, release[spec.build.status]),
        duration=lasting(release.get(spec.build.duration)),
        sections=tuple(_section(spec, process, release, now) for process in spec.build.processes),
    )


def sign(spec: Spec, word: str) -> Sign:
    """A status of the spec as it is drawn."""
    return Sign(word, spec.phase(word), spec.colors[word])


def titled(name: str) -> str:
    """The name of a process or property as a title."""
    return name.replace("_", " ").strip().capitalize()


def lasting(milliseconds: float | None) -> str | None:
    """A duration in words, such as ``34.9 s`` or ``2 min 5 s``."""
    if milliseconds is None:
        return None
    if abs(milliseconds) < UNITS[-1][0]:
        return f"{milliseconds / 1000:.1f} s"
    left, told = round(milliseconds / 1000) * 1000, []
    for size, unit in UNITS:
        count, left = divmod(left, size)
        told += [f"{count} {unit}"] if count else []
    return " ".join([*told, f"{left // 1000} s"])


def entry(number: int, value: Any) -> Entry:
    """An entry of a log: a text as it is, an object by its one text, all else as JSON."""
    if isinstance(value, str):
        return Entry(number, value)
    texts = [name for name in value if isinstance(value[name], str)] if _is_object(value) else []
    if len(texts) != 1:
        return Entry(number, _json(value))
    rest = {name: member for name, member in value.items() if name != texts[0]}
    return Entry(number, value[texts[0]], _json(rest) if rest else "")


def _section(spec: Spec, process: Process, release: Mapping[str, Any], now: int) -> Section:
    played: dict[str, Any] = {role: release.get(name) for role, name in process.properties.items()}
    started, completed = (
        None if played[role] is None else timestamps.parse(played[role])
        for role in ("started_at", "completed_at")
    )
    until = now if completed is None else completed
    return Section(
        name=process.name,
        title=titled(process.name),
        sign=sign(spec, played["status"]),
        started=_told(started),
        completed=_told(completed),
        lasts=None if started is None else lasting(until - started),
        stale=bool(played["stale"]),
        error=played.get("error") or None,
        log=tuple(entry(number, value) for number, value in enumerate(played["logs"] or (), 1)),
    )


def _told(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else timestamps.to_text(milliseconds)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
