"""The data: users, packages and releases, and the state of builds.

A build is a list of times, so that nothing is stored while it runs.
"""

import itertools
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

Json = dict[str, Any]
ZONE = timezone(timedelta(hours=5, minutes=30))
STAGES = ("transpilation", "circuit_json_build")
USERS_BY_TOKEN = {"testuser-token": "u/1", "otheruser-token": "u/2"}
# Of each build: the seconds after the request at which each stage starts and ends, and the stage
# that fails. The builds use these in a cycle.
TIMETABLES: tuple[tuple[tuple[float, float, float, float], str | None], ...] = (
    ((0.2, 0.7, 0.7, 1.6), None),
    ((0.0, 0.0, 0.0, 0.0), STAGES[1]),
    ((1.1, 1.3, 1.4, 1.9), STAGES[0]),
)


def new_board() -> Json:
    """Return two users, four packages, and several releases with random ids."""
    users = {
        "u/1": {"account_id": "u/1", "github_username": "testuser", "plan": "free"},
        "u/2": {"account_id": "u/2", "github_username": "otheruser", "plan": "pro"},
    }
    packages: dict[str, Json] = {}
    releases: dict[str, Json] = {}
    timetables = itertools.cycle(TIMETABLES)
    for name, owner, versions in (
        ("testuser/my-test-board", "u/1", ["3.0.0-rc.1", None, "2.9.9", "1.0.0"]),
        ("@testuser/led-matrix", "u/1", ["0.0.1"]),
        ("otheruser/power-supply", "u/2", ["7", "6"]),
        ("testuser/blinky", "u/1", []),
    ):
        key = f"pkg:{uuid.uuid4()}"
        packages[key] = {
            "package_id": key,
            "creator_account_id": owner,
            "name": name,
            "is_private": None,
            "tags": ["led", {"en": "light"}],
        }
        for index, version in enumerate(versions):
            started_at = None if index == 1 else datetime(1999, 12, 31, index, tzinfo=ZONE)
            release_id = str(uuid.uuid4()).upper()
            releases[release_id] = {
                "id": release_id,
                "package": key,
                "version": version,
                "is_latest": index == len(versions) - 1,
                "is_locked": index == 2,
                "timetable": next(timetables) if started_at else None,
                "started_at": started_at,
            }
    return {"users": users, "packages": packages, "releases": releases, "timetables": timetables}


def restart(board: Json, release: Json) -> None:
    """Start a new build of a release, never at the same time as the previous one."""
    release["timetable"] = next(board["timetables"])
    previous = release["started_at"]
    release["started_at"] = datetime.now(ZONE)
    if previous is not None and previous >= release["started_at"]:
        release["started_at"] = previous + timedelta(microseconds=1)


def stage_states(release: Json) -> list[Json]:
    """Return the current state of each stage."""
    states: list[Json] = []
    if release["timetable"] is None:
        return [{"status": "pending", "log": []} for _ in STAGES]
    times, failing = release["timetable"]
    now = datetime.now(ZONE)
    for index, stage in enumerate(STAGES):
        start, end = (
            release["started_at"] + timedelta(seconds=seconds)
            for seconds in times[2 * index : 2 * index + 2]
        )
        previous_failed = index > 0 and states[0]["status"] == "failed"
        if now < start or previous_failed:
            states.append({"status": "pending", "log": []})
        elif now < end:
            states.append({"status": "building", "start": start, "log": [["info", stage]]})
        else:
            status = "failed" if stage == failing else "successful"
            log = [["info", stage], {"level": 3, "text": status}, 0]
            states.append({"status": status, "start": start, "end": end, "log": log})
    return states


def overall_status(statuses: list[str]) -> str:
    """Return the status of a build whose stages have these statuses."""
    if "failed" in statuses:
        return "failed"
    if set(statuses) == {"successful"}:
        return "successful"
    return "pending" if set(statuses) == {"pending"} else "building"


def serialize(release: Json, *, waiting: bool = False, logs: bool = True) -> Json:
    """Return a release as a JSON object. waiting: show all stages as pending."""
    stages = stage_states(release)
    if waiting:
        stages = [{"status": "pending", "log": []} for _ in STAGES]
    overall = overall_status([stage["status"] for stage in stages])
    out: Json = {
        "display_status": overall,
        "created_at": "1999-12-30T18:29:59.123456789+00:00",
        "package_id": release["package"],
        "package_release_id": release["id"],
        "is_latest": release["is_latest"],
        "is_locked": release["is_locked"],
        "version": release["version"],
        "commit_sha": None,
        "size": {"bytes": 12},
    }
    for stage, state in zip(STAGES, stages, strict=True):
        out[f"{stage}_display_status"] = state["status"]
        out[f"{stage}_in_progress"] = state["status"] == "building"
        out[f"{stage}_is_stale"] = False
        out[f"{stage}_logs"] = state["log"] if logs else []
        out[f"{stage}_started_at"] = state["start"].isoformat() if "start" in state else None
        out[f"{stage}_completed_at"] = state["end"].isoformat() if "end" in state else None
        out[f"{stage}_error"] = "it broke" if state["status"] == "failed" else None
    if overall in ("successful", "failed"):
        spans = [state for state in stages if "end" in state]
        span = max(s["end"] for s in spans) - min(s["start"] for s in spans)
        out["total_build_duration_ms"] = span / timedelta(milliseconds=1)
    return out
