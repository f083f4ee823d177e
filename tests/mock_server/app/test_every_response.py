"""Every response conforms to the contract; one that does not is replaced with a 500 error."""

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.app.handle import respond
from mock_server.app.mock import Mock, mock_of
from mock_server.contract.document.operation import Operation
from mock_server.contract.exchange import Request, Response
from mock_server.contract.judge import Judge, resources_in
from mock_server.contract.requests import Accepted, Rejected
from mock_server.contract.source import json_text
from mock_server.fixtures.values import Fixture, Fixtures
from mock_server.foundation import timestamps
from tests.helpers.shipped import shipped_sources
from tests.mock_server.helpers.clocks import ManualClock

JUDGE, SHIPPED = shipped_sources()
OPERATIONS = [  # test_event_stream.py tests those that stream
    operation
    for operation in JUDGE.spec.operations.values()
    if operation.responses[200].media_type == "application/json"
]
ACCOUNTS = [None, "testuser-token", "otheruser-token", "nobody"]
RELEASES = [str(f.value["package_release_id"]) for f in SHIPPED.fixtures.values()]
PACKAGES = [each.value for each in SHIPPED.listed if each.type.name == "Package"]
VALUES: dict[str, list[Any]] = {
    "package_release_id": [*RELEASES, "rel_nobody"],
    "package_id": [*(package["package_id"] for package in PACKAGES), "pkg_none"],
    "package_name": [*(package["name"] for package in PACKAGES), "nobody/nothing"],
    "name": [*(package["name"] for package in PACKAGES), "nobody/nothing"],
    "package_name_with_version": ["testuser/my-test-board@1.0.0", "testuser/blinky@1.2.0", "a@b"],
    "is_latest": [True, False],
    "version": ["1.0.0", "0.1.0", "none"],
    "commit_sha": ["42633bb58f848316e0a06cbf7afffbda0b835a20", "none"],
    "account_id": ["account-1234", "account_2", "none"],
    "github_username": ["testuser", "otheruser", "none"],
    "include_logs": ["true", "false", "maybe"],
}


@st.composite
def requests(draw: st.DrawFn) -> tuple[Operation, Request]:
    """Return a valid or invalid request of any operation, with any credentials or none."""
    operation = draw(st.sampled_from(OPERATIONS))
    headers = {"content-type": "application/json"}
    token = draw(st.sampled_from(ACCOUNTS))
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    query = tuple(
        (parameter.name, draw(st.sampled_from(VALUES[parameter.name])))
        for parameter in operation.parameters
        if draw(st.booleans())
    )
    body = b""
    if operation.body is not None:
        keys = schema_keys(operation.body)
        names = draw(st.lists(st.sampled_from(keys), min_size=1, max_size=2, unique=True))
        parameters = {name: draw(st.sampled_from(VALUES[name])) for name in names}
        if operation.id == "getPackageRelease" and not draw(st.integers(0, 3)):
            parameters["is_latest"] = True
        body = json.dumps(parameters).encode()
    path = draw(st.sampled_from(JUDGE.spec.prefixes)) + operation.path
    return operation, Request(operation.method, path, query, headers, body)


def schema_keys(pointer: str) -> list[str]:
    """Return the properties of the schema to which the value at a JSON Pointer refers."""
    schema: Any = JUDGE.spec.data
    for part in pointer.split("/")[1:]:
        schema = schema[part.replace("~1", "/").replace("~0", "~")]
    name = schema["$ref"].rpartition("/")[2]
    return list(JUDGE.spec.schema(name)["properties"])


SECONDS = st.sampled_from([0.0, 0.001, 0.1, 0.5, 1.0, 3.0, 60.0, 86_400.0]) | st.floats(0, 8)


@given(st.lists(st.tuples(requests(), SECONDS), min_size=1, max_size=25))
@settings(max_examples=60)
def test_every_response_of_any_sequence_of_requests_conforms_to_the_contract(
    steps: list[tuple[tuple[Operation, Request], float]],
) -> None:
    clock = ManualClock()
    mock = mock_of(JUDGE, SHIPPED, clock=clock)
    last_seen: dict[str, Any] = {}
    for (operation, request), seconds in steps:
        response = respond(mock, request)
        assert response.status < 500
        verdict = mock.resolver.judge.judge(operation, request)
        accepted = verdict if isinstance(verdict, Accepted) else None
        now = timestamps.to_datetime(clock.now)
        assert JUDGE.response(operation, accepted, response, now, last_seen) == []
        if isinstance(verdict, Rejected):
            assert response.status in (verdict.status, 401)
        remember(operation, accepted, response, last_seen)
        clock.forward(seconds)


