"""A rebuild begins a release anew in any status; its builds then go the way of the scenario."""

from typing import Any

from mock_server.foundation import timestamps
from mock_server.live import load_sources
from tests.helpers.requests import JSON, OWNER, ask, rebuild, release
from tests.mock_server.helpers.clocks import ManualClock
from tests.mock_server.helpers.copies import FIXTURES, SPEC

JUDGE, SHIPPED = load_sources(SPEC, FIXTURES)
OWNED = {
    f"rel_{name.replace('-', '_')}": fixture
    for name, fixture in SHIPPED.releases.items()
    if not name.startswith("otheruser")
}
STEPS = SHIPPED.default_scenario.document.data["steps"]
OTHER = {"Authorization": "Bearer otheruser-token"}


def both(found: dict[str, Any]) -> tuple[str, str, str]:
    return (
        found["display_status"],
        found["transpilation_display_status"],
        found["circuit_json_build_display_status"],
    )


def everything(base: str) -> dict[str, dict[str, Any]]:
    """All releases as they show."""
    packages = [package["package_id"] for package in (p.value for p in SHIPPED.packages)]
    lists = [ask(base, "POST", "/package_releases/list", {"package_id": p}).json for p in packages]
    found = [one for answer in lists for one in answer["package_releases"]]
    return {one["package_release_id"]: one for one in found}


def test_every_release_of_ones_own_can_be_rebuilt_whatever_its_status(base: str) -> None:
    for key, fixture in OWNED.items():
        before = release(base, key)
        reply = rebuild(base, key)
        assert (reply.status, reply.json["ok"]) == (200, True)
        begun = reply.json["package_release"]
        assert both(begun) == ("pending", "pending", "pending")
        assert (begun["transpilation_logs"], begun["circuit_json_build_logs"]) == ([], [])
        identity = fixture.identity(JUDGE.spec, 0)
        assert {name: begun[name] for name in identity} == {n: before[n] for n in identity}
        assert release(base, key) == begun


def test_a_rebuild_walks_through_every_step_of_its_scenario(base: str, hand: ManualClock) -> None:
    rebuild(base, "rel_failed_circuit_json")
    began, seen = hand.now, [("pending", "pending", "pending")]
    logs: dict[str, list[Any]] = {"transpilation_logs": [], "circuit_json_build_logs": []}
    for step in STEPS:
        hand.now = began + round(step["at"] * 1000) - 1
        assert both(release(base, "rel_failed_circuit_json")) == seen[-1]
        hand.now += 1
        shown = release(base, "rel_failed_circuit_json")
        if both(shown) != seen[-1]:
            seen.append(both(shown))
        for name, entries in logs.items():
            entries += step.get(name, [])
            assert shown[name] == entries
    assert seen == [
        ("pending", "pending", "pending"),
        ("building", "building", "pending"),
        ("building", "successful", "pending"),
        ("building", "successful", "building"),
        ("successful", "successful", "successful"),
    ]
    ended = release(base, "rel_failed_circuit_json")
    assert ended["transpilation_started_at"] == timestamps.to_text(began + 500)
    assert ended["circuit_json_build_completed_at"] == timestamps.to_text(began + 6000)
    assert ended["total_build_duration_ms"] == 5500
    assert ended["circuit_json_build_error"] is None
    hand.forward(86_400 * 365)
    assert release(base, "rel_failed_circuit_json") == ended


def test_a_rebuild_of_one_release_leaves_every_other_unchanged(
    base: str, hand: ManualClock
) -> None:
    before = everything(base)
    rebuild(base, "rel_successful")
    for seconds in (0, 1, 10):
        hand.forward(seconds)
        after = everything(base)
        assert {k: v for k, v in after.items() if v != before[k]}.keys() == {"rel_successful"}


def test_a_rebuild_in_the_middle_of_a_build_begins_anew(base: str, hand: ManualClock) -> None:
    rebuild(base, "rel_pending")
    hand.forward(3)
    assert release(base, "rel_pending")["circuit_json_build_logs"]
    again = rebuild(base, "rel_pending").json["package_release"]
    assert both(again) == ("pending", "pending", "pending")
    hand.forward(0.5)
    building = release(base, "rel_pending")
    assert building["transpilation_started_at"] == timestamps.to_text(hand.now)


def test_instants_are_moved_once_and_then_stand_still(base: str, hand: ManualClock) -> None:
    def ago() -> float:
        started = release(base, "rel_building_circuit_json")["circuit_json_build_started_at"]
        return (hand.now - timestamps.parse(started)) / 1000

    fixture = SHIPPED.releases["building-circuit-json"]
    started = fixture.release["circuit_json_build_started_at"]
    in_file = (fixture.at - timestamps.parse(started)) / 1000
    assert ago() == in_file
    hand.forward(3600)
    assert ago() == in_file + 3600


def test_what_was_created_five_minutes_before_the_session_is_65_minutes_old_an_hour_later(
    base: str, hand: ManualClock
) -> None:
    began, first = hand.now, everything(base)
    hand.forward(3600)
    later = everything(base)
    for key, shown in later.items():
        assert shown["created_at"] == first[key]["created_at"]
        age = began - timestamps.parse(first[key]["created_at"])
        assert hand.now - timestamps.parse(shown["created_at"]) == age + 3_600_000


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


def test_a_refused_rebuild_is_judged_in_the_documented_order_and_changes_nothing(
    base: str, hand: ManualClock
) -> None:
    before = everything(base)
    for headers, body, status in REFUSED:
        reply = ask(base, "POST", "/package_releases/rebuild", body, headers)
        assert reply.status == status
        assert everything(base) == before
    hand.forward(10)
    assert everything(base) == before


def test_the_date_of_an_answer_is_the_present_of_the_clock(base: str, hand: ManualClock) -> None:
    hand.now = timestamps.parse("2031-02-03T04:05:06.789Z")
    reply = rebuild(base, "rel_pending")
    assert reply.headers["Date"] == "Mon, 03 Feb 2031 04:05:06 GMT"
