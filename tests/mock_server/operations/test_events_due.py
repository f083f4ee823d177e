"""Which events are due: a pure function of playback, time and the last event."""

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.contract.judge import Judge
from mock_server.fixtures.timeline import Segment, Timeline
from mock_server.fixtures.values import Fixtures
from mock_server.operations.event_stream import DueEvent, ResourceStream
from mock_server.state.dataset import dataset_of
from mock_server.state.playback import playback_of, value_at
from mock_server.state.session_names import DEFAULT
from mock_server.state.session_state import new_session_state
from mock_server.state.sessions import Sessions
from mock_server.stores import MemoryStore
from tests.mock_server.helpers.clocks import START, ManualClock
from tests.mock_server.helpers.following import Block, applied
from tests.mock_server.helpers.strategies import anything

LOGS = ("transpilation_logs", "circuit_json_build_logs")
LONG = 10_000_000  # milliseconds, longer than any timeline in this file

steps = st.fixed_dictionaries(
    {"after": st.integers(0, 1000)},
    optional={
        "display_status": st.sampled_from(["pending", "building", "successful", "failed"]),
        "has_transpiled": st.booleans(),
        "transpilation_started_at": st.integers(-1000, 1000),
        "appended": st.dictionaries(st.sampled_from(LOGS), st.lists(anything, max_size=3)),
        "cleared": st.sampled_from(LOGS),
    },
)


def timeline(name: str, start: Segment, changes: list[dict[str, Any]]) -> Timeline:
    """Return a timeline of any segments, also of those that no scenario can have."""
    segments = [Segment(0, start.values, start.offsets)]
    for change in changes:
        before = segments[-1]
        values, offsets = dict(before.values), dict(before.offsets)
        if "cleared" in change:
            values[change["cleared"]] = []
        for log, entries in change.get("appended", {}).items():
            values[log] = [*values[log], *entries]
        for plain in ("display_status", "has_transpiled"):
            values[plain] = change.get(plain, values[plain])
        if "transpilation_started_at" in change:
            values["transpilation_started_at"] = None
            offsets["transpilation_started_at"] = change["transpilation_started_at"]
        segments.append(Segment(before.at + change["after"], values, offsets))
    return Timeline(name, tuple(segments))


@st.composite
def playbacks(draw: st.DrawFn, start: Segment) -> list[Timeline | int]:
    """Timelines that start to play, and the milliseconds between them."""
    timelines = st.builds(
        lambda number, changes: timeline(f"play-{number}", start, changes),
        st.integers(0, 9),
        st.lists(steps, max_size=6),
    )
    first = draw(timelines)
    return [first, *draw(st.lists(st.integers(0, 2500) | timelines, max_size=8)), LONG]


def release_stream(shipped: tuple[Judge, Fixtures]) -> ResourceStream:
    judge, fixtures = shipped
    dataset = dataset_of(judge.spec, fixtures)
    return ResourceStream(
        judge,
        dataset,
        Sessions(MemoryStore(), ManualClock()),
        DEFAULT,
        dataset.resource_of(fixtures.fixtures["pending"]),
        judge.spec.operations["watchPackageRelease"].responses[200].events,
    )


def first_segment(stream: ResourceStream) -> Segment:
    fixture = stream.resource.fixture
    assert fixture is not None
    return fixture.timeline.segments[0]


def after_all(release: Mapping[str, Any], events: tuple[DueEvent, ...]) -> Mapping[str, Any]:
    blocks = (Block(event=due.event.name, data=due.data) for due in events)
    return reduce(applied, blocks, release)


@pytest.fixture(scope="module")
def stream(shipped: tuple[Judge, Fixtures]) -> ResourceStream:
    return release_stream(shipped)


