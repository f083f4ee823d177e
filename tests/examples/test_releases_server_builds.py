"""A rebuild goes its way to the end, holds under parallel requests, and outlives the server."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.helpers.example_server import start
from tests.helpers.requests import ask, rebuild, release

PATIENCE = timedelta(seconds=30)
ENDED = ("successful", "failed")


def watched(base: str, release_id: str) -> Iterator[dict[str, Any]]:
    """What is seen of a release until its build has ended."""
    deadline = datetime.now(UTC) + PATIENCE
    while datetime.now(UTC) < deadline:
        seen = release(base, release_id)
        yield seen
        if seen["display_status"] in ENDED:
            return
    raise AssertionError(f"the build of {release_id} does not end: {seen}")


def both(seen: dict[str, Any]) -> tuple[str, str]:
    return seen["transpilation_display_status"], seen["circuit_json_build_display_status"]


def check(seen: dict[str, Any]) -> None:
    """The rules between the properties of one observation."""
    statuses = both(seen)
    in_order = {
        ("pending", "pending"): "pending",
        ("building", "pending"): "building",
        ("successful", "pending"): "building",
        ("successful", "building"): "building",
        ("successful", "successful"): "successful",
        ("successful", "failed"): "failed",
        ("failed", "pending"): "failed",
    }
    assert seen["display_status"] == in_order[statuses]
    assert ("total_build_duration_ms" in seen) == (seen["display_status"] in ENDED)
    for name, status in zip(("transpilation", "circuit_json_build"), statuses, strict=True):
        assert seen[f"{name}_in_progress"] == (status == "building")
        assert (f"{name}_started_at" in seen) == (status != "pending")
        assert (f"{name}_completed_at" in seen) == (status in ENDED)
        assert (f"{name}_error" in seen) == (status == "failed")


def test_a_rebuild_shows_every_status_in_order_and_its_logs_only_grow() -> None:
    with start(build_seconds=2) as base:
        begun = rebuild(base, "rel_failed_circuit_json").json["package_release"]
        assert both(begun) == ("pending", "pending")
        course: list[tuple[str, str]] = []
        logs: dict[str, list[Any]] = {"transpilation_logs": [], "circuit_json_build_logs": []}
        for seen in watched(base, "rel_failed_circuit_json"):
            check(seen)
            if both(seen) not in course:
                course.append(both(seen))
            for name, before in logs.items():
                assert seen[name][: len(before)] == before
                assert len(seen[name]) <= len(before) + 2, "lines appear one by one"
                logs[name] = seen[name]
        assert course == [
            ("pending", "pending"),
            ("building", "pending"),
            ("successful", "pending"),
            ("successful", "building"),
            ("successful", "successful"),
        ]


def test_the_rebuilds_of_a_release_end_well_and_badly_by_turns() -> None:
    with start(build_seconds=0.1) as base:
        ends = []
        for _ in range(5):
            assert rebuild(base, "rel_pending").status == 200
            ends.append(both(list(watched(base, "rel_pending"))[-1]))
    assert ends == [
        ("successful", "successful"),
        ("failed", "pending"),
        ("successful", "successful"),
        ("successful", "failed"),
        ("successful", "successful"),
    ]


def test_parallel_rebuilds_and_reads_each_see_a_release_whose_rules_hold(base: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        rebuilds = [pool.submit(rebuild, base, "rel_stale") for _ in range(12)]
        reads = [pool.submit(release, base, "rel_stale") for _ in range(24)]
    begun = [done.result() for done in rebuilds]
    assert {reply.status for reply in begun} == {200}
    assert {both(reply.json["package_release"]) for reply in begun} == {("pending", "pending")}
    for done in reads:
        check(done.result())


def test_a_refused_rebuild_changes_nothing(base: str) -> None:
    before = release(base, "rel_power_new")
    assert rebuild(base, "rel_power_new").status == 403
    assert rebuild(base, "rel_power_new", headers={}).status == 401
    assert release(base, "rel_power_new") == before


def test_every_seeded_release_keeps_the_rules(base: str) -> None:
    for package in ("pkg_1", "pkg_2", "pkg_3", "pkg_4"):
        reply = ask(base, "POST", "/package_releases/list", {"package_id": package})
        for seen in reply.json["package_releases"]:
            check(seen)


def test_an_answered_rebuild_goes_on_after_the_server_was_killed(tmp_path: Path) -> None:
    database = tmp_path / "releases.sqlite"
    with start(database=database) as base:
        assert rebuild(base, "rel_pending").status == 200
    with start(database=database) as base:
        ended = list(watched(base, "rel_pending"))[-1]
    with start(database=database) as base:
        assert release(base, "rel_pending") == ended