def remember(
    operation: Operation, accepted: Accepted | None, response: Response, last_seen: dict[str, Any]
) -> None:
    """Store each release of a response that includes the logs."""
    if response.status != 200 or accepted is None or not JUDGE.shows_logs(operation, accepted):
        return
    body = json_text.parse(response.body)
    for name, _, value in resources_in(operation.responses[200], body):
        if name == "PackageRelease":
            last_seen[value["package_release_id"]] = value


def get(mock: Mock, key: str, path: str = "/api/package_releases/get") -> Response:
    headers = {"content-type": "application/json", "authorization": "Bearer testuser-token"}
    return respond(
        mock, Request("POST", path, (), headers, json.dumps({"package_release_id": key}).encode())
    )


def with_values(fixture: Fixture, **values: object) -> Fixture:
    """Return a fixture with other values in its timeline, which the loader would reject."""
    segment, *_ = fixture.timeline.segments
    segment = replace(segment, values={**segment.values, **values})
    return replace(fixture, timeline=replace(fixture.timeline, segments=(segment,)))


# Title → values of a release, part of the message.
INVALID: dict[str, tuple[dict[str, object], str]] = {
    "a status that does not follow": ({"display_status": "failed"}, "display_status must follow"),
    "an unknown status": ({"display_status": "ready"}, "must be one of pending, building"),
    "a wrong type": ({"transpilation_logs": "none"}, "must be a list"),
    "a flag": ({"transpilation_in_progress": True}, "must be in progress if it is building"),
}


@pytest.mark.parametrize(("values", "message"), INVALID.values(), ids=INVALID)
def test_an_invalid_release_is_replaced_with_a_500_that_lists_its_violations(
    judge: Judge, fixtures: Fixtures, values: dict[str, object], message: str
) -> None:
    invalid = with_values(fixtures.fixtures["successful"], **values)
    changed = {**fixtures.fixtures, "successful": invalid}
    mock = mock_of(judge, replace(fixtures, fixtures=changed))
    response = get(mock, "rel_successful")
    assert response.status == 500
    error = json.loads(response.body)["error"]
    assert error["error_code"] == "internal_error"
    assert message in " ".join(issue["message"] for issue in error["issues"])
    assert judge.outside(500, response) == []
    assert get(mock, "rel_pending").status == 200


def test_a_rebuild_that_would_return_an_invalid_release_is_a_500(
    judge: Judge, fixtures: Fixtures
) -> None:
    scenario = fixtures.default_scenario("PackageRelease")
    assert scenario is not None
    first, *rest = scenario.timeline.segments
    first = replace(first, values={**first.values, "transpilation_is_stale": True})
    timeline = replace(scenario.timeline, segments=(first, *rest))
    scenarios = {**fixtures.scenarios, scenario.name: replace(scenario, timeline=timeline)}
    mock = mock_of(judge, replace(fixtures, scenarios=scenarios))
    response = get(mock, "rel_pending", "/package_releases/rebuild")
    assert response.status == 500
    assert b"after a rebuild no process may be stale" in response.body


@cache
def shared_mock() -> Mock:
    return mock_of(JUDGE, SHIPPED, clock=ManualClock())


@given(
    st.builds(
        Request,
        st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "PUT", "", "\0"]) | st.text(max_size=5),
        st.sampled_from([o.path for o in OPERATIONS] + ["/", "", "/api", "/package_files/get"])
        | st.text(max_size=20),
        st.lists(st.tuples(st.sampled_from(list(VALUES)) | st.text(), st.text()), max_size=3).map(
            tuple
        ),
        st.dictionaries(
            st.sampled_from(["content-type", "authorization", "origin", "x-request-id", "cookie"]),
            st.sampled_from(["application/json", "Bearer testuser-token", ""])
            | st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=20),
            max_size=3,
        ),
        st.binary(max_size=60) | st.sampled_from([b"{}", b'{"package_id": "pkg_3"}', b"[" * 999]),
    )
)
@settings(max_examples=300)
def test_no_request_causes_a_server_error(request: Request) -> None:
    response = respond(shared_mock(), request)
    assert response.status < 500
    if response.status >= 400:
        assert set(json.loads(response.body)) == {"error"}
