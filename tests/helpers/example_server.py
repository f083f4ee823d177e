"""Run the releases server of the examples as a process, unchanged or with one planted bug."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.detection.catalogue import ROOT, Subject, planted
from benchmarks.detection.serving import serving
from examples.releases_server.database import prepare

__all__ = ["BUGS", "ROOT", "create_database", "start"]

MILLISECOND = timedelta(milliseconds=1)
BUGS = {subject.id: subject for subject in planted()}
# Release → percentage of its build at which it has a state that it only passes through.
PASSING_STATES = {"rel_queued": 5, "rel_transpiling": 30, "rel_between": 51, "rel_rendering": 60}
UNCHANGED = Subject("example", "correct", "The server without planted bugs.")


@contextmanager
def start(
    planted_id: str | None = None, *, database: Path | None = None, build_seconds: float = 0.5
) -> Iterator[str]:
    """Run a copy of the server, with a planted bug if an id is given, and yield its base URL.

    At the end the process is killed, as by a power cut. Without `database`, the server creates a
    new one. Raises NotServingError, which contains the server's output, if it does not start.
    """
    options = ["--build-seconds", str(build_seconds)]
    if database is not None:
        options += ["--database", str(database)]
    with serving(BUGS[planted_id] if planted_id else UNCHANGED, *options) as base:
        yield base


def create_database(file: Path) -> Path:
    """Create a database that also has a release in each state that builds only pass through.

    The builds of these releases take 100 hours, so that a client of any speed observes each state.
    """
    prepare(file)
    duration, now = timedelta(hours=100), datetime.now(UTC)
    with closing(sqlite3.connect(file)) as db, db:
        for release, percent in PASSING_STATES.items():
            queued_at = (now - duration * percent / 100).isoformat(timespec="milliseconds")
            created_at = "2025-03-09T09:00:00.000Z"
            values = (release, "pkg_3", None, None, None, 0, 0, created_at)
            db.execute("INSERT INTO releases VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
            build = (release, 0, queued_at.replace("+00:00", "Z"), duration // MILLISECOND, None, 0)
            db.execute("INSERT INTO builds VALUES (?, ?, ?, ?, ?, ?)", build)
    return file
