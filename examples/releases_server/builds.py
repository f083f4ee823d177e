"""How a build goes on: what is seen of it at a moment follows from when and how it was begun."""

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
    """One run of both processes. `fails_in` names the process that fails; None: all goes well."""

    began_at: datetime
    lasts_ms: int
    fails_in: str | None
    is_stale: bool = False

    def at(self, percent: int) -> datetime:
        """The moment at which so much of the build's time is over."""
        return self.began_at + timedelta(milliseconds=self.lasts_ms * percent // 100)


@dataclass(frozen=True)
class Process:
    """A part of every build, from one percentage of the build's time to another."""

    name: str
    starts: int
    ends: int
    says: tuple[str, ...]
    error: str


TRANSPILATION = Process(
    name="transpilation",
    starts=10,
    ends=50,
    says=("Reading index.tsx", "Resolving imports", "Emitting dist/index.js", "Transpiled"),
    error="index.tsx:3:7 Cannot find name 'resistr'",
)
CIRCUIT_JSON_BUILD = Process(
    name="circuit_json_build",
    starts=55,
    ends=100,
    says=("Rendering the board", "Placing parts", "Routing traces", "Wrote circuit.json"),
    error="Trace from R1.pin2 to LED1.anode could not be routed",
)
PROCESSES = (TRANSPILATION, CIRCUIT_JSON_BUILD)

# How the rebuilds of a release end, one after another and then anew.
OUTCOMES = (None, TRANSPILATION.name, None, CIRCUIT_JSON_BUILD.name)


@dataclass(frozen=True)
class Observation:
    """What is seen of a process at a moment."""

    status: str
    started_at: datetime | None = None
    completed_at: datetime | None = None
    logs: tuple[str, ...] = ()
    error: str | None = None


def build_fields(build: Build | None, now: datetime) -> dict[str, Any]:
    """The properties of a release that tell of its build; None is a build never begun."""
    seen = {process.name: observe(build, process, now) for process in PROCESSES}
    status = display_status([observation.status for observation in seen.values()])
    fields: dict[str, Any] = {"display_status": status}
    if status in (SUCCESSFUL, FAILED):
        fields["total_build_duration_ms"] = duration_ms(list(seen.values()))
    for name, observation in seen.items():
        fields[f"{name}_display_status"] = observation.status
        fields[f"{name}_in_progress"] = observation.status == BUILDING
        fields[f"{name}_started_at"] = instant(observation.started_at)
        fields[f"{name}_completed_at"] = instant(observation.completed_at)
        fields[f"{name}_logs"] = [{"msg": line} for line in observation.logs]
        fields[f"{name}_is_stale"] = build is not None and build.is_stale
        fields[f"{name}_error"] = observation.error
    if fields["circuit_json_build_error"] is not None:
        error_at = fields["circuit_json_build_completed_at"]
        fields["circuit_json_build_error_last_updated_at"] = error_at
    fields["has_transpiled"] = fields["transpilation_display_status"] == SUCCESSFUL
    return fields


def observe(build: Build | None, process: Process, now: datetime) -> Observation:
    if build is None or now < build.at(process.starts) or process not in reached(build):
        return Observation(PENDING)
    started_at, completed_at = build.at(process.starts), build.at(process.ends)
    fails = build.fails_in == process.name
    says = (*process.says[:-1], process.error) if fails else process.says
    if now < completed_at:
        said = len(says) * (now - started_at) // (completed_at - started_at)
        return Observation(BUILDING, started_at, logs=says[:said])
    if fails:
        return Observation(FAILED, started_at, completed_at, says, process.error)
    return Observation(SUCCESSFUL, started_at, completed_at, says)


def reached(build: Build) -> Iterator[Process]:
    """The processes that the build comes to: those up to the one that fails."""
    for process in PROCESSES:
        yield process
        if process.name == build.fails_in:
            return


def display_status(statuses: list[str]) -> str:
    if FAILED in statuses:
        return FAILED
    if all(status == SUCCESSFUL for status in statuses):
        return SUCCESSFUL
    if any(status in (BUILDING, SUCCESSFUL) for status in statuses):
        return BUILDING
    return PENDING


def duration_ms(observations: list[Observation]) -> int:
    first_start = min(seen.started_at for seen in observations if seen.started_at)
    last_completion = max(seen.completed_at for seen in observations if seen.completed_at)
    return (last_completion - first_start) // timedelta(milliseconds=1)


def next_build(previous: Build | None, rebuilds: int, lasts_ms: int, now: datetime) -> Build:
    """The build that follows after so many rebuilds.

    It never begins in the same millisecond as the one before it: by their starts two runs of a
    process are told apart.
    """
    began_at = now.replace(microsecond=now.microsecond // 1000 * 1000)
    if previous is not None:
        began_at = max(began_at, previous.began_at + timedelta(milliseconds=1))
    return Build(began_at, lasts_ms, fails_in=OUTCOMES[rebuilds % len(OUTCOMES)])


def moment() -> datetime:
    return datetime.now(UTC)


def instant(when: datetime | None) -> str | None:
    """RFC 3339 with milliseconds and `Z`."""
    if when is None:
        return None
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
