"""A build reaches its end, is consistent under concurrent requests, and survives a restart."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from examples.releases_server.builds import Build, build_fields
from examples.releases_server.releases import without_nulls
from tests.helpers.example_server import start
from tests.helpers.requests import call, rebuild, release

TIMEOUT = timedelta(seconds=30)
ENDED = ("successful", "failed")


def states_until_the_end(base: str, release_id: str) -> Iterator[dict[str, Any]]:
    """Poll a release and yield it until its build has ended."""
    deadline = datetime.now(UTC) + TIMEOUT
    while datetime.now(UTC) < deadline:
        state = release(base, release_id)
        yield state
        if state["display_status"] in ENDED:
            return
    raise AssertionError(f"the build of {release_id} does not end: {state}")


def last_state(base: str, release_id: str) -> dict[str, Any]:
    return list(states_until_the_end(base, release_id))[-1]


def process_statuses(state: dict[str, Any]) -> tuple[str, str]:
    return state["transpilation_display_status"], state["circuit_json_build_display_status"]


def check_rules(state: dict[str, Any]) -> None:
    """Check the rules between the properties of a release."""
    statuses = process_statuses(state)
    display_statuses = {
        ("pending", "pending"): "pending",
        ("building", "pending"): "building",
        ("successful", "pending"): "building",
        ("successful", "building"): "building",
        ("successful", "successful"): "successful",
        ("successful", "failed"): "failed",
        ("failed", "pending"): "failed",
    }
    assert state["display_status"] == display_statuses[statuses]
    assert ("total_build_duration_ms" in state) == (state["display_status"] in ENDED)
    for name, status in zip(("transpilation", "circuit_json_build"), statuses, strict=True):
        assert state[f"{name}_in_progress"] == (status == "building")
        assert (f"{name}_started_at" in state) == (status != "pending")
        assert (f"{name}_completed_at" in state) == (status in ENDED)
        assert (f"{name}_error" in state) == (status == "failed")


STATUSES = [
    ("pending", "pending"),
    ("building", "pending"),
    ("successful", "pending"),
    ("successful", "building"),
    ("successful", "successful"),
]


def test_a_build_shows_every_status_in_order_and_its_logs_only_grow() -> None:
    queued_at = datetime(2030, 1, 1, tzinfo=UTC)
    build = Build(queued_at, duration_ms=1000, failing_process=None)
    observed: list[tuple[str, str]] = []
    logs: dict[str, list[Any]] = {"transpilation_logs": [], "circuit_json_build_logs": []}
    for milliseconds in range(0, 1100, 10):
        fields = build_fields(build, queued_at + timedelta(milliseconds=milliseconds))
        state = without_nulls(fields)
        check_rules(state)
        if process_statuses(state) not in observed:
            observed.append(process_statuses(state))
        for name, before in logs.items():
            assert state[name][: len(before)] == before
            assert len(state[name]) <= len(before) + 1, "lines appear one by one"
            logs[name] = state[name]
    assert observed == STATUSES


def test_a_rebuilt_release_moves_from_pending_to_its_end_in_order() -> None:
    with start(build_seconds=0.5) as base:
        rebuilt = rebuild(base, "rel_failed_circuit_json").json["package_release"]
        assert process_statuses(rebuilt) == ("pending", "pending")
        positions = []
        for state in states_until_the_end(base, "rel_failed_circuit_json"):
            check_rules(state)
            positions.append(STATUSES.index(process_statuses(state)))
        # A slow machine can miss a status between two polls.
        assert positions == sorted(positions)
        assert STATUSES[positions[-1]] == ("successful", "successful")


def test_the_rebuilds_of_a_release_alternate_between_success_and_failure() -> None:
    with start(build_seconds=0.1) as base:
        ends = []
        for _ in range(5):
            assert rebuild(base, "rel_pending").status == 200
            ends.append(process_statuses(last_state(base, "rel_pending")))
    assert ends == [
        ("successful", "successful"),
        ("failed", "pending"),
        ("successful", "successful"),
        ("successful", "failed"),
        ("successful", "successful"),
    ]


def test_every_response_to_concurrent_rebuilds_and_reads_follows_the_rules(base: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        rebuilds = [pool.submit(rebuild, base, "rel_stale") for _ in range(12)]
        reads = [pool.submit(release, base, "rel_stale") for _ in range(24)]
    replies = [future.result() for future in rebuilds]
    assert {reply.status for reply in replies} == {200}
    rebuilt = [reply.json["package_release"] for reply in replies]
    assert {process_statuses(state) for state in rebuilt} == {("pending", "pending")}
    for future in reads:
        check_rules(future.result())


def test_a_rejected_rebuild_changes_nothing(base: str) -> None:
    before = release(base, "rel_power_new")
    assert rebuild(base, "rel_power_new").status == 403
    assert rebuild(base, "rel_power_new", headers={}).status == 401
    assert release(base, "rel_power_new") == before


def test_every_release_of_the_example_data_follows_the_rules(base: str) -> None:
    for package in ("pkg_1", "pkg_2", "pkg_3", "pkg_4"):
        reply = call(base, "POST", "/package_releases/list", {"package_id": package})
        for state in reply.json["package_releases"]:
            check_rules(state)


def test_a_build_continues_after_the_server_was_killed(tmp_path: Path) -> None:
    database = tmp_path / "releases.sqlite"
    with start(database=database) as base:
        assert rebuild(base, "rel_pending").status == 200
    with start(database=database) as base:
        ended = last_state(base, "rel_pending")
    with start(database=database) as base:
        assert release(base, "rel_pending") == ended
