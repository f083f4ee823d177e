"""After any sequence of requests, responses are valid and sessions do not affect each other."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.app.handle import respond
from mock_server.app.mock import Mock
from mock_server.contract.exchange import Request, Response
from mock_server.contract.judge import Judge
from mock_server.contract.requests import Accepted
from mock_server.fixtures.values import Fixtures
from mock_server.foundation.timestamps import to_datetime
from tests.helpers.requests import OWNER
from tests.mock_server.helpers.clocks import ManualClock
from tests.mock_server.helpers.controlled import checked_response, request, still_mock

REBUILD = "/api/package_releases/rebuild"
RELEASES = st.sampled_from(["rel_successful", "rel_pending", "rel_logs_long", "rel_nobody"])
FIXTURES = st.sampled_from(["successful", "failed-transpilation", "logs-mixed", "nulls", "nothing"])
SCENARIOS = st.sampled_from(
    ["succeeds", "fails-transpilation", "fails-circuit-json", "files-changed", "nothing"]
)
TIMESTAMPS = st.sampled_from(
    ["2026-05-28T20:26:45Z", "2020-02-29T00:00:00Z", "9998-12-31T23:59:59Z", "soon"]
)
CLOCKS = st.one_of(
    st.builds(lambda s: {"advance": s}, st.sampled_from([0, 0.25, 1, 3, 10, 86400, 3e8, -1])),
    st.builds(lambda timestamp: {"set": timestamp}, TIMESTAMPS),
    st.builds(lambda frozen: {"freeze": frozen}, st.booleans()),
    st.builds(lambda rate: {"rate": rate}, st.sampled_from([0, 0.5, 1, 60, 1_000_000])),
)
FAULTS = st.sampled_from(
    [
        {"kind": "status", "status": 503, "every": 2},
        {"kind": "status", "status": 404, "first": 1, "operation": "getPackageRelease"},
        {"kind": "delay", "seconds": 0.01},
        {"kind": "nothing"},
    ]
)


def to(method: str, path: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Request]:
    """Return a strategy of requests to a path, with a body of these fields."""
    return st.builds(
        lambda body: request(method, path, body or None, OWNER), st.fixed_dictionaries(fields)
    )


CONTROL_REQUESTS = st.one_of(
    to("POST", "/_mock/show", package_release_id=RELEASES, fixture=FIXTURES),
    to("POST", "/_mock/play", package_release_id=RELEASES, scenario=SCENARIOS),
    to("POST", "/_mock/next", scenario=SCENARIOS),
    to("POST", "/_mock/next", scenario=SCENARIOS, package_release_id=RELEASES),
    CLOCKS.map(lambda body: request("POST", "/_mock/clock", body)),
    FAULTS.map(lambda body: request("POST", "/_mock/faults", body)),
    st.sampled_from(
        [
            request("GET", "/_mock/clock"),
            request("GET", "/_mock/faults"),
            request("DELETE", "/_mock/faults"),
            request("GET", "/_mock/journal?status=200&limit=3"),
            request("GET", "/_mock/journal?format=har"),
            request("DELETE", "/_mock/journal"),
            request("POST", "/_mock/reset"),
            request("GET", "/_mock/nothing"),
        ]
    ),
)
API_REQUESTS = st.one_of(
    to("POST", "/api/package_releases/get", package_release_id=RELEASES),
    to("POST", REBUILD, package_release_id=RELEASES),
    to("POST", "/api/package_releases/list", package_id=st.sampled_from(["pkg_3", "pkg_4"])),
    st.sampled_from(
        [
            request("GET", "/api/packages/get?package_id=pkg_3"),
            request("GET", "/api/nowhere"),
            request(
                "POST",
                "/api/package_releases/get",
                {"package_release_id": "rel_pending"},
                {"prefer": "example=successful"},
            ),
        ]
    ),
)
# Each step: milliseconds that pass, then a request.
STEPS = st.lists(st.tuples(st.integers(0, 5000), CONTROL_REQUESTS | API_REQUESTS), max_size=12)


def in_session(session: str, request: Request) -> Request:
    """Return a request with the path of a session."""
    return replace(request, path=f"/_s/{session}{request.path}")


def without_session(response: Response, session: str) -> tuple[Any, ...]:
    """Return the status, headers and body of a response without the name of its session."""
    body = response.body.replace(f'"session":"{session}"'.encode(), b"").replace(
        f"/_s/{session}/".encode(), b"/"
    )
    return response.status, response.headers, body


def violations(judge: Judge, request: Request, response: Response, mock: Mock) -> list[str]:
    """Return the violations of a response of the API; empty if a fault changed the response."""
    if response.faults or response.status == 500:
        return [] if response.faults else [response.body.decode()]
    match = mock.resolver.router.match(request.method, request.path)
    operation = match.endpoint if match else None
    now = mock.sessions.session_state("default").clock.now(mock.sessions.wall())
    if operation is None:
        return [str(violation) for violation in judge.outside(404, response)]
    body = json.loads(request.body) if request.body else None
    accepted = Accepted(dict(request.query), body)
    return [
        str(violation)
        for violation in judge.response(operation, accepted, response, to_datetime(now))
    ]


@settings(max_examples=60)
@given(steps=STEPS)
def test_every_response_of_any_sequence_is_valid(
    judge: Judge, fixtures: Fixtures, steps: list[tuple[int, Request]]
) -> None:
    clock = ManualClock()
    mock = still_mock(judge, fixtures, clock)
    for milliseconds, step in steps:
        clock.now += milliseconds
        response = checked_response(mock, step)
        if not step.path.startswith("/_mock"):
            assert violations(judge, step, response, mock) == []


@settings(max_examples=30)
@given(steps=st.lists(st.tuples(st.sampled_from("ab"), STEPS), max_size=6))
def test_two_interleaved_sessions_return_the_same_responses_as_each_alone(
    judge: Judge, fixtures: Fixtures, steps: list[tuple[str, list[tuple[int, Request]]]]
) -> None:
    timed, now = [], ManualClock().now
    for session, session_steps in steps:
        for milliseconds, timed_request in session_steps:
            now += milliseconds
            timed.append((now, session, timed_request))

    def responses(*sessions: str) -> list[tuple[str, tuple[Any, ...]]]:
        clock = ManualClock()
        mock = still_mock(judge, fixtures, clock)
        for session in sessions:
            respond(mock, request("GET", f"/_s/{session}/_mock/clock"))
        pairs = []
        for timestamp, session, timed_request in timed:
            if session in sessions:
                clock.now = timestamp
                response = checked_response(mock, in_session(session, timed_request))
                pairs.append((session, without_session(response, session)))
        return pairs

    interleaved = responses("a", "b")
    for session in "ab":
        assert responses(session) == [pair for pair in interleaved if pair[0] == session]


READS = (
    request("POST", "/api/package_releases/get", {"package_release_id": "rel_successful"}, OWNER),
    request("POST", "/api/package_releases/list", {"package_id": "pkg_4"}),
    request("GET", "/api/packages/get?package_id=pkg_3"),
    request("POST", "/api/package_releases/get", {}),
)


@settings(max_examples=60)
@given(steps=STEPS, session=st.sampled_from(["a", "b"]))
def test_a_repeated_request_has_the_same_response_as_one_that_was_never_cached(
    judge: Judge, fixtures: Fixtures, steps: list[tuple[int, Request]], session: str
) -> None:
    clock = ManualClock()
    mock, polls = still_mock(judge, fixtures, clock), [in_session(session, r) for r in READS]
    body = {"package_release_id": "rel_successful"}
    respond(mock, in_session(session, request("POST", REBUILD, body, OWNER)))
    for milliseconds, step in steps:
        clock.now += milliseconds
        if step.path != "/_mock/faults":  # a fault may apply to only one of two equal requests
            respond(mock, in_session(session, step))
        for poll, read in zip(polls, READS, strict=True):
            new = respond(mock, in_session(session, read))
            repeated = respond(mock, poll)
            assert (repeated.status, repeated.headers) == (new.status, new.headers)
            assert (repeated.body, repeated.served) == (new.body, new.served)
