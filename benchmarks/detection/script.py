"""A fixed script of requests without effects, which distinguishes servers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

OPERATIONS = {
    ("POST", "/package_releases/get"): "getPackageRelease",
    ("POST", "/package_releases/list"): "listPackageReleases",
    ("POST", "/package_releases/rebuild"): "rebuildPackageRelease",
    ("GET", "/packages/get"): "getPackage",
    ("HEAD", "/packages/get"): "getPackage",
    ("POST", "/packages/get"): "findPackage",
    ("GET", "/accounts/get"): "getAccount",
    ("POST", "/accounts/get"): "findAccount",
}
GET, LIST, REBUILD = (f"/package_releases/{name}" for name in ("get", "list", "rebuild"))
PACKAGES, ACCOUNTS = "/packages/get", "/accounts/get"
OWNER, OTHER = "Bearer testuser-token", "Bearer otheruser-token"


@dataclass(frozen=True)
class Request:
    """A request. body: bytes, or a value that is sent as JSON."""

    method: str
    path: str
    body: Any = None
    authorization: str | None = None
    content_type: str | None = "application/json"

    @property
    def operation(self) -> str:
        """The operationId, or `outside` for an unknown path or method."""
        return OPERATIONS.get((self.method, self.path.partition("?")[0]), "outside")


def script() -> Iterator[Request]:
    """Yield the requests of the script. None of them changes the data."""
    yield from _release_lookups()
    yield from _lists()
    yield from _package_lookups()
    yield from _account_lookups()
    yield from _rejected_rebuilds()
    yield from _unknown_paths_and_methods()


def _release_lookups() -> Iterator[Request]:
    lookups: list[dict[str, Any]] = [
        *({"package_release_id": text} for text in IDS),
        *({"package_name_with_version": text} for text in VERSIONS),
        *({"package_name": text, "is_latest": True} for text in NAMES),
        *({"package_id": text, "is_latest": True} for text in ("pkg_1", "pkg_2", "pkg_5", "PKG_1")),
        {"package_release_id": "rel_stale", "package_id": "pkg_1", "is_latest": True},
        {"package_name_with_version": "testuser/blinky@1.1.0", "package_id": "pkg_3"},
        {"package_name_with_version": "testuser/blinky@1.1.0", "package_name": "testuser/blinky"}
        | {"is_latest": True},
        {"package_name": "testuser/blinky", "package_id": "pkg_3", "is_latest": True},
        *({"package_name": "testuser/blinky", "is_latest": value} for value in (False, "true", 1)),
        {"package_name": "testuser/blinky"},
        {"package_id": "pkg_1"},
        *({"package_release_id": value} for value in (None, "", 1, True, ["rel_pending"])),
        {"package_release_id": "rel_pending", "package_id": None},
        {"package_release_id": "rel_pending", "other": {"a": [1]}},
    ]
    yield from (Request("POST", GET, lookup) for lookup in lookups)
    for text in ("true", "false", "TRUE", "1", "", "true&include_logs=true"):
        yield Request(
            "POST", f"{GET}?include_logs={text}", {"package_release_id": "rel_successful"}
        )
    latest = {"package_id": "pkg_1", "is_latest": True}
    yield Request("POST", f"{GET}?include_logs=false", latest)


def _lists() -> Iterator[Request]:
    for package in (*({"package_id": f"pkg_{n}"} for n in range(1, 7)), {"package_name": NAMES[1]}):
        yield Request("POST", LIST, package)
    filters: list[dict[str, Any]] = [
        {"is_latest": True},
        {"is_latest": False},
        {"is_latest": "true"},
        {"version": "1.0.0"},
        {"version": "1._.0"},
        {"commit_sha": "524f607"},
        {"commit_sha": "%"},
        {"version": "1.0.0", "commit_sha": "0d9a1b"},
        {"package_name": NAMES[0]},
    ]
    yield from (Request("POST", LIST, {"package_id": "pkg_3", **chosen}) for chosen in filters)
    yield Request("POST", LIST, {})
    for body in BODIES:
        yield Request("POST", LIST, body)
    for content_type in (
        None,
        "text/plain",
        "application/jsonp",
        "text/json",
        "Application/JSON; a=b",
    ):
        yield Request("POST", LIST, {"package_id": "pkg_5"}, content_type=content_type)


def _package_lookups() -> Iterator[Request]:
    packages = {"package_id": ["pkg_2", "PKG_2", "pkg_5", ""], "name": [*NAMES, "x'"]}
    for key, values in packages.items():
        yield from (Request("POST", PACKAGES, {key: value}) for value in values)
        yield from (Request("GET", f"{PACKAGES}?{key}={value}") for value in values)
    yield Request("HEAD", f"{PACKAGES}?package_id=pkg_2")
    for query in ("", "?package_id=pkg_1&package_id=pkg_1", "?package_id=pkg_1&name=otheruser/a"):
        yield Request("GET", PACKAGES + query)


def _account_lookups() -> Iterator[Request]:
    accounts = {
        "account_id": ["account-1234", "account_2", "account-12"],
        "github_username": ["testuser", "TESTUSER", "testuser ", "x" * 300],
    }
    for key, values in accounts.items():
        yield from (Request("POST", ACCOUNTS, {key: value}) for value in values)
        yield from (
            Request("GET", f"{ACCOUNTS}?{key}={value.replace(' ', '+')}") for value in values
        )
    yield Request("GET", f"{ACCOUNTS}?account_id=account_2&github_username=testuser")
    yield from (Request("GET", ACCOUNTS, authorization=token) for token in (OWNER, OTHER, *WRONG))


def _rejected_rebuilds() -> Iterator[Request]:
    foreign = {"package_release_id": "rel_successful"}
    yield from (Request("POST", REBUILD, foreign, token) for token in (OTHER, *WRONG))
    yield Request("POST", REBUILD, {"package_release_id": "rel_power_new"}, OWNER)
    for unknown in ("unknown", "REL_PENDING", " rel_pending", ""):
        yield Request("POST", REBUILD, {"package_release_id": unknown}, OWNER)
    yield Request("POST", REBUILD, {"package_release_id": "unknown"})
    for token in (None, OWNER):
        yield Request("POST", REBUILD, b"{", token)
        yield Request("POST", REBUILD, b"{}", token, "text/plain")


def _unknown_paths_and_methods() -> Iterator[Request]:
    for path in (GET, LIST, PACKAGES):
        for method in ("GET", "OPTIONS", "PUT", "DELETE", "TRACE", "HEAD"):
            if (method, path) not in OPERATIONS:
                yield Request(method, path, content_type=None)
    for path in ("/packages/get/", "/packages/get/x", "/packages", "/Packages/get", "/nothing"):
        yield Request("GET", path)


IDS = (
    *("rel_failed_transpilation", "rel_failed_circuit_json", "rel_pending", "rel_stale"),
    *("rel_without_version", "rel_successful", "rel_power_old", "rel_blinky_old", "rel_blinky_old"),
    "rel 'unusual' \"ünïcødé\" 電路 🔌 100%/?#\\",
    *("REL_STALE", "rel_stal", "rel_stale ", " rel_stale", "rel%", "rel_st?le", "*", "rel_stale\0"),
    *("\uff52el_stale", "rel%5Fstale", "' OR '1'='1", "🔌", "x" * 300, "\ufeff"),
)
NAMES = (
    *("testuser/blinky", "testuser/my-test-board", "@testuser/led-matrix", "testuser/empty-board"),
    *("TESTUSER/blinky", "testuser/%", "blinky", "otheruser/nothing"),
)
VERSIONS = (
    *("testuser/my-test-board@1.0.0", "@testuser/led-matrix@2.0.0", "testuser/my-test-board"),
    *("@testuser/led-matrix@2.1.0-beta.1+build", "testuser/my-test-board@", "@testuser/led-matrix"),
    *(
        "testuser/my-test-board@0.4.0",
        "TESTUSER/blinky@1.1.0",
        "testuser/%@1.1.0",
        "testuser/blinky@1.1.0'",
        "@",
    ),
)
BODIES: tuple[bytes, ...] = (
    *(b"", b"{", b"null", b"[]", b'[{"package_id": "pkg_5"}]', b'"a"', b"\xff", b'{"package_id"}'),
    b'{"package_id": "pkg_5", "other": NaN}',
    b'{"package_id": "pkg_5", "package_id": "pkg_5"}',
    b'{"package_id": "pkg_5", "other": [{"a": 1, "a": 1}]}',
    b'{"package_id": "pkg_5", "other": "\xff"}',
    b'{"package_id": "pkg_5", "other": "\\ud800"}',
    '{"package_id": "pkg_5"}'.encode("utf-16"),
    b'{"package_id": "pkg_5", "other": 1' + b"0" * 5000 + b"}",
    b" " * (1 << 20) + b'{"package_id": "pkg_5"}',
)
WRONG = (
    *(None, "", "Bearer", "Bearer ", "Bearer nobody", "Bearer testuser", "Bearer user-token"),
    *("Bearer testuser-tokenn", "Bearer TESTUSER-TOKEN", "Basic testuser-token", "testuser-token"),
    *('Bearer "testuser-token"', "Bearer testuser-token x", "Bearer %"),
)