@given(data=st.data())
def test_the_combined_events_equal_the_release_at_every_time(
    stream: ResourceStream, data: st.DataObject
) -> None:
    """For any timelines, also one that replaces another, and any jumps of time."""
    resource, now = stream.resource, START
    session_state, after, combined = new_session_state(now, now), None, after_all({}, ())
    for step in data.draw(playbacks(first_segment(stream))):
        if isinstance(step, Timeline):
            timelines = {**stream.dataset.timelines, step.key: step}
            stream = replace(stream, dataset=replace(stream.dataset, timelines=timelines))
            session_state = session_state.with_playback(resource.reference, step.key, now)
        else:
            now += step
        due = stream.due(session_state, now, after)
        combined = after_all(combined, due.events)
        after = due.events[-1].position if due.events else after
        playback = playback_of(stream.dataset, session_state, resource)
        assert playback is not None
        assert combined == value_at(session_state, resource, playback, now)
        assert due.next_at is None or due.next_at > now
        assert stream.due(session_state, now, after).events == ()
        roles = stream.dataset.spec.timeline("PackageRelease")
        ended = roles.ended(playback.timeline.segments[-1].values["display_status"])
        assert due.complete == (due.next_at is None and ended)


@given(data=st.data())
def test_a_stream_continues_after_the_event_with_the_given_id(
    stream: ResourceStream, data: st.DataObject
) -> None:
    resource, start = stream.resource, first_segment(stream)
    played = timeline("played", start, data.draw(st.lists(steps, max_size=8)))
    dataset = replace(stream.dataset, timelines={**stream.dataset.timelines, played.key: played})
    stream = replace(stream, dataset=dataset)
    session_state = new_session_state(START, START).with_playback(
        resource.reference, played.key, START
    )
    first = stream.due(session_state, START - 1, None).events
    events = (*first, *stream.due(session_state, START + LONG, first[-1].position).events)
    assert len({str(event.position) for event in events}) == len(events)
    for number, event in enumerate(events, 1):
        position = stream.position_of(str(event.position), session_state, START + LONG)
        assert position == event.position
        assert stream.due(session_state, START + LONG, position).events == events[number:]


@given(data=st.data())
def test_the_first_event_is_the_complete_release(
    stream: ResourceStream, data: st.DataObject
) -> None:
    """At any time; after it comes no event but the end."""
    resource, start = stream.resource, first_segment(stream)
    played = timeline("played", start, data.draw(st.lists(steps, max_size=8)))
    dataset = replace(stream.dataset, timelines={**stream.dataset.timelines, played.key: played})
    session_state = new_session_state(START, START).with_playback(
        resource.reference, played.key, START
    )
    for segment in played.segments:
        first, *more = (
            replace(stream, dataset=dataset).due(session_state, START + segment.at, None).events
        )
        playback = playback_of(dataset, session_state, resource)
        assert first.data == value_at(session_state, resource, playback, START + segment.at)
        assert [event.event.name for event in more] in ([], ["end"])


def test_a_log_that_was_cleared_is_sent_with_the_complete_release(stream: ResourceStream) -> None:
    """Even if it is longer than before."""
    start, log = first_segment(stream), LOGS[0]
    changes = [
        {"after": 1, "appended": {log: ["a"]}},
        {"after": 1, "cleared": log, "appended": {log: ["b", "c"]}},
        {"after": 1, "appended": {log: ["d", "e"], LOGS[1]: ["f"]}, "has_transpiled": True},
    ]
    played = timeline("played", start, changes)
    dataset = replace(stream.dataset, timelines={**stream.dataset.timelines, played.key: played})
    session_state = new_session_state(START, START).with_playback(
        stream.resource.reference, played.key, START
    )
    stream = replace(stream, dataset=dataset)
    start_position = stream.due(session_state, START, None).events[-1].position
    events = stream.due(session_state, START + 3, start_position).events
    names = [event.event.name for event in events]
    assert names == ["log", "release", "log", "log", "log", "release"]
    assert events[0].data == {"process": "transpilation", "index": 0, "entry": "a"}
    assert events[1].data[log] == ["b", "c"]
    assert events[4].data == {"process": "circuit_json_build", "index": 0, "entry": "f"}
