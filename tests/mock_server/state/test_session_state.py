"""The state of a session is a frozen record; each change returns a new one."""

import json
from dataclasses import replace

from mock_server.foundation.clock import Clock
from mock_server.state.session_state import (
    FAULT,
    MEMORY_OF,
    PLAYBACK,
    SessionState,
    StoredPlayback,
    new_session_state,
    session_state_of,
)

NEW = new_session_state(wall=1_000, now=5_000)
VALUE = {"name": 'a"b', "tags": [1, {}]}
TEXT = json.dumps(VALUE)


def test_a_new_session_has_the_clock_of_the_wall_and_nothing_else() -> None:
    assert SessionState(started_at=5_000, clock=Clock(1_000, 5_000)) == NEW
    assert (NEW.playback_count, NEW.changed_bytes, NEW.size_in_memory) == (0, 0, 0)
    assert new_session_state(1, 2, playback_count=7).playback_count == 7


def test_the_number_of_a_playback_is_unique_in_its_session() -> None:
    first = NEW.with_playback("Build/a", "slow", 6_000)
    second = first.with_playback("Build/a", "fast", 7_000).with_playback("Build/b", "slow", 8_000)
    assert first.playbacks == {"Build/a": StoredPlayback("slow", 6_000, 1)}
    assert second.playbacks == {
        "Build/a": StoredPlayback("fast", 7_000, 2),
        "Build/b": StoredPlayback("slow", 8_000, 3),
    }
    assert second.playback_count == 3


def test_a_next_scenario_is_used_up_alone() -> None:
    state = NEW.with_next_scenario("Build/a", "slow").with_next_scenario("Build/c", "fast")
    own = "/".join(["Build", "a"])
    assert state.without_next_scenario(own).next_scenarios == {"Build/c": "fast"}
    assert state.without_next_scenario("Build/b").next_scenarios == state.next_scenarios


def test_a_change_ends_the_playback_of_its_resource_unless_it_keeps_it() -> None:
    playing = NEW.with_playback("Build/a", "slow", 1).with_playback("Build/c", "slow", 1)
    own = "/".join(["Build", "a"])  # an equal text, as that of a request, and not the same object
    changed = playing.with_change(own, VALUE)
    assert list(changed.playbacks) == ["Build/c"]
    assert playing.with_change("Build/b", VALUE).playbacks == playing.playbacks
    kept = playing.with_change("Build/a", VALUE, keeps_playback=True)
    assert kept.playbacks == playing.playbacks
    assert changed.changes == kept.changes == {"Build/a": VALUE}


def test_the_memory_of_a_change_grows_with_its_text_and_its_parts() -> None:
    parts = {":": 2, "{": 2, "[": 1, '"': 7}
    assert {sign: TEXT.count(sign) for sign in MEMORY_OF} == parts
    size = len(TEXT) + 2 * 100 + 2 * 64 + 1 * 64 + 7 * 25
    assert NEW.with_change("Build/a", VALUE).changed_bytes == size
    umlaut, letter = NEW.with_change("a", {"a": "\u00fc"}), NEW.with_change("a", {"a": "u"})
    assert umlaut.changed_bytes == letter.changed_bytes


def test_a_later_change_of_a_resource_replaces_its_memory() -> None:
    one = NEW.with_change("Build/a", VALUE)
    assert one.with_change("Build/a", VALUE).changed_bytes == one.changed_bytes
    two = one.with_change("Build/b", VALUE)
    assert two.changed_bytes == 2 * one.changed_bytes
    deleted = two.with_change("Build/a", None)
    assert deleted.changes == {"Build/a": None, "Build/b": VALUE}
    assert deleted.changed_bytes == one.changed_bytes


def test_resources_return_to_their_files_without_their_changes_and_playbacks() -> None:
    state = NEW
    for name in ("Build/a", "Build/b", "Build/c"):
        state = state.with_change(name, VALUE).with_playback(name, "slow", 1)
    left = state.without_changes(["Build/b"])
    assert list(left.changes) == list(left.playbacks) == ["Build/a", "Build/c"]
    assert left.changed_bytes == 2 * NEW.with_change("Build/a", VALUE).changed_bytes


def test_the_size_of_a_state_counts_changes_faults_and_playbacks() -> None:
    fault = {"delay": 1}
    state = replace(NEW.with_change("Build/a", VALUE), faults=(fault, fault))
    state = state.with_playback("Build/a", "slow", 1).with_playback("Build/b", "slow", 1)
    faults = 2 * (FAULT + len(str(fault)))
    assert state.size_in_memory == state.changed_bytes + faults + 2 * PLAYBACK
    assert (FAULT, PLAYBACK) == (1000, 500)


def test_a_state_is_restored_from_its_record() -> None:
    state = replace(
        NEW.with_change("Build/a", VALUE)
        .with_change("Build/b", None)
        .with_playback("Build/c", "slow", 1)
        .with_next_scenario("Build/d", "fast"),
        faults=({"delay": 1},),
    )
    record = json.loads(json.dumps(state.record()))
    assert session_state_of(record) == state
    for name in ("changes", "changed_bytes"):  # a record of an earlier version lacks them
        del record[name]
    assert session_state_of(record) == replace(state, changes={}, changed_bytes=0)
