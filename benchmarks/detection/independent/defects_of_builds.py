"""Defects of rebuilds and of the state of builds."""

from dataclasses import replace

from . import edits
from .data import Run
from .edits import FIRST, SECOND, Defect, release_if, runs

REBUILD = "/paths/~1package_releases~1rebuild/post"
RESTARTS = "Restarts the builds of a release."
RELEASE = "/components/schemas/PackageRelease"

BUILDS = {
    "restart-latest": Defect(
        "a rebuild restarts the latest release of the package, and shows the requested one",
        RESTARTS,
        f"{REBUILD}/description",
        {"restart": edits.restart_latest},
    ),
    "restart-all": Defect(
        "a rebuild restarts every release of the package",
        RESTARTS,
        f"{REBUILD}/description",
        {"restart": edits.restart_all},
    ),
    "restart-copy": Defect(
        "a rebuild adds a release to the package",
        "the rebuild restarts the builds of a release, and only its owner may do it",
        "/info/description",
        {"restart": edits.restart_copy},
    ),
    "restart-locked": Defect(
        "a rebuild of a locked release changes nothing",
        "The release can have any status: it can also be building or locked.",
        f"{REBUILD}/description",
        {"restart": edits.restart_unlocked},
    ),
    "restart-busy": Defect(
        "a rebuild of a release that is building changes nothing",
        "The release can have any status: it can also be building or locked.",
        f"{REBUILD}/description",
        {"restart": edits.restart_idle},
    ),
    "restart-moves-latest": Defect(
        "a rebuild makes the release the latest one",
        "`x-timeline` lists the properties that a build changes:",
        "/info/description",
        {"restart": edits.restart_moves_latest},
    ),
    "restart-keeps-stale": Defect(
        "a rebuild leaves the stale flags as they are",
        "after a rebuild no process may be stale",
        f"{REBUILD}/x-invariants/2",
        {"restart": edits.restart_keeps_stale},
    ),
    "restart-only-first": Defect(
        "after the response the second process has its old run again",
        "after a rebuild every process must be pending",
        f"{REBUILD}/x-invariants/1",
        {"restart": edits.restart_only_first},
    ),
    "old-view": Defect(
        "every sixth view of a rebuilt release is 200 ms old",
        "within one run only the stale flag of an ended process may change",
        f"{RELEASE}/x-invariants/12",
        {"view": edits.stale_view},
    ),
    "second-early": Defect(
        "the second process starts 3 ms before the first one has completed",
        "a process must start after the process before it has completed successfully",
        f"{RELEASE}/x-invariants/6",
        runs(
            lambda first, second: (
                first,
                second
                if second.started is None
                else replace(second, started=(first.completed or 0) - 3),
            )
        ),
    ),
    "second-after-failure": Defect(
        "the second process runs after the first one has failed",
        "a process must start after the process before it has completed successfully",
        f"{RELEASE}/x-invariants/6",
        runs(
            lambda first, second: (
                first,
                Run((first.completed or 0) + 10, (first.completed or 0) + 100)
                if first.outcome == "failed"
                else second,
            )
        ),
    ),
    "late-log": Defect(
        "the first process writes a log entry 30 ms after its end",
        "within one run an ended process must not write to its log",
        f"{RELEASE}/x-invariants/13",
        runs(
            lambda first, second: (
                replace(first, logs=(*first.logs, ((first.completed or 0) + 30, {"msg": "bye"}))),
                second,
            )
        ),
    ),
    "failed-not-completed": Defect(
        "the second process has no completion if it failed",
        "a process must have a completion if it is successful or failed, and only then",
        f"{RELEASE}/x-invariants/3",
        release_if(
            lambda view: view[f"{SECOND}_display_status"] == "failed",
            lambda view: {f"{SECOND}_completed_at": None},  # noqa: ARG005
        ),
    ),
    "pending-between": Defect(
        "the status is pending between the processes",
        "building if any is building or successful, else pending",
        f"{RELEASE}/x-invariants/0",
        release_if(
            lambda view: (
                view[f"{FIRST}_display_status"] == "successful"
                and view[f"{SECOND}_display_status"] == "pending"
            ),
            lambda view: {"display_status": "pending"},  # noqa: ARG005
        ),
    ),
    "local-timestamps": Defect(
        "the start of a process that is building has no offset",
        "An RFC 3339 timestamp with `Z` or an offset",
        "/components/schemas/Timestamp/description",
        release_if(
            lambda view: view[f"{FIRST}_in_progress"],
            lambda view: {f"{FIRST}_started_at": view[f"{FIRST}_started_at"].rstrip("Z")},
        ),
    ),
}
