"""Lookups: every fixture is found in each documented way, at both prefixes."""

from typing import Any

import pytest

from mock_server.fixtures.values import Credential, Fixture
from mock_server.foundation import timestamps
from tests.helpers.requests import OWNER, Reply, call
from tests.helpers.shipped import shipped_sources
from tests.mock_server.helpers.clocks import START

JUDGE, SHIPPED = shipped_sources()
PACKAGES = {
    str(each.type.key_of(each.value)): each.value
    for each in SHIPPED.listed
    if each.type.name == "Package"
}
ACCOUNTS = {
    str(each.type.key_of(each.value)): each.value
    for each in SHIPPED.listed
    if each.type.name == "Account"
}
LOGS = JUDGE.spec.timeline("PackageRelease").role_properties("logs")


def expected_value(fixture: Fixture) -> dict[str, Any]:
    """Return the release of a file, with its timestamps moved to the start of the session."""
    at = fixture.at or 0
    return {
        name: timestamps.to_text(timestamps.parse(value) - at + START)
        if name in fixture.type.timestamps and value is not None
        else value
        for name, value in fixture.value.items()
    }


def lookups(fixture: Fixture) -> list[dict[str, Any]]:
    """Return every request body that finds the release of a fixture."""
    release = fixture.value
    name = PACKAGES[release["package_id"]]["name"]
    bodies: list[dict[str, Any]] = [{"package_release_id": release["package_release_id"]}]
    if release["version"] is not None:
        bodies.append({"package_name_with_version": f"{name}@{release['version']}"})
    if release["is_latest"]:
        bodies.append({"package_name": name, "is_latest": True})
        bodies.append({"package_id": release["package_id"], "is_latest": True})
    return bodies


def get(address: str, body: object, path: str = "/api/package_releases/get") -> Reply:
    return call(address, "POST", path, body)


@pytest.mark.parametrize("prefix", ["/api", ""])
@pytest.mark.parametrize("name", SHIPPED.fixtures)
def test_every_lookup_returns_the_release_of_the_file(address: str, name: str, prefix: str) -> None:
    fixture = SHIPPED.fixtures[name]
    for body in lookups(fixture):
        reply = get(address, body, f"{prefix}/package_releases/get")
        assert reply.json == {"ok": True, "package_release": expected_value(fixture)}, body
        assert list(reply.json["package_release"]) == list(fixture.value)


def test_a_version_of_a_scoped_package_is_found_by_its_full_name(address: str) -> None:
    reply = get(address, {"package_name_with_version": "@testuser/led-matrix@2.0.0"})
    assert reply.json["package_release"]["package_release_id"] == "rel_logs_mixed"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"package_release_id": "rel_nobody"}, "package_release_not_found"),
        ({"package_release_id": "REL_PENDING"}, "package_release_not_found"),
        ({"package_release_id": " rel_pending"}, "package_release_not_found"),
        ({"package_release_id": "\0"}, "package_release_not_found"),
        ({"package_release_id": "rel_pending\u200b"}, "package_release_not_found"),
        ({"package_release_id": "電" * 10_000}, "package_release_not_found"),
        ({"package_name_with_version": "testuser/my-test-board"}, "package_release_not_found"),
        ({"package_name_with_version": "testuser/my-test-board@"}, "package_release_not_found"),
        ({"package_name_with_version": "@testuser/led-matrix"}, "package_release_not_found"),
        ({"package_name_with_version": "@testuser/led-matrix@None"}, "package_release_not_found"),
        ({"package_name_with_version": "@testuser/led-matrix@null"}, "package_release_not_found"),
        ({"package_name_with_version": "nobody/nothing@1.0.0"}, "package_release_not_found"),
        ({"package_name": "nobody/nothing", "is_latest": True}, "package_not_found"),
        ({"package_name": "testuser/empty-board", "is_latest": True}, "package_release_not_found"),
        ({"package_id": "pkg_5", "is_latest": True}, "package_release_not_found"),
        ({"package_id": "pkg_none", "is_latest": True}, "package_release_not_found"),
    ],
)
def test_an_unknown_release_is_404_with_its_code(
    address: str, body: dict[str, Any], code: str
) -> None:
    reply = get(address, body)
    assert (reply.status, reply.error_code) == (404, code)


def test_the_first_complete_lookup_of_several_decides(address: str) -> None:
    body: dict[str, Any] = {
        "package_id": "pkg_1",
        "is_latest": True,
        "package_name": "otheruser/power-supply",
        "package_name_with_version": "testuser/my-test-board@1.0.0",
        "package_release_id": "rel_pending",
    }
    expected = [
        "rel_pending",
        "rel_successful",
        "rel_otheruser_successful",
        "rel_logs_long",
    ]
    for release_id, last in zip(expected, [*reversed(body), ""], strict=False):
        key = get(address, body).json["package_release"]["package_release_id"]
        assert key == release_id
        del body[last]


def test_the_first_complete_lookup_decides_even_if_it_finds_nothing(address: str) -> None:
    body = {"package_release_id": "rel_nobody", "package_id": "pkg_3", "is_latest": True}
    assert get(address, body).status == 404
    body = {"package_id": "pkg_3", "is_latest": False, "package_release_id": "rel_pending"}
    assert get(address, body).status == 200


