"""The state of a build at a time, and its events."""

from dataclasses import dataclass

from .data import PROCESSES, Build, Json, Release, Run, rfc3339


@dataclass(frozen=True)
class Event:
    """One event of the stream of a release."""

    at: int
    kind: str
    data: Json = None


def moment(milliseconds: int | None) -> str | None:
    """Return a time as a timestamp, or null."""
    return None if milliseconds is None else rfc3339(milliseconds)


def overall(statuses: list[str]) -> str:
    """Return the status of a release from the statuses of its processes."""
    if "failed" in statuses:
        return "failed"
    if all(status == "successful" for status in statuses):
        return "successful"
    return "building" if set(statuses) & {"building", "successful"} else "pending"


def process_view(name: str, run: Run, now: int, *, stale: bool) -> dict[str, Json]:
    """Return the properties of one process at a time."""
    status = run.status(now)
    ended = status in ("successful", "failed")
    return {
        f"{name}_display_status": status,
        f"{name}_in_progress": status == "building",
        f"{name}_started_at": None if status == "pending" else moment(run.started),
        f"{name}_completed_at": moment(run.completed) if ended else None,
        f"{name}_logs": [entry for at, entry in run.logs if at <= now],
        f"{name}_is_stale": stale,
        f"{name}_error": run.error if status == "failed" else None,
    }


def view(release: Release, build: Build, now: int) -> dict[str, Json]:
    """Return a release as clients see it at a time."""
    statuses = [run.status(now) for run in build.runs]
    status = overall(statuses)
    starts = [run.started for run in build.runs if run.started is not None]
    ends = [run.completed for run in build.runs if run.completed is not None]
    result = release.identity | {
        "has_transpiled": statuses[0] == "successful",
        "display_status": status,
        "total_build_duration_ms": (
            max(ends) - min(starts) if status in ("successful", "failed") else None
        ),
    }
    for name, run, stale in zip(PROCESSES, build.runs, build.stale, strict=True):
        result |= process_view(name, run, now, stale=stale)
    failed_at = build.runs[1].completed if statuses[1] == "failed" else None
    return result | {f"{PROCESSES[1]}_error_last_updated_at": moment(failed_at)}


def plan(release: Release, now: int, length: int, number: int) -> Build:
    """Return the build that a rebuild starts at a time; `length` is in milliseconds."""
    runs = []
    start = now + max(length // 10, 1)
    failed = False
    for name in PROCESSES:
        end = start + length * 4 // 10
        outcome = "failed" if release.fails == name else "successful"
        logs = tuple(
            (start + (end - start) * step // 4, {"msg": f"{name} step {step}", "level": "info"})
            for step in (1, 2, 3)
        )
        error = f"{name} failed: missing import" if outcome == "failed" else None
        runs.append(Run() if failed else Run(start, end, outcome, logs, error))
        failed = failed or outcome == "failed"
        start = end + length // 10
    return Build(f"{release.key.encode().hex()}.{number}", now, tuple(runs))


def final_time(build: Build) -> int | None:
    """Return the time when the build ends, or null if it never ends."""
    for run in build.runs:
        if run.completed is None:
            return None
        if run.outcome == "failed":
            return run.completed
    return build.runs[-1].completed


def events(build: Build) -> list[Event]:
    """Return all events of a build in order; `release` events get their data later."""
    result = [Event(build.requested, "release")]
    for name, run in zip(PROCESSES, build.runs, strict=True):
        result += [Event(at, "release") for at in (run.started, run.completed) if at is not None]
        result += [
            Event(at, "log", {"process": name, "index": index, "entry": entry})
            for index, (at, entry) in enumerate(run.logs)
        ]
    result.sort(key=lambda event: event.at)
    end = final_time(build)
    if end is not None:
        status = overall([run.status(end) for run in build.runs])
        result.append(Event(end, "end", {"display_status": status}))
    return result
