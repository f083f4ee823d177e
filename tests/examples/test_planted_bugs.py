"""Some of the planted bugs, by hand: each can be planted, and can be seen."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.helpers.example_server import BUGS, start
from tests.helpers.requests import ask, rebuild, release

ODD_ID = "rel 'odd' \"ünïcødé\" 電路 🔌 100%/?#\\"


def listed(base: str) -> list[dict[str, Any]]:
    reply = ask(base, "POST", "/package_releases/list", {"package_id": "pkg_3"})
    return list(reply.json["package_releases"])


def asked_by_odd_id(base: str) -> int:
    return ask(base, "POST", "/package_releases/get", {"package_release_id": ODD_ID}).status


def rebuilt_status(base: str) -> str:
    answer = rebuild(base, "rel_successful").json["package_release"]
    return str(answer["transpilation_display_status"])


# By each bug what is looked at, what a right server shows there, and what the planted one shows.
SEEN: dict[str, tuple[Callable[[str], object], object, object]] = {
    "status-word-outside-the-enum": (
        lambda base: release(base, "rel_successful")["display_status"],
        "successful",
        "ready",
    ),
    "required-property-missing": (
        lambda base: all("is_locked" in found for found in listed(base)),
        True,
        False,
    ),
    "rebuild-without-credentials": (
        lambda base: rebuild(base, "rel_stale", headers={}).status,
        401,
        200,
    ),
    "rebuild-that-changes-nothing": (rebuilt_status, "pending", "successful"),
    "unusual-id-breaks-the-server": (asked_by_odd_id, 200, 500),
    "display-status-misses-a-failure": (
        lambda base: release(base, "rel_failed_transpilation")["display_status"],
        "failed",
        "pending",
    ),
}


def test_what_is_looked_at_is_planted() -> None:
    assert SEEN.keys() <= BUGS.keys()


@pytest.mark.parametrize("planted_id", SEEN)
def test_a_planted_server_starts_and_shows_its_bug(planted_id: str) -> None:
    look, _, wrong = SEEN[planted_id]
    with start(planted_id) as base:
        assert look(base) == wrong


@pytest.mark.parametrize("planted_id", SEEN)
def test_the_server_itself_has_none_of_them(planted_id: str, base: str) -> None:
    look, right, _ = SEEN[planted_id]
    assert look(base) == right