@pytest.mark.parametrize("name", SHIPPED.fixtures)
def test_include_logs_false_empties_only_the_logs(address: str, name: str) -> None:
    fixture = SHIPPED.fixtures[name]
    body, path = lookups(fixture)[0], "/api/package_releases/get?include_logs="
    without = get(address, body, f"{path}false").json["package_release"]
    assert without == {**expected_value(fixture), **{name: [] for name in LOGS}}
    assert get(address, body, f"{path}true").json["package_release"] == expected_value(fixture)


def listed(address: str, **body: object) -> list[dict[str, Any]]:
    reply = call(address, "POST", "/api/package_releases/list", body)
    assert (reply.status, reply.json["ok"]) == (200, True)
    return list(reply.json["package_releases"])


@pytest.mark.parametrize("key", PACKAGES)
def test_a_list_contains_all_releases_of_the_package(address: str, key: str) -> None:
    expected = [
        expected_value(f) for f in SHIPPED.fixtures.values() if f.value["package_id"] == key
    ]
    assert listed(address, package_id=key) == expected
    assert listed(address, package_name=PACKAGES[key]["name"]) == expected


def test_a_list_of_an_unknown_package_is_empty(address: str) -> None:
    assert listed(address, package_id="pkg_none") == []
    assert listed(address, package_name="nobody/nothing") == []


@pytest.mark.parametrize(
    ("filters", "keys"),
    [
        ({"is_latest": True}, ["rel_successful"]),
        ({"version": "0.9.1"}, ["rel_stale_circuit_json"]),
        ({"version": "0.9.1", "is_latest": False}, ["rel_stale_circuit_json"]),
        ({"version": "0.9.1", "is_latest": True}, []),
        ({"commit_sha": "42633bb58f848316e0a06cbf7afffbda0b835a20"}, ["rel_pending"]),
        ({"commit_sha": "42633bb"}, []),
        ({"version": "0.9"}, []),
    ],
)
def test_filters_narrow_a_list_by_equality(
    address: str, filters: dict[str, Any], keys: list[str]
) -> None:
    releases = listed(address, package_id="pkg_3", **filters)
    assert [release["package_release_id"] for release in releases] == keys


def test_a_filter_for_no_latest_release_leaves_the_others(address: str) -> None:
    others = listed(address, package_id="pkg_3", is_latest=False)
    assert len(others) == len(listed(address, package_id="pkg_3")) - 1


@pytest.mark.parametrize("key", PACKAGES)
def test_a_package_is_found_by_query_and_by_body(address: str, key: str) -> None:
    package = PACKAGES[key]
    expected = {"ok": True, "package": package}
    name = package["name"].replace("@", "%40").replace("/", "%2F")
    for query in (f"package_id={key}", f"name={name}", f"name={package['name']}"):
        assert call(address, "GET", f"/api/packages/get?{query}").json == expected
    for body in ({"package_id": key}, {"name": package["name"]}):
        assert call(address, "POST", "/packages/get", body).json == expected
    both = {"package_id": key, "name": "nobody/nothing"}
    assert call(address, "POST", "/packages/get", both).json == expected


@pytest.mark.parametrize("credential", SHIPPED.credentials, ids=lambda each: each.token)
def test_an_account_is_found_by_query_by_body_and_by_its_token(
    address: str, credential: Credential
) -> None:
    account = ACCOUNTS[credential.key]
    key, name = account["account_id"], account["github_username"]
    for query in (f"account_id={key}", f"github_username={name}"):
        assert call(address, "GET", f"/accounts/get?{query}").json == {"account": account}
    for body in ({"account_id": key}, {"github_username": name}):
        assert call(address, "POST", "/accounts/get", body).json == {"account": account}
    headers = {"Authorization": f"Bearer {credential.token}"}
    by_token = call(address, "GET", "/api/accounts/get", headers=headers)
    assert by_token.json == {"account": account}


def test_an_account_in_the_query_precedes_the_one_of_the_token(address: str) -> None:
    reply = call(address, "GET", "/api/accounts/get?account_id=account_2", headers=OWNER)
    assert reply.json["account"]["account_id"] == "account_2"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/accounts/get", None, 401, "unauthorized"),
        ("POST", "/accounts/get", {}, 400, "invalid_request"),
        ("GET", "/accounts/get?account_id=none", None, 404, "account_not_found"),
        ("POST", "/accounts/get", {"github_username": "TESTUSER"}, 404, "account_not_found"),
        ("GET", "/packages/get", None, 400, "invalid_request"),
        ("GET", "/packages/get?name=led-matrix", None, 404, "package_not_found"),
        ("POST", "/packages/get", {"package_id": "pkg_33"}, 404, "package_not_found"),
    ],
)
def test_unknown_packages_and_accounts_are_errors(
    address: str, method: str, path: str, body: object, status: int, code: str
) -> None:
    reply = call(address, method, f"/api{path}", body)
    assert (reply.status, reply.error_code) == (status, code)
    assert ("WWW-Authenticate" in reply.headers) == (status == 401)
