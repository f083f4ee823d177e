"""Live updates over real sockets: the events that a page receives."""

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from mock_server.app.mock import Mock, mock_of
from mock_server.contract.document.loading import load
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.operations import event_stream
from mock_server.server.in_process import running
from mock_server.state.catalog import reference
from mock_server.state.session_names import DEFAULT
from mock_server.state.session_state import SessionState
from tests.helpers.requests import call, rebuild, release
from tests.mock_server.helpers.clocks import ManualClock
from tests.mock_server.helpers.copies import spec_with, violations_of
from tests.mock_server.helpers.following import EVENTS, Block, Following, applied, following

FAILED, FINISHED = "rel_failed_transpilation", "rel_successful"
PENDING = "rel_pending"  # its builds have not ended, so that a stream of it stays open
HOUR = 3600.0


@dataclass(frozen=True)
class Stage:
    """A mock whose wall clock stands still: a test advances the clock of a session."""

    mock: Mock
    clock: ManualClock
    base: str

    def advance(self, seconds: float, session: str = DEFAULT) -> None:
        milliseconds = round(seconds * 1000)

        def later(session_state: SessionState) -> SessionState:
            return replace(
                session_state, clock=session_state.clock.advanced(self.clock(), milliseconds)
            )

        self.mock.sessions.change(session, later)

    def play(self, key: str, scenario: str) -> None:
        timeline = self.mock.dataset.fixtures.scenarios[scenario].timeline
        self.start(key, timeline.key)

    def start(self, key: str, timeline: str, later: int = 0) -> None:
        def with_playback(session_state: SessionState) -> SessionState:
            return session_state.with_playback(
                reference("PackageRelease", key),
                timeline,
                session_state.clock.now(self.clock()) + later,
            )

        self.mock.sessions.change(DEFAULT, with_playback)

    def events_of_a_rebuild(self) -> list[Block]:
        """Rebuild the pending release; return all events."""
        with following(self.base, PENDING) as stream:
            stream.event()
            rebuild(self.base, PENDING)
            self.advance(HOUR)
            return stream.rest()


@pytest.fixture
def stage(shipped: tuple[Judge, Fixtures], clock: ManualClock) -> Iterator[Stage]:
    mock = mock_of(*shipped, clock=clock)
    with running(mock) as address:
        yield Stage(mock, clock, f"{address}/api")


def next_event(stream: Following) -> Block:
    event = stream.event()
    assert event is not None, "the stream has ended"
    return event


@pytest.mark.parametrize(
    "scenario",
    ["succeeds", "fails-transpilation", "fails-circuit-json", "files-changed", "never-finishes"],
)
def test_the_events_of_a_scenario_equal_the_responses_at_every_time(
    stage: Stage, scenario: str
) -> None:
    """One event per segment; after each, the page has what GET would return."""
    stage.play(FAILED, scenario)
    segments = stage.mock.dataset.fixtures.scenarios[scenario].timeline.segments
    with following(stage.base, FAILED) as stream:
        next_event(stream)
        assert stream.release == release(stage.base, FAILED)
        for before, after in itertools.pairwise(segments):
            stage.advance((after.at - before.at) / 1000)
            event = next_event(stream)
            assert event.event in ("release", "log")
            assert stream.release == release(stage.base, FAILED)
        if stream.release["display_status"] == "building":
            return  # the build never ends, so that there is no event for its end
        end = next_event(stream)
        assert (end.event, end.data) == (
            "end",
            {"display_status": stream.release["display_status"]},
        )
        assert stream.event() is None
        assert stream.release == release(stage.base, FAILED)


def test_a_stream_sends_every_status_of_a_rebuild(stage: Stage) -> None:
    statuses: list[str] = []
    with following(stage.base, PENDING) as stream:
        next_event(stream)
        rebuild(stage.base, PENDING)
        for _ in range(100):
            stage.advance(0.1)
        while stream.event() is not None:
            statuses.append(stream.release["display_status"])
    assert list(dict.fromkeys(statuses)) == ["pending", "building", "successful"]


def test_a_jump_of_an_hour_sends_every_event_in_order(stage: Stage) -> None:
    """The events are the same as if the clock had been advanced step by step."""
    events = stage.events_of_a_rebuild()
    scenario = stage.mock.dataset.fixtures.default_scenario("PackageRelease")
    assert scenario is not None
    segments = scenario.timeline.segments
    assert [event.event for event in events[:2]] == ["release", "release"]
    assert events[0].data["display_status"] == "pending"
    assert len(events) == len(segments) + 1
    assert events[-1].event == "end"
    assert len({event.id for event in events}) == len(events)


def test_the_stream_of_a_finished_release_ends_at_once(stage: Stage) -> None:
    with following(stage.base, FINISHED) as stream:
        assert stream.block() == Block(retry="1000")
        assert next_event(stream).data == release(stage.base, FINISHED)
        assert next_event(stream).data == {"display_status": "successful"}
        assert stream.event() is None


