"""The handlers answer what the mock answers: a recording of the mock, played on them by MSW."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from mock_server.app.handle import respond
from mock_server.app.mock import Mock, mock_of
from mock_server.contract.exchange import Request
from mock_server.live import load_sources
from tests.helpers.exporting import beside_packages, compiled, export, replace, script
from tests.helpers.programs import run
from tests.mock_server.helpers.clocks import ManualClock

JUDGE, FIXTURES = load_sources()
OWNER = {"authorization": "Bearer testuser-token"}
OTHER = {"authorization": "Bearer otheruser-token"}
RELEASE = "rel_failed_transpilation"


@dataclass
class Recording:
    """What is asked of a mock and what it answers, line by line."""

    hand: ManualClock = field(default_factory=ManualClock)
    lines: list[dict[str, Any]] = field(default_factory=list)
    mock: Mock = field(init=False)

    def __post_init__(self) -> None:
        self.mock = mock_of(JUDGE, FIXTURES, clock=self.hand)

    def ask(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """Asks for something: by POST when there is a body, which is sent as JSON."""
        sent = dict(headers or {})
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        if text is not None:
            sent.setdefault("content-type", "application/json")
        method = "GET" if text is None else "POST"
        split = urlsplit(path)
        query = tuple(parse_qsl(split.query, keep_blank_values=True))
        answer = respond(self.mock, Request(method, split.path, query, sent, (text or "").encode()))
        is_json = answer.media_type == "application/json"
        told = json.loads(answer.body) if is_json else answer.body.decode()
        request = {"method": method, "headers": sent} | ({} if text is None else {"body": text})
        self.lines.append(
            {
                "now": self.hand.now,
                "path": path,
                "request": request,
                "status": answer.status,
                "type": answer.media_type,
                "body": told,
            }
        )
        return told

    def steer(self, call: str, *values: str) -> None:
        """Steers the mock by its admin API, and says what steers the handlers."""
        names = {
            "show": ("package_release_id", "fixture"),
            "play": ("package_release_id", "scenario"),
        }
        names["next"] = ("scenario", "package_release_id")
        body = json.dumps(dict(zip(names[call], values, strict=False))).encode()
        headers = {"content-type": "application/json", "host": "127.0.0.1"}
        answer = respond(self.mock, Request("POST", f"/_mock/{call}", (), headers, body))
        assert answer.status == 200, answer.body
        self.lines.append({"now": self.hand.now, "steer": call, "with": values})

    def rebuild(self, release: str = RELEASE, headers: Mapping[str, str] | None = None) -> None:
        self.ask("/api/package_releases/rebuild", {"package_release_id": release}, headers or OWNER)

    def look(self, release: str = RELEASE) -> None:
        self.ask("/api/package_releases/get", {"package_release_id": release})


def every_scenario() -> Recording:
    """Each scenario, looked at around each of its moments and long after."""
    recording = Recording()
    recording.look()
    for name, scenario in FIXTURES.scenarios.items():
        if scenario.usable_for_rebuild:
            recording.steer("next", name)
            recording.rebuild()
        else:
            recording.steer("play", RELEASE, name)
        began = recording.hand.now
        moments = {m for s in scenario.timeline.segments for m in (s.at - 1, s.at, s.at + 1)}
        for moment in sorted({*moments, *range(0, 15_000, 333), 3_600_000}):
            recording.hand.now = began + max(moment, 0)
            recording.look()
    return recording


def every_lookup() -> Recording:
    """Every way to look up, what is found and what is not, in and beside the contract."""
    recording = Recording()
    ask = recording.ask
    for fixture in FIXTURES.releases.values():
        recording.look(str(fixture.release["package_release_id"]))
    recording.look("nobody's")
    name = "testuser/my-test-board"
    for lookup in (
        {"package_name_with_version": f"{name}@0.8.0"},
        {"package_name_with_version": f"{name}@0.0.0"},
        {"package_name": name, "is_latest": True},
        {"package_name": "no/such", "is_latest": True},
        {"package_name": "testuser/empty-board", "is_latest": True},
        {"package_id": "pkg_3", "is_latest": True},
        {"package_id": "pkg_none", "is_latest": True},
        {"package_release_id": "rel_pending", "package_id": "pkg_3", "is_latest": True, "more": 1},
    ):
        ask("/api/package_releases/get", lookup)
    for listing in (
        {"package_id": "pkg_3"},
        {"package_name": name},
        {"package_name": "no/such"},
        {"package_id": "pkg_3", "is_latest": True},
        {"package_id": "pkg_3", "is_latest": False, "version": "0.8.0"},
        {"package_id": "pkg_2", "commit_sha": "46b199129f09e775c859b1a7a7c88352eb473d43"},
    ):
        ask("/api/package_releases/list", listing)
    ask("/api/package_releases/get?include_logs=false", {"package_release_id": "rel_successful"})
    ask("/api/package_releases/get?include_logs=true", {"package_release_id": "rel_successful"})
    for query in (f"name={name}", "package_id=pkg_1", "package_id=pkg_1&name=x", "name=no/such"):
        ask(f"/api/packages/get?{query}")
    ask("/packages/get", {"package_id": "pkg_2"})
    ask("/api/accounts/get", {"github_username": "otheruser"})
    ask("/api/accounts/get", {"account_id": "nobody"})
    ask("/api/accounts/get?github_username=testuser")
    ask("/api/accounts/get", headers=OTHER)
    ask("/api/accounts/get")
    for path in ("/accounts/get_account_balance", "/packages/images/a/b/pcb.svg"):
        ask(f"/api{path}")
    return recording


def every_refusal_of_a_rebuild() -> Recording:
    """A refused rebuild changes nothing; one that is the caller's does; what is shown stays."""
    recording = Recording()
    recording.look()
    recording.hand.forward(5)
    recording.ask("/api/package_releases/rebuild", {"package_release_id": RELEASE})
    recording.rebuild(headers={"authorization": "Bearer nobody"})
    recording.rebuild("rel_otheruser_failed")
    recording.rebuild("nobody's")
    recording.hand.forward(5)
    recording.look()
    recording.look("rel_otheruser_failed")
    recording.rebuild("rel_otheruser_failed", OTHER)
    recording.hand.forward(3)
    recording.look("rel_otheruser_failed")
    recording.rebuild("rel_otheruser_failed", OTHER)
    recording.look("rel_otheruser_failed")
    recording.steer("show", RELEASE, "logs-odd")
    recording.steer("next", "fails-circuit-json", "rel_pending")
    recording.steer("next", "fails-transpilation")
    for release in (RELEASE, "rel_pending"):
        recording.hand.forward(1.5)
        recording.look(release)
        recording.rebuild(release)
        recording.hand.forward(60)
        recording.look(release)
    return recording


