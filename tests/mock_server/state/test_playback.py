"""A resource plays the timeline of its session, or shows its change, or else its fixture."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from mock_server.fixtures.timeline import Timeline
from mock_server.foundation import timestamps
from mock_server.state.dataset import dataset_of
from mock_server.state.playback import (
    Playback,
    identity_of,
    playback_of,
    value_at,
    with_next_scenario_played,
)
from mock_server.state.session_state import SessionState, new_session_state
from tests.helpers.shipped import shipped_sources

START = timestamps.parse("2026-01-01T00:00:00.000Z")
NEW = new_session_state(START, START)
JUDGE, SHIPPED = shipped_sources()
DATASET = dataset_of(JUDGE.spec, SHIPPED)
RELEASE = JUDGE.spec.types["PackageRelease"]
RESOURCE = DATASET.resource_of(SHIPPED.fixtures["successful"])
CREATED = replace(RESOURCE, fixture=None, key="rel_created")
PACKAGE = next(iter(DATASET.catalog.resources["Package"].values()))
CHANGED = {**RESOURCE.value, "version": "7.0.0", "display_status": "failed"}
DEFAULT, FAILING, CHANGING = (
    SHIPPED.scenarios[name].timeline for name in ("succeeds", "fails-circuit-json", "files-changed")
)
PLAYING = NEW.with_playback(RESOURCE.reference, FAILING.key, START + 100)


def test_a_resource_plays_its_fixture_since_the_start_of_the_session() -> None:
    assert RESOURCE.fixture is not None
    assert playback_of(DATASET, NEW, RESOURCE) == Playback(RESOURCE.fixture.timeline, START, 0)


def test_a_resource_plays_the_timeline_that_the_session_started() -> None:
    assert playback_of(DATASET, PLAYING, RESOURCE) == Playback(FAILING, START + 100, 1)
    changed = PLAYING.with_change(RESOURCE.reference, CHANGED, keeps_playback=True)
    assert playback_of(DATASET, changed, RESOURCE) == Playback(FAILING, START + 100, 1)


def test_a_resource_whose_timeline_is_gone_plays_its_fixture() -> None:
    gone = NEW.with_playback(RESOURCE.reference, "gone@0", START + 100)
    assert playback_of(DATASET, gone, RESOURCE) == playback_of(DATASET, NEW, RESOURCE)


def test_a_resource_without_timeline_plays_nothing() -> None:
    assert playback_of(DATASET, NEW, PACKAGE) is None
    assert value_at(NEW, PACKAGE, None, START) == PACKAGE.value


@pytest.mark.parametrize("now", [START, START + 10**9])
def test_a_changed_or_created_resource_stays_as_it_is(now: int) -> None:
    for resource, value in ((RESOURCE, CHANGED), (CREATED, RESOURCE.value)):
        state = NEW.with_change(resource.reference, value)
        playback = playback_of(DATASET, state, resource)
        assert playback is not None
        assert (playback.started_at, playback.number) == (START, 0)
        assert playback.next_change(START) is None
        assert value_at(state, resource, playback, now) == value


def test_a_created_resource_has_its_own_value_until_the_session_changes_it() -> None:
    playback = playback_of(DATASET, NEW, CREATED)
    assert value_at(NEW, CREATED, playback, START) == RESOURCE.value


def test_the_identity_comes_from_the_change_or_the_shifted_fixture() -> None:
    fixture = RESOURCE.fixture
    assert fixture is not None
    assert fixture.at is not None
    assert identity_of(NEW, RESOURCE) == fixture.identity(START)
    other = NEW.with_change("PackageRelease/other", CHANGED)
    assert identity_of(other, RESOURCE) == fixture.identity(START)
    changed = NEW.with_change(RESOURCE.reference, CHANGED)
    kept = {name: value for name, value in CHANGED.items() if name in RELEASE.identity}
    assert identity_of(changed, RESOURCE) == kept
    assert kept["created_at"] != fixture.identity(START)["created_at"]


@pytest.mark.parametrize("started_at", [START, 1001])
def test_a_playback_changes_at_the_milliseconds_of_its_segments(started_at: int) -> None:
    playback = Playback(FAILING, started_at, 1)
    starts = [segment.at for segment in FAILING.segments]
    for at, following in pairwise(starts):
        assert playback.segment(started_at + following - 1).at == at
        assert playback.segment(started_at + following).at == following
        assert playback.next_change(started_at + at) == started_at + following
        assert playback.next_change(started_at + following - 1) == started_at + following
    assert playback.next_change(started_at + starts[-1]) is None


OWN, ANY = RESOURCE.reference, "PackageRelease/"
OWN_AND_ANY = NEW.with_next_scenario(OWN, "fails-circuit-json").with_next_scenario(
    ANY, "files-changed"
)


@pytest.mark.parametrize(
    ("state", "preferred", "waiting", "played", "left"),
    [
        pytest.param(NEW, None, (OWN, ANY), DEFAULT, [], id="default"),
        pytest.param(NEW, "files-changed", (OWN, ANY), CHANGING, [], id="preferred"),
        pytest.param(OWN_AND_ANY, None, (OWN, ANY), FAILING, [ANY], id="the first that waits"),
        pytest.param(OWN_AND_ANY, None, (ANY,), CHANGING, [OWN], id="any"),
        pytest.param(OWN_AND_ANY, None, (), DEFAULT, [OWN, ANY], id="none waits"),
        pytest.param(OWN_AND_ANY, "succeeds", (OWN, ANY), DEFAULT, [OWN, ANY], id="not used up"),
        pytest.param(OWN_AND_ANY, "unknown", (OWN, ANY), DEFAULT, [OWN, ANY], id="unknown"),
    ],
)
def test_a_restart_plays_the_preferred_scenario_or_the_next_one_or_the_default(
    state: SessionState,
    preferred: str | None,
    waiting: Sequence[str],
    played: Timeline,
    left: list[str],
) -> None:
    after = with_next_scenario_played(
        DATASET, state, RELEASE, RESOURCE.key, START + 5, preferred, waiting
    )
    assert playback_of(DATASET, after, RESOURCE) == Playback(played, START + 5, 1)
    assert list(after.next_scenarios) == left


def test_a_type_without_scenarios_plays_none() -> None:
    state = NEW.with_next_scenario("Package/a", "files-changed")
    waiting = ("Package/a",)
    played = with_next_scenario_played(DATASET, state, PACKAGE.type, "a", START, None, waiting)
    assert played is state