def test_a_client_that_reconnects_misses_no_event_and_gets_none_twice(stage: Stage) -> None:
    """After any event, when the build has ended."""
    events = stage.events_of_a_rebuild()
    value: dict[str, Any] = {}
    for number, event in enumerate(events, 1):
        value = applied(value, event)
        with following(stage.base, PENDING, event.id) as stream:
            stream.release = value
            assert stream.status == (200 if event.event != "end" else 204)
            assert stream.rest() == events[number:]
            assert stream.release == release(stage.base, PENDING)


def test_a_client_that_reconnects_during_a_build_continues(stage: Stage) -> None:
    rebuild(stage.base, FAILED)
    with following(stage.base, FAILED) as stream:
        next_event(stream)
    stage.advance(1)
    with following(stage.base, FAILED, stream.last) as again:
        again.release = stream.release
        first = next_event(again)
        assert first.data["display_status"] == "building"
        while again.release != release(stage.base, FAILED):
            next_event(again)
        stage.advance(HOUR)
        events = [first, *again.rest()]
    assert events[-1].event == "end"


@pytest.mark.parametrize(
    "last", ["7", "-", "a-b-c-d-e", "0-0-0-0-0", "\u00fc", "9" * 5000, "1-1-1-999999999-0"]
)
def test_after_an_invalid_id_the_first_event_is_the_release(stage: Stage, last: str) -> None:
    with following(stage.base, FINISHED, last) as stream:
        assert [event.event for event in stream.rest()] == ["release", "end"]


def test_after_an_id_that_was_not_sent_the_first_event_is_the_release(stage: Stage) -> None:
    stage.play(FAILED, "succeeds")
    with following(stage.base, FAILED) as stream:
        play = next_event(stream).id.rsplit("-", 2)[0]
    for beyond in (f"{play}-99-1", f"{play}-1-1", f"{play}-0-9", f"{play}-0-\xb2"):
        with following(stage.base, FAILED, beyond) as stream:
            assert next_event(stream).id == f"{play}-0-1"


def test_after_an_id_of_an_earlier_build_the_first_event_is_the_release(stage: Stage) -> None:
    earlier = stage.events_of_a_rebuild()
    rebuild(stage.base, PENDING)
    stage.advance(1)
    for event in (earlier[0], earlier[3], earlier[-1]):
        with following(stage.base, PENDING, event.id) as stream:
            assert next_event(stream).event == "release"
            assert stream.release == release(stage.base, PENDING)


def test_an_open_stream_sends_a_new_playback_from_its_start(stage: Stage) -> None:
    """A rebuild during another, a shown fixture, a restarted session."""
    with following(stage.base, PENDING) as stream:
        next_event(stream)
        rebuild(stage.base, PENDING)
        assert next_event(stream).data["display_status"] == "pending"
        stage.advance(0.5)
        assert next_event(stream).data["display_status"] == "building"
        rebuild(stage.base, PENDING)
        assert next_event(stream).data["display_status"] == "pending"
        building = stage.mock.dataset.fixtures.fixtures["building-transpilation"].timeline
        stage.start(PENDING, building.key)
        assert next_event(stream).event == "release"
        assert stream.release == release(stage.base, PENDING)
        assert stream.release["transpilation_display_status"] == "building"
        stage.mock.sessions.restart(DEFAULT)
        assert next_event(stream).event == "release"
        assert stream.release == release(stage.base, PENDING)
        assert stream.release["display_status"] == "pending"


def open_stream(stage: Stage, key: str) -> None:
    with following(stage.base, key) as stream:
        next_event(stream)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("package_release_id=rel_none", 404, "package_release_not_found"),
        ("package_release_id=", 400, "invalid_request"),
        ("package_release_id=a&package_release_id=b", 400, "invalid_request"),
        ("", 400, "invalid_request"),
        ("package_id=pkg_3", 400, "invalid_request"),
    ],
)
def test_a_request_without_one_existing_release_is_an_error(
    stage: Stage, query: str, status: int, code: str
) -> None:
    reply = call(stage.base, "GET", f"/package_releases/events?{query}")
    assert (reply.status, reply.error_code) == (status, code)


def test_too_many_streams_are_503_until_a_client_disconnects(stage: Stage) -> None:
    stage.mock.sessions.max_streams = 1
    with following(stage.base, PENDING) as stream:
        next_event(stream)
        refused = call(stage.base, "GET", EVENTS + FINISHED)
        assert (refused.status, refused.error_code) == (503, "unavailable")
        assert int(refused.headers["Retry-After"]) >= 1
    deadline = time.monotonic() + 20
    while call(stage.base, "GET", EVENTS + FINISHED).status == 503:
        assert time.monotonic() < deadline


def test_head_returns_the_headers_and_opens_no_stream(stage: Stage) -> None:
    stage.mock.sessions.max_streams = 1
    for _ in range(3):
        reply = call(stage.base, "HEAD", EVENTS + PENDING)
        assert (reply.status, reply.content) == (200, b"")
        assert reply.headers["Content-Type"] == "text/event-stream"
    open_stream(stage, PENDING)


