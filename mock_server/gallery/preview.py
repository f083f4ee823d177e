"""A release as a builds page would show it: statuses, processes, durations and logs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..contract.document.spec import Process, Spec
from ..foundation import timestamps

NO_STATUS, NO_COLOR = "none", "gray"  # of a process that a release does not have
UNITS = ((3_600_000, "h"), (60_000, "min"))  # (milliseconds, symbol)


@dataclass(frozen=True)
class StatusLabel:
    """A status with the phase and the color that its icon shows."""

    status: str
    phase: str
    color: str


@dataclass(frozen=True)
class LogEntry:
    """An entry of a log.

    number: position in the log, from 1; text: the message; rest: the other members, as JSON.
    """

    number: int
    text: str
    rest: str = ""


@dataclass(frozen=True)
class ProcessView:
    """A build process of a release.

    duration: how long the process ran, or has been running; None if it has not started.
    completed: whether it has a completion time.
    """

    name: str
    title: str
    label: StatusLabel
    completed: bool
    duration: str | None
    stale: bool
    error: str | None
    log: tuple[LogEntry, ...]


@dataclass(frozen=True)
class ReleaseView:
    """A release: its overall status, and its processes in the order in which they run."""

    key: str
    label: StatusLabel
    duration: str | None
    processes: tuple[ProcessView, ...]

    @property
    def stale(self) -> bool:
        """Whether any process is stale."""
        return any(process.stale for process in self.processes)

    @property
    def summary(self) -> str:
        """The statuses in one sentence, for screen readers."""
        parts = (
            f"{process.title} {process.label.status}{' (stale)' if process.stale else ''}"
            for process in self.processes
        )
        return f"{self.label.status}: {', '.join(parts)}"


def release_view(spec: Spec, release: Mapping[str, Any], now: int) -> ReleaseView:
    """Return the view of a valid release (JSON) at a time (ms since 1970)."""
    return ReleaseView(
        key=str(release[spec.types[spec.release].key]),
        label=status_label(spec, release.get(spec.build.status)),
        duration=duration_text(release.get(spec.build.duration)),
        processes=tuple(
            _process_view(spec, process, release, now) for process in spec.build.present(release)
        ),
    )


def status_label(spec: Spec, status: str | None) -> StatusLabel:
    """Return the label of a status of the spec; ``none`` for null."""
    if status is None:
        return StatusLabel(NO_STATUS, spec.phase(None), NO_COLOR)
    return StatusLabel(status, spec.phase(status), spec.colors[status])


def as_title(name: str) -> str:
    """Return the name of a process or property in sentence case, such as ``Started at``."""
    return name.replace("_", " ").strip().capitalize()


def duration_text(milliseconds: float | None) -> str | None:
    """Return a duration as text, such as ``34.9 s`` or ``2 min 5 s``."""
    if milliseconds is None:
        return None
    if abs(milliseconds) < UNITS[-1][0]:
        return f"{milliseconds / 1000:.1f} s"
    rest, parts = round(milliseconds / 1000) * 1000, []
    for size, symbol in UNITS:
        count, rest = divmod(rest, size)
        parts += [f"{count} {symbol}"] if count else []
    return " ".join([*parts, f"{rest // 1000} s"])


def log_entry(number: int, value: Any) -> LogEntry:
    """Return the entry of a log.

    The text of an object is its only string member. A value without such a text is shown as JSON.
    """
    if isinstance(value, str):
        return LogEntry(number, value)
    texts = [name for name in value if isinstance(value[name], str)] if _is_object(value) else []
    if len(texts) != 1:
        return LogEntry(number, _json(value))
    rest = {name: member for name, member in value.items() if name != texts[0]}
    return LogEntry(number, value[texts[0]], _json(rest) if rest else "")


def _process_view(
    spec: Spec, process: Process, release: Mapping[str, Any], now: int
) -> ProcessView:
    values: dict[str, Any] = {role: release.get(name) for role, name in process.properties.items()}
    started_at, completed_at = (
        None if values.get(role) is None else timestamps.parse(values[role])
        for role in ("started_at", "completed_at")
    )
    end = now if completed_at is None else completed_at
    return ProcessView(
        name=process.name,
        title=as_title(process.name),
        label=status_label(spec, values["status"]),
        completed=completed_at is not None,
        duration=None if started_at is None else duration_text(end - started_at),
        stale=bool(values["stale"]),
        error=values.get("error") or None,
        log=tuple(log_entry(number, value) for number, value in enumerate(values["logs"] or (), 1)),
    )


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
