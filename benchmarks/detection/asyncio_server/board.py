"""The data: packages with their versions, and how far each build has come.

A build is a list of moments told by a monotone clock, so nothing is ever written while it goes on.
"""

import itertools
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

Json = dict[str, Any]
ZONE = timezone(timedelta(hours=5, minutes=30))
STAGES = ("transpilation", "circuit_json_build")
SECRETS = {"testuser-token": "u/1", "otheruser-token": "u/2"}
# seconds after the request at which each stage starts and ends, and the stage that fails
COURSES: tuple[tuple[tuple[float, float, float, float], str | None], ...] = (
    ((0.2, 0.7, 0.7, 1.6), None),
    ((0.0, 0.0, 0.0, 0.0), STAGES[1]),
    ((1.1, 1.3, 1.4, 1.9), STAGES[0]),
)


def fresh_board() -> Json:
    """Two users, four packages, and a handful of releases of random ids."""
    people = {
        "u/1": {"account_id": "u/1", "github_username": "testuser", "plan": "free"},
        "u/2": {"account_id": "u/2", "github_username": "otheruser", "plan": "pro"},
    }
    packages: dict[str, Json] = {}
    releases: dict[str, Json] = {}
    courses = itertools.cycle(COURSES)
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
        for place, version in enumerate(versions):
            begun = None if place == 1 else datetime(1999, 12, 31, place, tzinfo=ZONE)
            release_id = str(uuid.uuid4()).upper()
            releases[release_id] = {
                "id": release_id,
                "package": key,
                "version": version,
                "is_latest": place == len(versions) - 1,
                "is_locked": place == 2,
                "course": next(courses) if begun else None,
                "begun": begun,
            }
    return {"people": people, "packages": packages, "releases": releases, "courses": courses}


def restart(board: Json, release: Json) -> None:
    release["course"] = next(board["courses"])
    previous = release["begun"]
    release["begun"] = datetime.now(ZONE)
    if previous is not None and previous >= release["begun"]:
        release["begun"] = previous + timedelta(microseconds=1)


def stage_words(release: Json) -> list[Json]:
    """What each stage shows right now; a just begun build is shown waiting once."""
    shown: list[Json] = []
    if release["course"] is None:
        return [{"word": "pending", "log": []} for _ in STAGES]
    moments, failing = release["course"]
    now = datetime.now(ZONE)
    for place, stage in enumerate(STAGES):
        start, end = (
            release["begun"] + timedelta(seconds=each)
            for each in moments[2 * place : 2 * place + 2]
        )
        broken = place > 0 and shown[0]["word"] == "failed"
        if now < start or broken:
            shown.append({"word": "pending", "log": []})
        elif now < end:
            shown.append({"word": "building", "start": start, "log": [["info", stage]]})
        else:
            word = "failed" if stage == failing else "successful"
            log = [["info", stage], {"level": 3, "text": word}, 0]
            shown.append({"word": word, "start": start, "end": end, "log": log})
    return shown


def summary(words: list[str]) -> str:
    if "failed" in words:
        return "failed"
    if set(words) == {"successful"}:
        return "successful"
    return "pending" if set(words) == {"pending"} else "building"


def written(release: Json, *, waiting: bool = False, logs: bool = True) -> Json:
    """The wire form of a release; `waiting` is what it is in the instant of its restart."""
    stages = stage_words(release)
    if waiting:
        stages = [{"word": "pending", "log": []} for _ in STAGES]
    words = [stage["word"] for stage in stages]
    overall = summary(words)
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
    for stage, shown in zip(STAGES, stages, strict=True):
        out[f"{stage}_display_status"] = shown["word"]
        out[f"{stage}_in_progress"] = shown["word"] == "building"
        out[f"{stage}_is_stale"] = False
        out[f"{stage}_logs"] = shown["log"] if logs else []
        out[f"{stage}_started_at"] = shown["start"].isoformat() if "start" in shown else None
        out[f"{stage}_completed_at"] = shown["end"].isoformat() if "end" in shown else None
        out[f"{stage}_error"] = "it broke" if shown["word"] == "failed" else None
    if overall in ("successful", "failed"):
        spans = [shown for shown in stages if "end" in shown]
        span = max(s["end"] for s in spans) - min(s["start"] for s in spans)
        out["total_build_duration_ms"] = span / timedelta(milliseconds=1)
    return out