def replayed(folder: Path, recording: Recording) -> str:
    told = folder / "recording.json"
    told.write_text(json.dumps(recording.lines))
    played = run("node", script("replay.mjs", folder), folder / "msw" / "handlers.ts", told)
    assert played.returncode == 0, played.stdout
    return played.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    export("msw", beside_packages(tmp_path))
    return tmp_path


@pytest.mark.parametrize("record", [every_scenario, every_lookup, every_refusal_of_a_rebuild])
def test_msw_answers_what_the_mock_answers(folder: Path, record: Any) -> None:
    recording = record()
    assert f"{len(recording.lines)} lines agree" in replayed(folder, recording)


def test_a_timeline_that_is_a_millisecond_late_is_seen(folder: Path) -> None:
    replace(folder / "msw" / "handlers.ts", '"at": 2000,', '"at": 2001,')
    with pytest.raises(AssertionError, match="ERR_ASSERTION"):
        replayed(folder, every_scenario())


def test_the_handlers_and_their_names_compile_strictly(folder: Path) -> None:
    """A release, state or scenario that is not there is refused by the compiler."""
    use = (
        'import { mock } from "./msw/handlers.js";\n'
        'mock().show("rel_pending", "failed-transpilation");\n'
    )
    assert compiled(folder, use) == ""
    mistaken = compiled(folder, use.replace("failed-transpilation", "failed"))
    assert "Argument of type '\"failed\"' is not assignable" in mistaken
