"""Find releases, packages and accounts, rebuild releases, and turn rows into JSON objects."""

import sqlite3
from datetime import datetime
from typing import Any

from .builds import PROCESSES, Build, build_fields, format_timestamp, next_build

RELEASES = """
SELECT releases.*, packages.creator_account_id,
       rebuilds, queued_at, duration_ms, failing_process, is_stale
FROM releases
JOIN packages ON packages.package_id = releases.package_id
LEFT JOIN builds ON builds.package_release_id = releases.package_release_id
"""
PACKAGES = """
SELECT packages.*, owners.github_username AS owner_github_username,
       latest.package_release_id AS latest_package_release_id, latest.version AS latest_version
FROM packages
JOIN accounts AS owners ON owners.account_id = packages.creator_account_id
LEFT JOIN releases AS latest ON latest.package_id = packages.package_id AND latest.is_latest
"""
ACCOUNTS = "SELECT account_id, github_username FROM accounts"
SAVE_BUILD = """
REPLACE INTO builds
  (package_release_id, rebuilds, queued_at, duration_ms, failing_process, is_stale)
VALUES (?, ?, ?, ?, ?, ?)
"""


def find_releases(db: sqlite3.Connection, where: str, *values: object) -> list[sqlite3.Row]:
    """Return the releases that match an SQL condition, the newest first.

    where: SQL of this program, never text of a request. values: for its placeholders.
    """
    order = "ORDER BY releases.created_at DESC, releases.package_release_id"
    return db.execute(f"{RELEASES} WHERE {where} {order}", values).fetchall()


def find_release(db: sqlite3.Connection, where: str, *values: object) -> sqlite3.Row | None:
    return next(iter(find_releases(db, where, *values)), None)


def find_package(db: sqlite3.Connection, where: str, *values: object) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(f"{PACKAGES} WHERE {where}", values).fetchone()
    return row


def find_account(db: sqlite3.Connection, where: str, *values: object) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(f"{ACCOUNTS} WHERE {where}", values).fetchone()
    return row


def rebuild(db: sqlite3.Connection, release: sqlite3.Row, duration_ms: int, now: datetime) -> None:
    """Replace the build of a release with one that is queued now."""
    rebuilds = release["rebuilds"] or 0
    build = next_build(read_build(release), rebuilds, duration_ms, now)
    row = (
        release["package_release_id"],
        rebuilds + 1,
        format_timestamp(build.queued_at),
        build.duration_ms,
        build.failing_process,
        build.is_stale,
    )
    db.execute(SAVE_BUILD, row)


def read_build(release: sqlite3.Row) -> Build | None:
    """Return the latest build of a release, or None if it was never built."""
    if release["queued_at"] is None:
        return None
    return Build(
        queued_at=datetime.fromisoformat(release["queued_at"]),
        duration_ms=release["duration_ms"],
        failing_process=release["failing_process"],
        is_stale=bool(release["is_stale"]),
    )


def serialize_release(
    release: sqlite3.Row, now: datetime, with_logs: bool = True
) -> dict[str, Any]:
    """Return a release as a JSON object, with the state of its build at this time."""
    fields = {
        "package_release_id": release["package_release_id"],
        "package_id": release["package_id"],
        "creator_account_id": release["creator_account_id"],
        "commit_sha": release["commit_sha"],
        "license": release["license"],
        "is_locked": bool(release["is_locked"]),
        "is_latest": bool(release["is_latest"]),
        "created_at": release["created_at"],
        **build_fields(read_build(release), now),
    }
    if not with_logs:
        fields |= {f"{process.name}_logs": [] for process in PROCESSES}
    return {"version": release["version"], **without_nulls(fields)}


def serialize_package(package: sqlite3.Row) -> dict[str, Any]:
    """Return a package as a JSON object."""
    unscoped_name = package["name"].rpartition("/")[2]
    return without_nulls({**package, "unscoped_name": unscoped_name})


def without_nulls(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that have a value: the API omits optional properties without one."""
    return {name: value for name, value in fields.items() if value is not None}
