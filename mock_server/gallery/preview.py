"""A resource as a page would show it: its status, processes, durations, logs and values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..contract.document.resources.types import Process, ResourceType, TimelineRoles
from .states.values import ValueView, json_text, time_of, values_of

NO_STATUS, NO_COLOR = "none", "gray"  # of a process that a resource does not have
HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")  # where a word starts in camelCase
UNITS = ((3_600_000, "h"), (60_000, "min"))  # (milliseconds, symbol)
# Names of the member with the text of a log entry or an error
TEXT_NAMES = ("message", "msg", "text", "line", "detail", "title", "description")


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
    """A process of a resource. Without a name, it is the resource itself.

    timing: how long it ran, or has been running; "" if the document does not say it.
    log: None if the document describes none.
    """

    name: str
    title: str
    label: StatusLabel
    timing: str
    stale: bool
    error: str | None
    log: tuple[LogEntry, ...] | None

    @property
    def has_details(self) -> bool:
        """Whether there is more to show than a status and a duration."""
        return bool(self.name) or self.log is not None or self.error is not None


@dataclass(frozen=True)
class ResourceView:
    """A resource: its status, its processes in the order in which they run, and its values.

    title: the words for its type. label: None if its type has no timeline. timing: its duration.
    values: those that a card shows, because no log fills it.
    """

    key: str
    title: str
    label: StatusLabel | None
    timing: str
    processes: tuple[ProcessView, ...]
    values: tuple[ValueView, ...]

    @property
    def stale(self) -> bool:
        """Whether any process is stale."""
        return any(process.stale for process in self.processes)

    @property
    def in_parts(self) -> bool:
        """Whether it has processes with names, each with a separate status."""
        return any(process.name for process in self.processes)

    @property
    def summary(self) -> str:
        """The statuses in one sentence, for screen readers."""
        status = self.label.status if self.label else ""
        parts = [
            f"{process.title} {process.label.status}{' (stale)' if process.stale else ''}"
            for process in self.processes
            if process.name
        ]
        if not parts:
            return f"{status} (stale)" if self.stale else status
        return f"{status}: {', '.join(parts)}"


def resource_view(resource_type: ResourceType, value: Mapping[str, Any], now: int) -> ResourceView:
    """Return the view of a valid resource (JSON) at a time (ms since 1970)."""
    roles, processes = resource_type.timeline, tuple(_processes(resource_type, value, now))
    own_timing = next((each.timing for each in processes if not each.name), "")
    total = duration_text(value.get(roles.duration)) if roles and roles.duration else None
    has_log = any(process.log is not None for process in processes)
    return ResourceView(
        key=str(resource_type.key_of(value)),
        title=as_title(resource_type.label),
        label=status_label(roles, roles.status_of(value)) if roles else None,
        timing=own_timing if total is None else f"Duration: {total}",
        processes=processes,
        values=() if has_log else tuple(_still_values(resource_type, value)),
    )


def status_label(roles: TimelineRoles, status: str | None) -> StatusLabel:
    """Return the label of a status; ``none`` for null, and no color for one of a real server that
    the document does not have."""
    if status is None:
        return StatusLabel(NO_STATUS, roles.phase(None), NO_COLOR)
    if status not in roles.colors:
        return StatusLabel(str(status), roles.phase(None), NO_COLOR)
    return StatusLabel(status, roles.phase(status), roles.colors[status])


def as_title(name: str) -> str:
    """Return the name of a process or property in sentence case, such as ``Started at``."""
    return HUMPS.sub(" ", name).replace("_", " ").strip().capitalize()


def plural(label: str) -> str:
    """Return the words for several resources of a type: ``deployments``, ``categories``."""
    if label.endswith(("s", "x", "z", "ch", "sh")):
        return f"{label}es"
    if label.endswith("y") and label[-2:-1] not in "aeiou":
        return f"{label[:-1]}ies"
    return f"{label}s"


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

    The text of an object is its only string member, or the one with a usual name. A value without
    such a text is shown as JSON.
    """
    if isinstance(value, str):
        return LogEntry(number, value)
    texts = [name for name in value if isinstance(value[name], str)] if _is_object(value) else []
    texts = texts if len(texts) == 1 else [name for name in TEXT_NAMES if name in texts][:1]
    if not texts:
        return LogEntry(number, json_text(value))
    rest = {name: member for name, member in value.items() if name != texts[0]}
    return LogEntry(number, value[texts[0]], json_text(rest) if rest else "")


def _still_values(resource_type: ResourceType, value: Mapping[str, Any]) -> Iterator[ValueView]:
    """Yield the properties that a card does not show otherwise."""
    roles = resource_type.timeline
    shown = roles.properties.difference(roles.changes) if roles else frozenset[str]()
    for each in values_of(resource_type, value):
        if each.name not in shown and each.text != "null":
            yield each


def _processes(
    resource_type: ResourceType, value: Mapping[str, Any], now: int
) -> Iterator[ProcessView]:
    roles = resource_type.timeline
    for process in roles.processes if roles else ():
        status = roles.status_of_process(process, value) if roles else None
        if roles and status is not None:
            label = status_label(roles, status)
            yield _process_view(resource_type, process, label, value, now)


def _process_view(
    resource_type: ResourceType,
    process: Process,
    label: StatusLabel,
    value: Mapping[str, Any],
    now: int,
) -> ProcessView:
    values: dict[str, Any] = {role: value.get(name) for role, name in process.properties.items()}
    error = log_entry(0, values["error"]) if values.get("error") else None
    log = tuple(log_entry(number, each) for number, each in enumerate(values.get("logs") or (), 1))
    return ProcessView(
        name=process.name,
        title=as_title(process.name),
        label=label,
        timing=_timing(resource_type, process, label, value, now),
        stale=bool(values.get("stale")),
        error=f"{error.text} {error.rest}".strip() if error else None,
        log=log if "logs" in values else None,
    )


def _timing(
    resource_type: ResourceType,
    process: Process,
    label: StatusLabel,
    value: Mapping[str, Any],
    now: int,
) -> str:
    """Return how long a process ran, as text; "" if the document does not describe it."""
    start, end = process.get("started_at"), process.get("completed_at")
    if start is None:
        return ""
    started_at = time_of(resource_type, start, value.get(start))
    completed_at = time_of(resource_type, end, value.get(end)) if end else None
    if started_at is None:
        return "not started"
    if completed_at is not None:
        return duration_text(completed_at - started_at) or ""
    ended = end is None and label.phase.startswith("ended")
    return "" if ended else f"running for {duration_text(now - started_at)}"


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)
