"""Whatever is asked and steered in whichever order: answers stay valid, and sessions apart."""

import json
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
INSTANTS = st.sampled_from(
    ["2026-05-28T20:26:45Z", "2020-02-29T00:00:00Z", "9998-12-31T23:59:59Z", "soon"]
)
CLOCKS = st.one_of(
    st.builds(lambda s: {"advance": s}, st.sampled_from([0, 0.25, 1, 3, 10, 86400, 3e8, -1])),
    st.builds(lambda instant: {"set": instant}, INSTANTS),
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
    """Requests to a path, each with a body of these fields."""
    return st.builds(
        lambda body: request(method, path, body or None, OWNER), st.fixed_dictionaries(fields)
    )


STEERING = st.one_of(
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
ASKING = st.one_of(
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
PASSING = st.integers(0, 5000)  # milliseconds
STEPS = st.lists(st.tuples(PASSING, STEERING | ASKING), max_size=12)


def within(session: str, asked: Request) -> Request:
    """The request as one of a session."""
    return Request(
        asked.method, f"/_s/{session}{asked.path}", asked.query, asked.headers, asked.body
    )


def told(answer: Response, session: str) -> tuple[Any, ...]:
    """An answer without the name of its session."""
    body = answer.body.replace(f'"session":"{session}"'.encode(), b"").replace(
        f"/_s/{session}/".encode(), b"/"
    )
    return answer.status, answer.headers, body


def by_the_contract(judge: Judge, asked: Request, answer: Response, mock: Mock) -> list[str]:
    """What is wrong with an answer of the API, unless a fault asked for it."""
    if answer.faults or answer.status == 500:
        return [] if answer.faults else [answer.body.decode()]
    match = mock.resolver.router.match(asked.method, asked.path)
    operation = match.endpoint if match else None
    now = mock.sessions.session_state("default").clock.now(mock.sessions.wall())
    if operation is None:
        return [str(each) for each in judge.outside(404, answer)]
    query, body = dict(asked.query), json.loads(asked.body) if asked.body else None
    return [
        str(v) for v in judge.response(operation, Accepted(query, body), answer, to_datetime(now))
    ]


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_any_sequence_keeps_every_answer_valid(
    judge: Judge, fixtures: Fixtures, steps: list[tuple[int, Request]]
) -> None:
    hand = ManualClock()
    mock = still_mock(judge, fixtures, hand)
    for passed, asked in steps:
        hand.now += passed
        answer = checked_response(mock, asked)
        if not asked.path.startswith("/_mock"):
            assert by_the_contract(judge, asked, answer, mock) == []


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.tuples(st.sampled_from("ab"), STEPS), max_size=6))
def test_two_sessions_interleaved_answer_as_each_would_alone(
    judge: Judge, fixtures: Fixtures, steps: list[tuple[str, list[tuple[int, Request]]]]
) -> None:
    timed, wall = [], ManualClock().now
    for session, asked in steps:
        for passed, one in asked:
            wall += passed
            timed.append((wall, session, one))

    def answers(*sessions: str) -> list[tuple[str, tuple[Any, ...]]]:
        hand = ManualClock()
        mock = still_mock(judge, fixtures, hand)
        for session in sessions:
            respond(mock, request("GET", f"/_s/{session}/_mock/clock"))
        given = []
        for at, session, one in timed:
            if session in sessions:
                hand.now = at
                given.append((session, told(checked_response(mock, within(session, one)), session)))
        return given

    together = answers("a", "b")
    for session in "ab":
        assert answers(session) == [each for each in together if each[0] == session]


LOOKS = (
    request("POST", "/api/package_releases/get", {"package_release_id": "rel_successful"}, OWNER),
    request("POST", "/api/package_releases/list", {"package_id": "pkg_4"}),
    request("GET", "/api/packages/get?package_id=pkg_3"),
    request("POST", "/api/package_releases/get", {}),
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, session=st.sampled_from(["a", "b"]))
def test_a_request_asked_again_is_answered_as_one_asked_for_the_first_time(
    judge: Judge, fixtures: Fixtures, steps: list[tuple[int, Request]], session: str
) -> None:
    hand = ManualClock()
    mock, polled = still_mock(judge, fixtures, hand), [within(session, each) for each in LOOKS]
    rebuilt = {"package_release_id": "rel_successful"}
    respond(mock, within(session, request("POST", REBUILD, rebuilt, OWNER)))
    for passed, asked in steps:
        hand.now += passed
        if asked.path != "/_mock/faults":  # which strike only some of what is the same
            respond(mock, within(session, asked))
        for again, first in zip(polled, LOOKS, strict=True):
            new = respond(mock, within(session, first))
            old = respond(mock, again)
            assert (old.status, old.headers, old.body) == (new.status, new.headers, new.body)
            assert old.served == new.served
