"""The ``Prefer`` header (RFC 7240) selects a response; ``Preference-Applied`` confirms it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mock_server.app.mock import mock_of
from mock_server.contract.document.operation import Operation
from mock_server.contract.exchange import Request, Response
from mock_server.foundation import timestamps
from mock_server.http.prefer import PreferenceError, Preferences, read
from mock_server.server.in_process import running
from tests.helpers.requests import OWNER, Reply, call, mounted, rebuild, send_bytes
from tests.helpers.shipped import shipped_sources
from tests.mock_server.helpers.clocks import START, ManualClock

JUDGE, SHIPPED = shipped_sources()
ID = "rel_pending"
GET, LIST = "/package_releases/get", "/package_releases/list"
ERRORS = [
    (operation, status)
    for operation in JUDGE.spec.operations.values()
    for status in operation.responses
    if status >= 400
]


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with mounted(mock_of(JUDGE, SHIPPED, clock=ManualClock())) as address:
        yield f"{address}/api"


def get(base: str, prefer: str, key: str = ID) -> Reply:
    return call(base, "POST", GET, {"package_release_id": key}, {"Prefer": prefer})


def message_of_issue(reply: Reply) -> str:
    """Return the message of a 400 response with one issue, which is at the `Prefer` header."""
    assert (reply.status, reply.error_code) == (400, "invalid_request")
    assert "Preference-Applied" not in reply.headers
    (issue,) = reply.json["error"]["issues"]
    assert issue["pointer"] == "Prefer"
    return str(issue["message"])


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", Preferences()),
        ("code=404", Preferences(code=404)),
        ("CODE = 404", Preferences(code=404)),
        ('code="404"', Preferences(code=404)),
        ("code=404, code=500", Preferences(code=404)),
        ("Code=404, code=500", Preferences(code=404)),
        ("code=404,example=a", Preferences(code=404, example="a")),
        (", ,code=404,", Preferences(code=404)),
        ("respond-async, wait=10, handling=lenient", Preferences()),
        ("wait=10, code=404", Preferences(code=404)),
        ("return=minimal; foo=bar, code=404; x=y", Preferences(code=404)),
        ("return=minimal; code=500", Preferences()),
        ('foo; bar="a, code=500", seed=1', Preferences(seed=1)),
        ('foo="a, code=500", seed=1', Preferences(seed=1)),
        ('example="with, a comma"', Preferences(example="with, a comma")),
        ("dynamic", Preferences(dynamic=True)),
        ("dynamic=true, seed=7", Preferences(dynamic=True, seed=7)),
        ("dynamic=false", Preferences()),
        ("scenario=succeeds", Preferences(scenario="succeeds")),
        ("@@, code=404", Preferences(code=404)),
    ],
)
def test_a_header_is_parsed_as_rfc_7240_specifies(header: str, expected: Preferences) -> None:
    assert read(Request("POST", "/", headers={"prefer": header})) == expected


@pytest.mark.parametrize("header", ["code=x", "code=", "code=-1", "seed=1.5", "dynamic=1"])
def test_an_invalid_value_is_an_error(header: str) -> None:
    with pytest.raises(PreferenceError, match=header.partition("=")[0]):
        read(Request("POST", "/", headers={"prefer": header}))


def test_preferences_may_be_in_several_header_lines() -> None:
    body = json.dumps({"package_release_id": ID}).encode()
    lines = (
        f"POST /api{GET} HTTP/1.1",
        "Host: localhost",
        "Connection: close",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Prefer: respond-async",
        "Prefer: example=failed-transpilation",
    )
    with running(mock_of(JUDGE, SHIPPED, clock=ManualClock())) as address:
        response = send_bytes(address, "\r\n".join([*lines, "", ""]).encode() + body)
    head, _, content = response.partition(b"\r\n\r\n")
    assert json.loads(content)["package_release"]["display_status"] == "failed"
    assert b"Preference-Applied: example=failed-transpilation" in head.split(b"\r\n")


def test_unknown_preferences_are_ignored(base: str) -> None:
    plain = call(base, "POST", GET, {"package_release_id": ID})
    for prefer in ("respond-async", "wait=5, return=minimal", "scenario=succeeds", "seed=3"):
        reply = get(base, prefer)
        assert reply.content == plain.content
        assert "Preference-Applied" not in reply.headers


@pytest.mark.parametrize("name", SHIPPED.fixtures)
def test_an_example_replaces_all_but_the_identity_in_one_response(base: str, name: str) -> None:
    identity = JUDGE.spec.types["PackageRelease"].identity
    plain = get(base, "")
    source = get(base, "", SHIPPED.fixtures[name].value["package_release_id"])
    example = get(base, f"example={name}")
    assert example.headers["Preference-Applied"] == f"example={name}"
    assert identity_of(example, identity) == identity_of(plain, identity)
    assert state_of(example, identity) == state_of(source, identity)
    assert get(base, "").content == plain.content


def identity_of(reply: Reply, names: frozenset[str]) -> dict[str, Any]:
    return {n: v for n, v in reply.json["package_release"].items() if n in names}


def state_of(reply: Reply, names: frozenset[str]) -> dict[str, Any]:
    return {n: v for n, v in reply.json["package_release"].items() if n not in names}


def test_an_example_applies_to_each_release_of_a_list(base: str) -> None:
    body = {"package_id": "pkg_3"}
    plain = call(base, "POST", LIST, body).json["package_releases"]
    reply = call(base, "POST", LIST, body, {"Prefer": "example=nulls"})
    listed = reply.json["package_releases"]
    name = "package_release_id"
    assert [release[name] for release in listed] == [release[name] for release in plain]
    assert {release["has_transpiled"] for release in listed} == {None}
    assert reply.headers["Preference-Applied"] == "example=nulls"


def test_an_example_has_empty_logs_if_the_request_excludes_them(base: str) -> None:
    body = {"package_release_id": ID}
    prefer = {"Prefer": "example=logs-long"}
    reply = call(base, "POST", f"{GET}?include_logs=false", body, prefer)
    names = JUDGE.spec.timeline("PackageRelease").role_properties("logs")
    assert [reply.json["package_release"][name] for name in names] == [[], []]


def test_an_unknown_example_is_an_error_with_the_valid_names_and_the_nearest(base: str) -> None:
    message = message_of_issue(get(base, "example=failed-transpilaton"))
    assert "did you mean failed-transpilation?" in message
    assert all(name in message for name in SHIPPED.fixtures)


def test_an_example_is_ignored_if_the_response_has_no_release(base: str) -> None:
    reply = call(base, "GET", "/packages/get?package_id=pkg_3", None, {"Prefer": "example=nulls"})
    assert reply.status == 200
    assert "Preference-Applied" not in reply.headers


def test_an_unknown_release_is_404_also_with_an_example(base: str) -> None:
    assert get(base, "example=successful", "rel_nobody").status == 404


@pytest.mark.parametrize(
    ("operation", "status"),
    ERRORS,
    ids=[f"{operation.id}-{status}" for operation, status in ERRORS],
)
def test_a_code_selects_each_documented_error_of_each_operation(
    base: str, operation: Operation, status: int
) -> None:
    reply = call(base, operation.method, operation.path, None, {"Prefer": f"code={status}"})
    assert reply.status == status
    assert reply.headers["Preference-Applied"] == f"code={status}"
    assert reply.json in operation.responses[status].examples.values()
    response = Response(reply.status, tuple(reply.headers.items()), reply.content)
    assert JUDGE.response(operation, None, response, timestamps.to_datetime(START)) == []


def test_an_undocumented_code_is_an_error_with_the_valid_codes(base: str) -> None:
    for prefer in ("code=500", "code=0", "code=99999", "code=403"):
        message = message_of_issue(get(base, prefer))
        for status in JUDGE.spec.operations["getPackageRelease"].responses:
            assert str(status) in message


@pytest.mark.parametrize("code", ["package_release_not_found", "package_not_found"])
def test_an_example_selects_one_of_several_errors_with_the_same_code(base: str, code: str) -> None:
    reply = get(base, f"code=404, example={code}")
    assert (reply.status, reply.error_code) == (404, code)
    assert reply.headers["Preference-Applied"] == f"code=404, example={code}"


def test_code_200_does_not_change_the_response(base: str) -> None:
    assert get(base, "code=200").content == get(base, "").content


def test_a_rebuild_with_a_code_has_no_effect() -> None:
    with mounted(mock_of(JUDGE, SHIPPED, clock=ManualClock())) as address:
        base = f"{address}/api"
        before = get(base, "", "rel_successful").content
        assert rebuild(base, "rel_successful", {**OWNER, "Prefer": "code=403"}).status == 403
        assert get(base, "", "rel_successful").content == before


def test_a_scenario_selects_what_one_rebuild_plays() -> None:
    clock = ManualClock()
    with mounted(mock_of(JUDGE, SHIPPED, clock=clock)) as address:
        base = f"{address}/api"
        prefer = "scenario=fails-transpilation"
        reply = rebuild(base, "rel_successful", {**OWNER, "Prefer": prefer})
        assert reply.status == 200
        assert reply.headers["Preference-Applied"] == prefer
        clock.forward(60)
        release = get(base, "", "rel_successful").json["package_release"]
        assert release["transpilation_display_status"] == "failed"
        again = rebuild(base, "rel_successful")
        clock.forward(60)
        assert "Preference-Applied" not in again.headers
        release = get(base, "", "rel_successful").json["package_release"]
        assert release["display_status"] == "successful"


@pytest.mark.parametrize("name", ["fails-transpilaton", "files-changed", "nulls", ""])
def test_a_scenario_that_a_rebuild_cannot_play_is_an_error_without_effect(name: str) -> None:
    """It does not exist, or does not start in the state of a release after a rebuild."""
    with mounted(mock_of(JUDGE, SHIPPED, clock=ManualClock())) as address:
        base = f"{address}/api"
        before = get(base, "", "rel_successful").content
        reply = rebuild(base, "rel_successful", {**OWNER, "Prefer": f"scenario={name}"})
        assert (reply.status, reply.error_code) == (400, "invalid_request")
        (issue,) = reply.json["error"]["issues"]
        valid = [s.name for s in SHIPPED.scenarios.values() if s.can_restart]
        assert "files-changed" not in valid
        assert all(scenario in issue["message"] for scenario in valid)
        assert ("did you mean fails-transpilation?" in issue["message"]) == name.startswith("fails")
        assert get(base, "", "rel_successful").content == before


def test_the_token_and_the_owner_are_checked_before_the_preference() -> None:
    with mounted(mock_of(JUDGE, SHIPPED, clock=ManualClock())) as address:
        base = f"{address}/api"
        prefer = {"Prefer": "scenario=nope"}
        assert rebuild(base, "rel_successful", prefer).status == 401
        assert rebuild(base, "rel_otheruser_failed", {**OWNER, **prefer}).status == 403
