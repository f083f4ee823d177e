"""What is to be told, as a pure function: whatever is played, and however time goes."""

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
from mock_server.operations.event_stream import Telling, Watch
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
LONG = 10_000_000  # milliseconds, longer than any timeline here

steps = st.fixed_dictionaries(
    {"after": st.integers(0, 1000)},
    optional={
        "display_status": st.sampled_from(["pending", "building", "successful", "failed"]),
        "has_transpiled": st.booleans(),
        "transpilation_started_at": st.integers(-1000, 1000),
        "more": st.dictionaries(st.sampled_from(LOGS), st.lists(anything, max_size=3)),
        "anew": st.sampled_from(LOGS),
    },
)


def timeline(name: str, start: Segment, changes: list[dict[str, Any]]) -> Timeline:
    """A timeline with segments of any kind, such as no scenario has too."""
    segments = [Segment(0, start.values, start.offsets)]
    for change in changes:
        before = segments[-1]
        values, offsets = dict(before.values), dict(before.offsets)
        if "anew" in change:
            values[change["anew"]] = []
        for log, entries in change.get("more", {}).items():
            values[log] = [*values[log], *entries]
        for plain in ("display_status", "has_transpiled"):
            values[plain] = change.get(plain, values[plain])
        if "transpilation_started_at" in change:
            values["transpilation_started_at"] = None
            offsets["transpilation_started_at"] = change["transpilation_started_at"]
        segments.append(Segment(before.at + change["after"], values, offsets))
    return Timeline(name, tuple(segments))


@st.composite
def courses(draw: st.DrawFn, start: Segment) -> list[Timeline | int]:
    """Timelines that begin to play, and milliseconds that pass between."""
    plays = st.builds(
        lambda number, changes: timeline(f"play-{number}", start, changes),
        st.integers(0, 9),
        st.lists(steps, max_size=6),
    )
    first = draw(plays)
    return [first, *draw(st.lists(st.integers(0, 2500) | plays, max_size=8)), LONG]


def watch_of(shipped: tuple[Judge, Fixtures]) -> Watch:
    judge, fixtures = shipped
    return Watch(
        judge,
        dataset_of(judge.spec, fixtures),
        Sessions(MemoryStore(), ManualClock()),
        DEFAULT,
        fixtures.releases["pending"],
        judge.spec.operations["watchPackageRelease"].responses[200].events,
    )


def after_all(release: Mapping[str, Any], told: tuple[Telling, ...]) -> Mapping[str, Any]:
    blocks = (Block(event=telling.event.name, data=telling.data) for telling in told)
    return reduce(applied, blocks, release)


@pytest.fixture(scope="module")
def watch(shipped: tuple[Judge, Fixtures]) -> Watch:
    return watch_of(shipped)


@given(data=st.data())
def test_the_folded_events_are_what_is_answered_at_every_moment(
    watch: Watch, data: st.DataObject
) -> None:
    """Any timelines, any new play in the middle of another, any leaps of time."""
    fixture, now = watch.fixture, START
    session_state, after, seen = new_session_state(now, now), None, after_all({}, ())
    for happens in data.draw(courses(fixture.timeline.segments[0])):
        if isinstance(happens, Timeline):
            timelines = {**watch.dataset.timelines, happens.key: happens}
            watch = replace(watch, dataset=replace(watch.dataset, timelines=timelines))
            session_state = session_state.with_playback(
                watch.dataset.key_of(fixture), happens.key, now
            )
        else:
            now += happens
        due = watch.due(session_state, now, after)
        seen = after_all(seen, due.events)
        after = due.events[-1].position if due.events else after
        course = playback_of(watch.dataset, session_state, fixture)
        assert seen == value_at(watch.dataset, session_state, fixture, course, now)
        assert due.more_at is None or due.more_at > now
        assert watch.due(session_state, now, after).events == ()
        ended = watch.dataset.spec.ended(course.timeline.segments[-1].values["display_status"])
        assert due.over == (due.more_at is None and ended)


@given(data=st.data())
def test_after_each_event_come_those_after_it_and_no_other(
    watch: Watch, data: st.DataObject
) -> None:
    fixture = watch.fixture
    start = fixture.timeline.segments[0]
    played = timeline("played", start, data.draw(st.lists(steps, max_size=8)))
    dataset = replace(watch.dataset, timelines={**watch.dataset.timelines, played.key: played})
    watch = replace(watch, dataset=dataset)
    session_state = new_session_state(START, START).with_playback(
        dataset.key_of(fixture), played.key, START
    )
    first = watch.due(session_state, START - 1, None).events
    told = (*first, *watch.due(session_state, START + LONG, first[-1].position).events)
    assert len({str(telling.position) for telling in told}) == len(told)
    for number, telling in enumerate(told, 1):
        position = watch.resumed(str(telling.position), session_state, START + LONG)
        assert position == telling.position
        assert watch.due(session_state, START + LONG, position).events == told[number:]


@given(data=st.data())
def test_a_snapshot_tells_all_that_there_is(watch: Watch, data: st.DataObject) -> None:
    """Whoever comes new, at any moment, gets the whole release and nothing of it twice."""
    fixture = watch.fixture
    start = fixture.timeline.segments[0]
    played = timeline("played", start, data.draw(st.lists(steps, max_size=8)))
    dataset = replace(watch.dataset, timelines={**watch.dataset.timelines, played.key: played})
    session_state = new_session_state(START, START).with_playback(
        dataset.key_of(fixture), played.key, START
    )
    for segment in played.segments:
        first, *more = (
            replace(watch, dataset=dataset).due(session_state, START + segment.at, None).events
        )
        course = playback_of(dataset, session_state, fixture)
        assert first.data == value_at(dataset, session_state, fixture, course, START + segment.at)
        assert [telling.event.name for telling in more] in ([], ["end"])


def test_a_log_that_begins_anew_is_told_with_the_whole_release(watch: Watch) -> None:
    """Also when it is longer than the one before, so that its length alone says nothing."""
    start, log = watch.fixture.timeline.segments[0], LOGS[0]
    changes = [
        {"after": 1, "more": {log: ["a"]}},
        {"after": 1, "anew": log, "more": {log: ["b", "c"]}},
        {"after": 1, "more": {log: ["d", "e"], LOGS[1]: ["f"]}, "has_transpiled": True},
    ]
    played = timeline("played", start, changes)
    dataset = replace(watch.dataset, timelines={**watch.dataset.timelines, played.key: played})
    session_state = new_session_state(START, START).with_playback(
        dataset.key_of(watch.fixture), played.key, START
    )
    beginning = replace(watch, dataset=dataset).due(session_state, START, None).events[-1].position
    told = replace(watch, dataset=dataset).due(session_state, START + 3, beginning).events
    names = [telling.event.name for telling in told]
    assert names == ["log", "release", "log", "log", "log", "release"]
    assert told[0].data == {"process": "transpilation", "index": 0, "entry": "a"}
    assert told[1].data[log] == ["b", "c"]
    assert told[4].data == {"process": "circuit_json_build", "index": 0, "entry": "f"}
