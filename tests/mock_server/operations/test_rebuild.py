"""A rebuild restarts the builds of a release, which then follow the scenario."""

from typing import Any

from mock_server.foundation import timestamps
from tests.helpers.requests import JSON, OWNER, call, rebuild, release
from tests.helpers.shipped import shipped_sources
from tests.mock_server.helpers.clocks import ManualClock

_, SHIPPED = shipped_sources()
OWNED = {
    f"rel_{name.replace('-', '_')}": fixture
    for name, fixture in SHIPPED.fixtures.items()
    if not name.startswith("otheruser")
}
DEFAULT = next(scenario for scenario in SHIPPED.scenarios.values() if scenario.default)
STEPS = DEFAULT.document.data["steps"]
OTHER = {"Authorization": "Bearer otheruser-token"}


def statuses(release_: dict[str, Any]) -> tuple[str, str, str]:
    return (
        release_["display_status"],
        release_["transpilation_display_status"],
        release_["circuit_json_build_display_status"],
    )


def all_releases(base: str) -> dict[str, dict[str, Any]]:
    """Return the current value of every release, by its id."""
    packages = [p.value["package_id"] for p in SHIPPED.listed if p.type.name == "Package"]
    lists = [call(base, "POST", "/package_releases/list", {"package_id": p}).json for p in packages]
    releases = [value for body in lists for value in body["package_releases"]]
    return {value["package_release_id"]: value for value in releases}


def test_the_owner_can_rebuild_a_release_in_any_status(base: str) -> None:
    for key, fixture in OWNED.items():
        before = release(base, key)
        reply = rebuild(base, key)
        assert (reply.status, reply.json["ok"]) == (200, True)
        rebuilt = reply.json["package_release"]
        assert statuses(rebuilt) == ("pending", "pending", "pending")
        assert (rebuilt["transpilation_logs"], rebuilt["circuit_json_build_logs"]) == ([], [])
        identity = fixture.identity(0)
        assert {name: rebuilt[name] for name in identity} == {n: before[n] for n in identity}
        assert release(base, key) == rebuilt


def test_a_rebuild_shows_every_step_of_its_scenario(base: str, clock: ManualClock) -> None:
    rebuild(base, "rel_failed_circuit_json")
    start, sequence = clock.now, [("pending", "pending", "pending")]
    logs: dict[str, list[Any]] = {"transpilation_logs": [], "circuit_json_build_logs": []}
    for step in STEPS:
        clock.now = start + round(step["at"] * 1000) - 1
        assert statuses(release(base, "rel_failed_circuit_json")) == sequence[-1]
        clock.now += 1
        current = release(base, "rel_failed_circuit_json")
        if statuses(current) != sequence[-1]:
            sequence.append(statuses(current))
        for name, entries in logs.items():
            entries += step.get(name, [])
            assert current[name] == entries
    assert sequence == [
        ("pending", "pending", "pending"),
        ("building", "building", "pending"),
        ("building", "successful", "pending"),
        ("building", "successful", "building"),
        ("successful", "successful", "successful"),
    ]
    ended = release(base, "rel_failed_circuit_json")
    assert ended["transpilation_started_at"] == timestamps.to_text(start + 500)
    assert ended["circuit_json_build_completed_at"] == timestamps.to_text(start + 6000)
    assert ended["total_build_duration_ms"] == 5500
    assert ended["circuit_json_build_error"] is None
    clock.forward(86_400 * 365)
    assert release(base, "rel_failed_circuit_json") == ended


def test_a_rebuild_changes_no_other_release(base: str, clock: ManualClock) -> None:
    before = all_releases(base)
    rebuild(base, "rel_successful")
    for seconds in (0, 1, 10):
        clock.forward(seconds)
        after = all_releases(base)
        assert {k: v for k, v in after.items() if v != before[k]}.keys() == {"rel_successful"}


def test_a_rebuild_during_a_build_restarts_it(base: str, clock: ManualClock) -> None:
    rebuild(base, "rel_pending")
    clock.forward(3)
    assert release(base, "rel_pending")["circuit_json_build_logs"]
    again = rebuild(base, "rel_pending").json["package_release"]
    assert statuses(again) == ("pending", "pending", "pending")
    clock.forward(0.5)
    building = release(base, "rel_pending")
    assert building["transpilation_started_at"] == timestamps.to_text(clock.now)


def test_timestamps_are_shifted_to_the_start_of_the_session_and_then_fixed(
    base: str, clock: ManualClock
) -> None:
    def ago() -> float:
        started = release(base, "rel_building_circuit_json")["circuit_json_build_started_at"]
        return (clock.now - timestamps.parse(started)) / 1000

    fixture = SHIPPED.fixtures["building-circuit-json"]
    started = fixture.value["circuit_json_build_started_at"]
    in_file = ((fixture.at or 0) - timestamps.parse(started)) / 1000
    assert ago() == in_file
    clock.forward(3600)
    assert ago() == in_file + 3600


def test_a_release_that_was_five_minutes_old_is_65_minutes_old_an_hour_later(
    base: str, clock: ManualClock
) -> None:
    start, first = clock.now, all_releases(base)
    clock.forward(3600)
    later = all_releases(base)
    for key, current in later.items():
        assert current["created_at"] == first[key]["created_at"]
        age = start - timestamps.parse(first[key]["created_at"])
        assert clock.now - timestamps.parse(current["created_at"]) == age + 3_600_000


REFUSED: list[tuple[dict[str, str], bytes, int]] = [
    ({}, b"{", 401),
    ({"Authorization": "Bearer nobody"}, b"x" * 2_000_000, 401),
    ({**OWNER, "Content-Type": "text/plain"}, b"x" * 2_000_000, 415),
    ({**OWNER, **JSON}, b"x" * 2_000_000, 413),
    ({**OTHER, **JSON}, b"{", 400),
    ({**OTHER, **JSON}, b'{"package_release_id": 7}', 400),
    ({**OTHER, **JSON}, b'{"package_release_id": "rel_nobody"}', 404),
    ({**OTHER, **JSON}, b'{"package_release_id": "rel_successful"}', 403),
    ({**OWNER, **JSON}, b'{"package_release_id": "rel_otheruser_building"}', 403),
]


def test_a_refused_rebuild_has_the_documented_status_and_changes_nothing(
    base: str, clock: ManualClock
) -> None:
    before = all_releases(base)
    for headers, body, status in REFUSED:
        reply = call(base, "POST", "/package_releases/rebuild", body, headers)
        assert reply.status == status
        assert all_releases(base) == before
    clock.forward(10)
    assert all_releases(base) == before


def test_the_date_header_is_the_time_of_the_clock(base: str, clock: ManualClock) -> None:
    clock.now = timestamps.parse("2031-02-03T04:05:06.789Z")
    reply = rebuild(base, "rel_pending")
    assert reply.headers["Date"] == "Mon, 03 Feb 2031 04:05:06 GMT"
