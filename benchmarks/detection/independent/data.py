"""The accounts, packages and releases of the server."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = Any

PROCESSES = ("transpilation", "circuit_json_build")
DAY = 86_400_000


@dataclass(frozen=True)
class Run:
    """The run of one process; times are in milliseconds of the Unix epoch."""

    started: int | None = None
    completed: int | None = None
    outcome: str = "successful"
    logs: tuple[tuple[int, Json], ...] = ()
    error: str | None = None

    def status(self, now: int) -> str:
        """Return the status of the process at a time."""
        if self.started is None or now < self.started:
            return "pending"
        return "building" if self.completed is None or now < self.completed else self.outcome


@dataclass(frozen=True)
class Build:
    """One build of a release: the runs of its processes in order."""

    build_id: str
    requested: int
    runs: tuple[Run, ...]
    stale: tuple[bool, ...] = (False, False)


@dataclass
class Release:
    """A release; only `build` changes."""

    identity: dict[str, Json]
    build: Build
    fails: str | None = None
    previous: list[Build] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Return the id of the release."""
        return str(self.identity["package_release_id"])


@dataclass
class Data:
    """Everything that the server stores."""

    accounts: list[dict[str, Json]]
    packages: list[dict[str, Json]]
    releases: list[Release]


def rfc3339(milliseconds: int) -> str:
    """Return a time as an RFC 3339 timestamp with milliseconds."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _run(start: int, length: int | None, outcome: str = "successful") -> Run:
    """Return a run in the past with three log entries."""
    logs = tuple((start + at, {"msg": f"step {at}"}) for at in (10, 20, 30))
    error = "TypeError: x is undefined" if outcome == "failed" else None
    return Run(start, None if length is None else start + length, outcome, logs, error)


def past_build(kind: str, start: int, release_id: str, *, stale: bool) -> Build:
    """Return the build of a release that ended, waits or hangs since before the server started."""
    second = start + 4_100
    runs = {
        "successful": (_run(start, 4_000), _run(second, 7_250)),
        "failed-first": (_run(start, 1_234, "failed"), Run()),
        "failed-second": (_run(start, 4_000), _run(second, 3_999, "failed")),
        "pending": (Run(), Run()),
        "building-first": (_run(start, None), Run()),
        "building-second": (_run(start, 4_000), _run(second, None)),
    }[kind]
    return Build(f"{release_id.encode().hex()}.0", start - 500, runs, (False, stale))


# id, package, version, kind, latest, locked, stale, creator, commit, process that fails again
RELEASES: tuple[tuple[Any, ...], ...] = (
    ("rel_successful", "pkg_3", "1.0.0", "successful", 0, 0, 0, "account-1234", "c0ffee1", None),
    (
        "rel_failed_transpilation",
        "pkg_3",
        "1.0.1",
        "failed-first",
        0,
        0,
        1,
        "account-1234",
        None,
        None,
    ),
    ("rel_board_next", "pkg_3", "1.1.0", "successful", 1, 0, 1, "account-5678", "c0ffee2", None),
    (
        "rel_board_locked",
        "pkg_3",
        "1.0.0-rc.1",
        "failed-second",
        0,
        1,
        0,
        "account-1234",
        "c0ffee2",
        PROCESSES[1],
    ),
    ("rel_board_unversioned", "pkg_3", None, "pending", 0, 0, 0, None, None, PROCESSES[0]),
    (
        "rel_board_twin",
        "pkg_5",
        "1.0.0",
        "building-second",
        1,
        0,
        0,
        "account-1234",
        "c0ffee1",
        None,
    ),
    ("rel_hub_1", "pkg_2", "0.1.0", "successful", 0, 1, 0, "account-5678", "dead123", None),
    ("rel_hub_2", "pkg_2", "0.2.0", "failed-second", 1, 0, 1, "account-1234", "dead124", None),
    (
        "rel_hub_3",
        "pkg_2",
        "0.3.0-beta",
        "building-first",
        0,
        0,
        0,
        "account-5678",
        "dead124",
        None,
    ),
    ("rel_blinky_1", "pkg_4", "1.0.0", "successful", 0, 0, 0, "account-5678", None, None),
    ("rel_blinky_2", "pkg_4", "2.0.0", "pending", 1, 0, 0, "account-5678", "feed001", None),
    ("Rel-Öffnung", "pkg_7", "1.0.0+ü", "successful", 0, 0, 0, "account-9", "feed002", None),
    *(
        (
            f"rel_led_{n}",
            "pkg_1",
            f"0.{n}.0",
            "failed-first" if n % 4 == 0 else "successful",
            n == 13,
            n % 5 == 0,
            n % 3 == 0,
            "account-1234",
            f"ab{n:05}",
            None,
        )
        for n in range(1, 15)
    ),
)

PACKAGES = (
    ("pkg_1", "testuser/led-matrix", "account-1234", "rel_led_13", "0.13.0"),
    ("pkg_2", "ada/sensor-hub", "account-5678", "rel_hub_2", "0.2.0"),
    ("pkg_3", "testuser/my-test-board", "account-1234", "rel_board_next", "1.1.0"),
    ("pkg_4", "@ada/blinky", "account-5678", "rel_blinky_2", "2.0.0"),
    ("pkg_5", "testuser/my-test-board-2", "account-1234", "rel_board_twin", "1.0.0"),
    ("pkg_6", "grace-h/empty", "account-9", None, None),
    ("pkg_7", "grace-h/größe", "account-9", None, None),
)

ACCOUNTS = (("account-1234", "testuser"), ("account-5678", "ada"), ("account-9", "grace-h"))


def package(key: str, name: str, owner: str, latest: str | None, version: str | None) -> Json:
    """Return a package."""
    return {
        "package_id": key,
        "creator_account_id": owner,
        "owner_org_id": None,
        "owner_github_username": dict(ACCOUNTS)[owner],
        "name": name,
        "unscoped_name": name.split("/")[1],
        "description": f"The board {name}",
        "latest_package_release_id": latest,
        "latest_version": version,
        "license": "MIT",
        "star_count": len(name),
        "is_private": False,
        "created_at": "2025-03-01T08:00:00.000Z",
    }


def release(row: tuple[Any, ...], created: int) -> Release:
    """Return a release from a row of the table."""
    key, package_id, version, kind, latest, locked, stale, creator, commit, fails = row
    identity = {
        "package_release_id": key,
        "package_id": package_id,
        "creator_account_id": creator,
        "version": version,
        "commit_sha": commit,
        "fs_sha": f"fs-{key}",
        "license": "MIT",
        "is_locked": bool(locked),
        "is_latest": bool(latest),
        "created_at": rfc3339(created),
    }
    return Release(identity, past_build(kind, created + 1_000, key, stale=bool(stale)), fails)


def initial_data(now: int) -> Data:
    """Return the data of a server that starts at a time."""
    accounts = [
        {"account_id": key, "github_username": name, "email": f"{name}@example.com"}
        for key, name in ACCOUNTS
    ]
    releases = [
        release(row, now - 30 * DAY + index * 3_600_000) for index, row in enumerate(RELEASES)
    ]
    return Data(accounts, [package(*row) for row in PACKAGES], releases)