def test_the_headers_of_a_stream_forbid_caches_buffers_and_compression(stage: Stage) -> None:
    with following(stage.base, FINISHED, headers={"Origin": "http://localhost:5173"}) as stream:
        sent = dict(stream.response.getheaders())
    assert sent["Content-Type"] == "text/event-stream"
    assert sent["Cache-Control"] == "no-store, no-transform"
    assert sent["X-Accel-Buffering"] == "no"
    assert sent["Access-Control-Allow-Origin"] == "http://localhost:5173"


def test_a_frozen_clock_sends_only_heartbeats(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT", 0.01)
    stage.play(FAILED, "succeeds")

    def frozen(session_state: SessionState) -> SessionState:
        return replace(
            session_state, clock=session_state.clock.with_frozen(stage.clock(), frozen=True)
        )

    stage.mock.sessions.change(DEFAULT, frozen)
    with following(stage.base, FAILED) as stream:
        next_event(stream)
        stage.clock.forward(HOUR)
        assert [stream.block() for _ in range(5)] == [Block(comment="")] * 5
        stage.advance(0.5)
        assert next_event(stream).data["display_status"] == "building"


def test_the_wall_clock_advances_a_stream(stage: Stage) -> None:
    stage.play(FAILED, "succeeds")
    with following(stage.base, FAILED) as stream:
        next_event(stream)
        stage.clock.forward(0.5)
        assert next_event(stream).data["display_status"] == "building"


def test_two_hundred_open_streams_need_no_thread_and_block_no_other_request(stage: Stage) -> None:
    stage.play(FAILED, "never-finishes")
    threads = threading.active_count()
    with ExitStack() as stack:
        every = [stack.enter_context(following(stage.base, FAILED)) for _ in range(200)]
        for stream in every:
            assert next_event(stream).data["display_status"] == "pending"
        assert threading.active_count() == threads
        for _ in range(20):
            assert release(stage.base, FINISHED)["display_status"] == "successful"
        stage.advance(0.5)
        for stream in every:
            assert next_event(stream).data["display_status"] == "building"


def test_a_stream_ends_when_its_session_is_deleted(stage: Stage) -> None:
    with following(stage.base, PENDING) as stream:
        next_event(stream)
        assert stage.mock.sessions.delete(DEFAULT)
        assert stream.event() is None
    assert stage.mock.sessions.names() == []


def test_a_server_that_stops_ends_its_streams(shipped: tuple[Judge, Fixtures]) -> None:
    with ExitStack() as stack:
        with running(mock_of(*shipped, clock=ManualClock())) as address:
            stream = stack.enter_context(following(address, PENDING))
            next_event(stream)
        assert stream.event() is None


def test_an_event_that_breaks_the_contract_ends_the_stream(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """Here: a timestamp in the future. A comment names the rule."""
    finished = stage.mock.dataset.fixtures.fixtures["successful"].timeline
    with following(stage.base, PENDING) as stream:
        next_event(stream)
        stage.start(PENDING, finished.key, later=40 * 86_400_000)
        comment = stream.block()
        assert comment is not None
        assert comment.comment is not None
        assert comment.comment.startswith("error: ")
        assert "no-timestamp-in-the-future" in comment.comment
        assert stream.event() is None
    assert "no-timestamp-in-the-future" in caplog.text


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/_s/one/api", {}),
        ("/_s/one", {}),
        ("/api", {"X-Mock-Session": "one"}),
        ("", {"X-Mock-Session": "one"}),
        ("/api", {"Cookie": "mock_session=one"}),
    ],
)
def test_a_stream_belongs_to_the_session_that_path_header_or_cookie_names(
    stage: Stage, path: str, headers: dict[str, str]
) -> None:
    base = stage.base.removesuffix("/api") + path
    with following(base, PENDING, headers=headers) as stream:
        next_event(stream)
        owner = {"Authorization": "Bearer testuser-token", **headers}
        rebuild(stage.base, PENDING)  # in the default session
        stage.advance(HOUR)
        assert rebuild(base, PENDING, owner).status == 200
        assert next_event(stream).data["display_status"] == "pending"
        stage.advance(0.5, "one")
        assert next_event(stream).data["display_status"] == "building"


def refused_events(folder: Path, *edits: tuple[str, str]) -> list[Any]:
    return [(v.rule, v.message) for v in violations_of(load, spec_with(folder, *edits))]


def test_a_spec_with_an_unknown_event_or_one_twice_is_refused(tmp_path: Path) -> None:
    log, end = "kind: log, name: process", "{ kind: end, status: display_status }"
    once = ("x-event", "must be one event of each kind: resource, log, end")
    assert refused_events(tmp_path, (end, end.replace("end", "log")))[0] == once
    assert refused_events(tmp_path, (end, end.replace("end", "ends"))) == [once]
    assert refused_events(tmp_path, (log, "kind: log, name: proces")) == [
        ("x-event", "must have a property for the role name")
    ]
