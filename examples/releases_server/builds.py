"""The state of a build at a time, computed from when and how the build was queued.

Nothing runs in the background: a rebuild stores one row, and every read computes the state.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

PENDING = "pending"
BUILDING = "building"
SUCCESSFUL = "successful"
FAILED = "failed"


@dataclass(frozen=True)
class Build:
    """One run of all processes. `failing_process` is the name of the one that fails, if any."""

    queued_at: datetime
    duration_ms: int
    failing_process: str | None
    is_stale: bool = False

    def time_at(self, percent: int) -> datetime:
        """Return the time at which this percentage of the build's duration has passed."""
        return self.queued_at + timedelta(milliseconds=self.duration_ms * percent // 100)


@dataclass(frozen=True)
class Process:
    """A part of every build. It runs between two percentages of the build's duration.

    log: the lines that it writes if it succeeds. error: the error text if it fails.
    """

    name: str
    start_percent: int
    end_percent: int
    log: tuple[str, ...]
    error: str


TRANSPILATION = Process(
    name="transpilation",
    start_percent=10,
    end_percent=50,
    log=("Reading index.tsx", "Resolving imports", "Emitting dist/index.js", "Transpiled"),
    error="index.tsx:3:7 Cannot find name 'resistr'",
)
CIRCUIT_JSON_BUILD = Process(
    name="circuit_json_build",
    start_percent=55,
    end_percent=100,
    log=("Rendering the board", "Placing parts", "Routing traces", "Wrote circuit.json"),
    error="Trace from R1.pin2 to LED1.anode could not be routed",
)
PROCESSES = (TRANSPILATION, CIRCUIT_JSON_BUILD)

# The failing process of each rebuild of a release, in a cycle. None: the rebuild succeeds.
OUTCOMES = (None, TRANSPILATION.name, None, CIRCUIT_JSON_BUILD.name)


@dataclass(frozen=True)
class ProcessState:
    """The state of a process at a time."""

    status: str
    started_at: datetime | None = None
    completed_at: datetime | None = None
    logs: tuple[str, ...] = ()
    error: str | None = None


def build_fields(build: Build | None, now: datetime) -> dict[str, Any]:
    """Return the properties of a release that describe its build; None if it was never built."""
    states = {process.name: process_state(build, process, now) for process in PROCESSES}
    status = display_status([state.status for state in states.values()])
    fields: dict[str, Any] = {"display_status": status}
    if status in (SUCCESSFUL, FAILED):
        fields["total_build_duration_ms"] = total_duration_ms(list(states.values()))
    for name, state in states.items():
        fields[f"{name}_display_status"] = state.status
        fields[f"{name}_in_progress"] = state.status == BUILDING
        fields[f"{name}_started_at"] = format_timestamp(state.started_at)
        fields[f"{name}_completed_at"] = format_timestamp(state.completed_at)
        fields[f"{name}_logs"] = [{"msg": line} for line in state.logs]
        fields[f"{name}_is_stale"] = build is not None and build.is_stale
        fields[f"{name}_error"] = state.error
    if fields["circuit_json_build_error"] is not None:
        error_at = fields["circuit_json_build_completed_at"]
        fields["circuit_json_build_error_last_updated_at"] = error_at
    fields["has_transpiled"] = fields["transpilation_display_status"] == SUCCESSFUL
    return fields


def process_state(build: Build | None, process: Process, now: datetime) -> ProcessState:
    """Return the state of one process of a build at this time."""
    if (
        build is None
        or process not in processes_to_run(build)
        or now < build.time_at(process.start_percent)
    ):
        return ProcessState(PENDING)
    started_at = build.time_at(process.start_percent)
    completed_at = build.time_at(process.end_percent)
    fails = build.failing_process == process.name
    log = (*process.log[:-1], process.error) if fails else process.log
    if now < completed_at:
        line_count = len(log) * (now - started_at) // (completed_at - started_at)
        return ProcessState(BUILDING, started_at, logs=log[:line_count])
    if fails:
        return ProcessState(FAILED, started_at, completed_at, log, process.error)
    return ProcessState(SUCCESSFUL, started_at, completed_at, log)


def processes_to_run(build: Build) -> Iterator[Process]:
    """Yield the processes of a build in order, up to the one that fails."""
    for process in PROCESSES:
        yield process
        if process.name == build.failing_process:
            return


def display_status(statuses: list[str]) -> str:
    """Return the status of a build whose processes have these statuses."""
    if FAILED in statuses:
        return FAILED
    if all(status == SUCCESSFUL for status in statuses):
        return SUCCESSFUL
    if any(status in (BUILDING, SUCCESSFUL) for status in statuses):
        return BUILDING
    return PENDING


def total_duration_ms(states: list[ProcessState]) -> int:
    """Return the milliseconds from the first start to the last completion."""
    first_start = min(state.started_at for state in states if state.started_at)
    last_completion = max(state.completed_at for state in states if state.completed_at)
    return (last_completion - first_start) // timedelta(milliseconds=1)


def next_build(previous: Build | None, rebuilds: int, duration_ms: int, now: datetime) -> Build:
    """Return the build of a release that was rebuilt this many times before.

    Two builds of a release never have the same millisecond as `queued_at`, because clients
    recognize a new run by its start.
    """
    queued_at = now.replace(microsecond=now.microsecond // 1000 * 1000)
    if previous is not None:
        queued_at = max(queued_at, previous.queued_at + timedelta(milliseconds=1))
    return Build(queued_at, duration_ms, failing_process=OUTCOMES[rebuilds % len(OUTCOMES)])


def utc_now() -> datetime:
    return datetime.now(UTC)


def format_timestamp(timestamp: datetime | None) -> str | None:
    """Return a time in UTC as RFC 3339 with milliseconds and `Z`."""
    if timestamp is None:
        return None
    return timestamp.isoformat(timespec="milliseconds").replace("+00:00", "Z")
