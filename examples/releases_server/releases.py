"""Releases, packages and accounts: how they are found, answered and rebuilt."""

import sqlite3
from datetime import datetime
from typing import Any

from .builds import PROCESSES, Build, build_fields, instant, next_build

RELEASES = """
SELECT releases.*, packages.creator_account_id,
       rebuilds, began_at, lasts_ms, fails_in, is_stale
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


def find_releases(db: sqlite3.Connection, where: str, *values: object) -> list[sqlite3.Row]:
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


def rebuild(db: sqlite3.Connection, release: sqlite3.Row, lasts_ms: int, now: datetime) -> None:
    """Replaces the build of a release by one that begins now."""
    rebuilds = release["rebuilds"] or 0
    build = next_build(build_of(release), rebuilds, lasts_ms, now)
    values = (rebuilds + 1, instant(build.began_at), build.lasts_ms, build.fails_in, build.is_stale)
    db.execute(
        "REPLACE INTO builds (package_release_id, rebuilds, began_at, lasts_ms, fails_in, is_stale)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (release["package_release_id"], *values),
    )


def build_of(release: sqlite3.Row) -> Build | None:
    if release["began_at"] is None:
        return None
    began_at = datetime.fromisoformat(release["began_at"])
    return Build(began_at, release["lasts_ms"], release["fails_in"], bool(release["is_stale"]))


def release_answer(release: sqlite3.Row, now: datetime, with_logs: bool = True) -> dict[str, Any]:
    """A release as it stands at a moment."""
    answer = {
        "package_release_id": release["package_release_id"],
        "package_id": release["package_id"],
        "creator_account_id": release["creator_account_id"],
        "commit_sha": release["commit_sha"],
        "license": release["license"],
        "is_locked": bool(release["is_locked"]),
        "is_latest": bool(release["is_latest"]),
        "created_at": release["created_at"],
        **build_fields(build_of(release), now),
    }
    if not with_logs:
        answer |= {f"{process.name}_logs": [] for process in PROCESSES}
    return {"version": release["version"], **without_nulls(answer)}


def package_answer(package: sqlite3.Row) -> dict[str, Any]:
    unscoped_name = package["name"].rpartition("/")[2]
    return without_nulls({**package, "unscoped_name": unscoped_name})


def without_nulls(answer: dict[str, Any]) -> dict[str, Any]:
    """An optional property that is not set is left out."""
    return {name: value for name, value in answer.items() if value is not None}
