"""The data in memory, and the builds that change it."""

import os
import threading
import time
from datetime import UTC, datetime, timedelta

PROCESSES = ["transpilation", "circuit_json_build"]

ACCOUNTS = [
    {"account_id": "acc_ada", "github_username": "ada", "email": "ada@example.com"},
    {"account_id": "acc_grace", "github_username": "grace", "email": None},
]
TOKENS = {
    os.environ.get("ADA_TOKEN", "ada-token"): ACCOUNTS[0],
    os.environ.get("GRACE_TOKEN", "grace-token"): ACCOUNTS[1],
}
PACKAGES = [
    {"package_id": "pkg_led", "creator_account_id": "acc_ada", "name": "ada/led-matrix"},
    {"package_id": "pkg_usb", "creator_account_id": "acc_ada", "name": "@ada/usb-hub"},
    {"package_id": "pkg_clock", "creator_account_id": "acc_grace", "name": "grace/clock"},
]
RELEASES = {}
FAILS = {"rel_led_2": "circuit_json_build", "rel_usb_1": "transpilation"}
LOCK = threading.Lock()


def isoformat(moment):
    return moment.isoformat() if moment else None


def add(release_id, package, version, outcomes, is_latest=False, commit_sha=None):
    """Add a release whose processes ended two hours ago, or are still waiting."""
    start = datetime.now(UTC) - timedelta(hours=2)
    release = {
        "package_release_id": release_id,
        "package_id": package["package_id"],
        "creator_account_id": package["creator_account_id"],
        "version": version,
        "commit_sha": commit_sha,
        "is_locked": False,
        "is_latest": is_latest,
        "created_at": start,
        "run": 0,
    }
    for process, outcome in zip(PROCESSES, [*outcomes, "pending", "pending"], strict=False):
        pending = outcome == "pending"
        end = start + timedelta(seconds=12)
        release[process] = {
            "status": outcome,
            "started_at": None if pending else start,
            "completed_at": None if pending else end,
            "logs": [] if pending else [{"msg": f"{process} {outcome}"}],
            "error": f"{process} failed" if outcome == "failed" else None,
        }
        start = end
    RELEASES[release_id] = release


add("rel_led_1", PACKAGES[0], "1.0.0", ["successful", "successful"], commit_sha="a1b2c3")
add("rel_led_2", PACKAGES[0], "1.1.0", ["successful", "failed"])
add("rel_led_3", PACKAGES[0], "2.0.0", ["successful", "successful"], is_latest=True)
add("rel_usb_1", PACKAGES[1], "0.1.0", ["failed"], is_latest=True)
add("rel_usb_2", PACKAGES[1], None, [])
add("rel_clock_1", PACKAGES[2], "3.0.0", ["successful", "successful"], is_latest=True)


def display_status(release):
    statuses = [release[process]["status"] for process in PROCESSES]
    if "failed" in statuses:
        return "failed"
    if all(status == "successful" for status in statuses):
        return "successful"
    if "building" in statuses or "successful" in statuses:
        return "building"
    return "pending"


def as_json(release, include_logs=True):
    """Return the release as the API shows it."""
    status = display_status(release)
    duration = None
    if status in ("successful", "failed"):
        ends = [release[p]["completed_at"] for p in PROCESSES if release[p]["completed_at"]]
        duration = max(ends) - release[PROCESSES[0]]["started_at"]
        duration = round(duration.total_seconds() * 1000)
    body = {
        key: release[key]
        for key in (
            "package_release_id",
            "package_id",
            "creator_account_id",
            "version",
            "commit_sha",
            "is_locked",
            "is_latest",
        )
    }
    body |= {
        "created_at": isoformat(release["created_at"]),
        "display_status": status,
        "total_build_duration_ms": duration,
    }
    for process in PROCESSES:
        build = release[process]
        body |= {
            f"{process}_display_status": build["status"],
            f"{process}_in_progress": build["status"] == "building",
            f"{process}_started_at": isoformat(build["started_at"]),
            f"{process}_completed_at": isoformat(build["completed_at"]),
            f"{process}_logs": build["logs"] if include_logs else [],
            f"{process}_is_stale": False,
            f"{process}_error": build["error"],
        }
    return body


def run_builds(release, run):
    """Run the builds of a release in a thread, until a newer run replaces this one."""
    time.sleep(0.5)
    for process in PROCESSES:
        build = {
            "status": "building",
            "started_at": datetime.now(UTC),
            "completed_at": None,
            "logs": [],
            "error": None,
        }
        with LOCK:
            if release["run"] != run:
                return
            release[process] = build
        for step in ("Fetching files", "Compiling"):
            time.sleep(0.5)
            build["logs"].append({"msg": step})
        failed = FAILS.get(release["package_release_id"]) == process
        with LOCK:
            build["status"] = "failed" if failed else "successful"
            build["error"] = f"{process} failed" if failed else None
            build["completed_at"] = datetime.now(UTC)
        if failed:
            return
