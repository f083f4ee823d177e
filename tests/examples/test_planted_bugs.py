"""A planted server shows its bug, and the original server does not: a few bugs as a sample."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.helpers.example_server import BUGS, start
from tests.helpers.requests import call, rebuild, release

UNUSUAL_ID = "rel 'unusual' \"ünïcødé\" 電路 🔌 100%/?#\\"


def releases_of_a_package(base: str) -> list[dict[str, Any]]:
    reply = call(base, "POST", "/package_releases/list", {"package_id": "pkg_3"})
    return list(reply.json["package_releases"])


def status_of_unusual_id(base: str) -> int:
    return call(base, "POST", "/package_releases/get", {"package_release_id": UNUSUAL_ID}).status


def status_after_rebuild(base: str) -> str:
    rebuilt = rebuild(base, "rel_successful").json["package_release"]
    return str(rebuilt["transpilation_display_status"])


# The id of each bug: an observation, its value on the original, and its value with the bug.
OBSERVATIONS: dict[str, tuple[Callable[[str], object], object, object]] = {
    "status-word-outside-the-enum": (
        lambda base: release(base, "rel_successful")["display_status"],
        "successful",
        "ready",
    ),
    "required-property-missing": (
        lambda base: all("is_locked" in item for item in releases_of_a_package(base)),
        True,
        False,
    ),
    "rebuild-without-credentials": (
        lambda base: rebuild(base, "rel_stale", headers={}).status,
        401,
        200,
    ),
    "rebuild-that-changes-nothing": (status_after_rebuild, "pending", "successful"),
    "unusual-id-breaks-the-server": (status_of_unusual_id, 200, 500),
    "display-status-misses-a-failure": (
        lambda base: release(base, "rel_failed_transpilation")["display_status"],
        "failed",
        "pending",
    ),
}


def test_the_sample_contains_only_planted_bugs() -> None:
    assert OBSERVATIONS.keys() <= BUGS.keys()


@pytest.mark.parametrize("bug_id", OBSERVATIONS)
def test_a_planted_server_starts_and_shows_its_bug(bug_id: str) -> None:
    observe, _, wrong = OBSERVATIONS[bug_id]
    with start(bug_id) as base:
        assert observe(base) == wrong


@pytest.mark.parametrize("bug_id", OBSERVATIONS)
def test_the_original_server_does_not_have_the_bug(bug_id: str, base: str) -> None:
    observe, right, _ = OBSERVATIONS[bug_id]
    assert observe(base) == right
