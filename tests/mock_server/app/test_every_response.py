"""Whatever is asked, whenever and by whom: every answer keeps the contract, or is never served."""

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.app.handle import respond
from mock_server.app.mock import Mock, mock_of
from mock_server.contract.document.spec import Operation
from mock_server.contract.exchange import Request, Response
from mock_server.contract.judge import Judge, entities_in
from mock_server.contract.requests import Accepted, Rejected
from mock_server.contract.source import json_text
from mock_server.fixtures.values import Fixture, Fixtures
from mock_server.foundation import timestamps
from tests.helpers.shipped import shipped_sources
from tests.mock_server.helpers.clocks import ManualClock

JUDGE, SHIPPED = shipped_sources()
OPERATIONS = [  # those that stream have tests of their own
    operation
    for operation in JUDGE.spec.operations.values()
    if operation.responses[200].media_type == "application/json"
]
ACCOUNTS = [None, "testuser-token", "otheruser-token", "nobody"]
RELEASES = [str(f.release["package_release_id"]) for f in SHIPPED.releases.values()]
KNOWN: dict[str, list[Any]] = {
    "package_release_id": [*RELEASES, "rel_nobody"],
    "package_id": [*(p.value["package_id"] for p in SHIPPED.packages), "pkg_none"],
    "package_name": [*(p.value["name"] for p in SHIPPED.packages), "nobody/nothing"],
    "name": [*(p.value["name"] for p in SHIPPED.packages), "nobody/nothing"],
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
    """A request of any operation, well or badly formed, by anybody."""
    operation = draw(st.sampled_from(OPERATIONS))
    headers = {"content-type": "application/json"}
    token = draw(st.sampled_from(ACCOUNTS))
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    query = tuple(
        (parameter.name, draw(st.sampled_from(KNOWN[parameter.name])))
        for parameter in operation.parameters
        if draw(st.booleans())
    )
    body = b""
    if operation.body is not None:
        keys = schema_keys(operation.body)
        given = draw(st.lists(st.sampled_from(keys), min_size=1, max_size=2, unique=True))
        asked = {key: draw(st.sampled_from(KNOWN[key])) for key in given}
        if operation.id == "getPackageRelease" and not draw(st.integers(0, 3)):
            asked["is_latest"] = True
        body = json.dumps(asked).encode()
    path = draw(st.sampled_from(JUDGE.spec.prefixes)) + operation.path
    return operation, Request(operation.method, path, query, headers, body)


def schema_keys(where: str) -> list[str]:
    reference = where
    schema: Any = JUDGE.spec.data
    for part in reference.split("/")[1:]:
        schema = schema[part.replace("~1", "/").replace("~0", "~")]
    name = schema["$ref"].rpartition("/")[2]
    return list(JUDGE.spec.schema(name)["properties"])


SECONDS = st.sampled_from([0.0, 0.001, 0.1, 0.5, 1.0, 3.0, 60.0, 86_400.0]) | st.floats(0, 8)


@given(st.lists(st.tuples(requests(), SECONDS), min_size=1, max_size=25))
@settings(max_examples=60, deadline=None)
def test_any_course_of_requests_gets_answers_that_keep_the_contract(
    course: list[tuple[tuple[Operation, Request], float]],
) -> None:
    hand = ManualClock()
    mock = mock_of(JUDGE, SHIPPED, clock=hand)
    last: dict[str, Any] = {}
    for (operation, request), seconds in course:
        answer = respond(mock, request)
        assert answer.status < 500
        verdict = mock.resolver.judge.judge(operation, request)
        asked = verdict if isinstance(verdict, Accepted) else None
        now = timestamps.to_datetime(hand.now)
        assert JUDGE.response(operation, asked, answer, now, last) == []
        if isinstance(verdict, Rejected):
            assert answer.status in (verdict.status, 401)
        remember(operation, asked, answer, last)
        hand.forward(seconds)


def remember(
    operation: Operation, asked: Accepted | None, answer: Response, last: dict[str, Any]
) -> None:
    """Keeps what was seen of each release with its logs."""
    if answer.status != 200 or asked is None or not JUDGE.shows_logs(operation, asked):
        return
    body = json_text.parse(answer.body)
    for name, _, value in entities_in(operation.responses[200], body):
        if name == JUDGE.spec.release:
            last[value["package_release_id"]] = value


def get(mock: Mock, key: str, path: str = "/api/package_releases/get") -> Response:
    headers = {"content-type": "application/json", "authorization": "Bearer testuser-token"}
    return respond(
        mock, Request("POST", path, (), headers, json.dumps({"package_release_id": key}).encode())
    )


def lying(fixture: Fixture, **values: object) -> Fixture:
    """A fixture whose timeline says something else than its file, as no loader would let it."""
    segment, *_ = fixture.timeline.segments
    segment = replace(segment, values={**segment.values, **values})
    return replace(fixture, timeline=replace(fixture.timeline, segments=(segment,)))


LIES: dict[str, tuple[dict[str, object], str]] = {
    "a status that does not follow": ({"display_status": "failed"}, "display_status must follow"),
    "a status that is none": ({"display_status": "ready"}, "must be one of pending, building"),
    "a wrong type": ({"transpilation_logs": "none"}, "must be a list"),
    "a flag": ({"transpilation_in_progress": True}, "must be in progress if it is building"),
}


@pytest.mark.parametrize(("values", "told"), LIES.values(), ids=LIES)
def test_a_lie_is_never_served_but_a_500_that_names_what_is_wrong_with_it(
    judge: Judge, fixtures: Fixtures, values: dict[str, object], told: str
) -> None:
    liar = lying(fixtures.releases["successful"], **values)
    mock = mock_of(judge, replace(fixtures, releases={**fixtures.releases, "successful": liar}))
    answer = get(mock, "rel_successful")
    assert answer.status == 500
    error = json.loads(answer.body)["error"]
    assert error["error_code"] == "internal_error"
    assert told in " ".join(issue["message"] for issue in error["issues"])
    assert judge.outside(500, answer) == []
    assert get(mock, "rel_pending").status == 200


def test_a_rebuild_that_would_lie_is_a_500(judge: Judge, fixtures: Fixtures) -> None:
    scenario = fixtures.default_scenario
    first, *rest = scenario.timeline.segments
    first = replace(first, values={**first.values, "transpilation_is_stale": True})
    timeline = replace(scenario.timeline, segments=(first, *rest))
    scenarios = {**fixtures.scenarios, scenario.name: replace(scenario, timeline=timeline)}
    mock = mock_of(judge, replace(fixtures, scenarios=scenarios))
    answer = get(mock, "rel_pending", "/package_releases/rebuild")
    assert answer.status == 500
    assert b"after a rebuild no process may be stale" in answer.body


@cache
def the_mock() -> Mock:
    return mock_of(JUDGE, SHIPPED, clock=ManualClock())


@given(
    st.builds(
        Request,
        st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "PUT", "", "\0"]) | st.text(max_size=5),
        st.sampled_from([o.path for o in OPERATIONS] + ["/", "", "/api", "/package_files/get"])
        | st.text(max_size=20),
        st.lists(st.tuples(st.sampled_from(list(KNOWN)) | st.text(), st.text()), max_size=3).map(
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
@settings(max_examples=300, deadline=None)
def test_no_request_at_all_makes_the_mock_fail(request: Request) -> None:
    answer = respond(the_mock(), request)
    assert answer.status < 500
    if answer.status >= 400:
        assert set(json.loads(answer.body)) == {"error"}
