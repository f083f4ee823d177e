"""The MSW handlers return the responses of the mock: a recording is replayed on them."""

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
    """Requests to a mock with its responses, and control calls, as lines of JSON."""

    clock: ManualClock = field(default_factory=ManualClock)
    lines: list[dict[str, Any]] = field(default_factory=list)
    mock: Mock = field(init=False)

    def __post_init__(self) -> None:
        self.mock = mock_of(JUDGE, FIXTURES, clock=self.clock)

    def send(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """Send a GET request, or a POST request if there is a body; return the response body."""
        all_headers = dict(headers or {})
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        if text is not None:
            all_headers.setdefault("content-type", "application/json")
        method = "GET" if text is None else "POST"
        split = urlsplit(path)
        query = tuple(parse_qsl(split.query, keep_blank_values=True))
        message = Request(method, split.path, query, all_headers, (text or "").encode())
        response = respond(self.mock, message)
        is_json = response.media_type == "application/json"
        content = json.loads(response.body) if is_json else response.body.decode()
        request = {"method": method, "headers": all_headers} | (
            {} if text is None else {"body": text}
        )
        self.lines.append(
            {
                "now": self.clock.now,
                "path": path,
                "request": request,
                "status": response.status,
                "type": response.media_type,
                "body": content,
            }
        )
        return content

    def control(self, call: str, *arguments: str) -> None:
        """Call the control API of the mock; record the same call for the handlers."""
        names = {
            "show": ("package_release_id", "fixture"),
            "play": ("package_release_id", "scenario"),
        }
        names["next"] = ("scenario", "package_release_id")
        body = json.dumps(dict(zip(names[call], arguments, strict=False))).encode()
        headers = {"content-type": "application/json", "host": "127.0.0.1"}
        response = respond(self.mock, Request("POST", f"/_mock/{call}", (), headers, body))
        assert response.status == 200, response.body
        self.lines.append({"now": self.clock.now, "call": call, "arguments": arguments})

    def rebuild(self, release: str = RELEASE, headers: Mapping[str, str] | None = None) -> None:
        self.send(
            "/api/package_releases/rebuild", {"package_release_id": release}, headers or OWNER
        )

    def get(self, release: str = RELEASE) -> None:
        self.send("/api/package_releases/get", {"package_release_id": release})


def every_scenario() -> Recording:
    """Get a release around each step of each scenario, and long after."""
    recording = Recording()
    recording.get()
    for name, scenario in FIXTURES.scenarios.items():
        if scenario.can_restart:
            recording.control("next", name)
            recording.rebuild()
        else:
            recording.control("play", RELEASE, name)
        started_at = recording.clock.now
        steps = {m for s in scenario.timeline.segments for m in (s.at - 1, s.at, s.at + 1)}
        for elapsed in sorted({*steps, *range(0, 15_000, 333), 3_600_000}):
            recording.clock.now = started_at + max(elapsed, 0)
            recording.get()
    return recording


def every_lookup() -> Recording:
    """Use every lookup, with and without a result, and static responses."""
    recording = Recording()
    send = recording.send
    for fixture in FIXTURES.fixtures.values():
        recording.get(str(fixture.value["package_release_id"]))
    recording.get("rel_unknown")
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
        send("/api/package_releases/get", lookup)
    for listing in (
        {"package_id": "pkg_3"},
        {"package_name": name},
        {"package_name": "no/such"},
        {"package_id": "pkg_3", "is_latest": True},
        {"package_id": "pkg_3", "is_latest": False, "version": "0.8.0"},
        {"package_id": "pkg_2", "commit_sha": "46b199129f09e775c859b1a7a7c88352eb473d43"},
    ):
        send("/api/package_releases/list", listing)
    send("/api/package_releases/get?include_logs=false", {"package_release_id": "rel_successful"})
    send("/api/package_releases/get?include_logs=true", {"package_release_id": "rel_successful"})
    for query in (f"name={name}", "package_id=pkg_1", "package_id=pkg_1&name=x", "name=no/such"):
        send(f"/api/packages/get?{query}")
    send("/packages/get", {"package_id": "pkg_2"})
    send("/api/accounts/get", {"github_username": "otheruser"})
    send("/api/accounts/get", {"account_id": "nobody"})
    send("/api/accounts/get?github_username=testuser")
    send("/api/accounts/get", headers=OTHER)
    send("/api/accounts/get")
    for path in ("/accounts/get_account_balance", "/packages/images/a/b/pcb.svg"):
        send(f"/api{path}")
    return recording


def rejected_rebuilds() -> Recording:
    """Rebuild without a token, with tokens of others and of the owner, and after control calls."""
    recording = Recording()
    recording.get()
    recording.clock.forward(5)
    recording.send("/api/package_releases/rebuild", {"package_release_id": RELEASE})
    recording.rebuild(headers={"authorization": "Bearer nobody"})
    recording.rebuild("rel_otheruser_failed")
    recording.rebuild("rel_unknown")
    recording.clock.forward(5)
    recording.get()
    recording.get("rel_otheruser_failed")
    recording.rebuild("rel_otheruser_failed", OTHER)
    recording.clock.forward(3)
    recording.get("rel_otheruser_failed")
    recording.rebuild("rel_otheruser_failed", OTHER)
    recording.get("rel_otheruser_failed")
    recording.control("show", RELEASE, "logs-mixed")
    recording.control("next", "fails-circuit-json", "rel_pending")
    recording.control("next", "fails-transpilation")
    for release in (RELEASE, "rel_pending"):
        recording.clock.forward(1.5)
        recording.get(release)
        recording.rebuild(release)
        recording.clock.forward(60)
        recording.get(release)
    return recording


def replay(folder: Path, recording: Recording) -> str:
    file = folder / "recording.json"
    file.write_text(json.dumps(recording.lines))
    ended = run("node", script("replay.mjs", folder), folder / "msw" / "handlers.ts", file)
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    export("msw", beside_packages(tmp_path))
    return tmp_path


@pytest.mark.parametrize("record", [every_scenario, every_lookup, rejected_rebuilds])
def test_the_handlers_return_the_responses_of_the_mock(folder: Path, record: Any) -> None:
    recording = record()
    assert f"{len(recording.lines)} lines agree" in replay(folder, recording)


def test_a_timeline_that_is_late_by_a_millisecond_is_noticed(folder: Path) -> None:
    replace(folder / "msw" / "handlers.ts", '"at": 2000,', '"at": 2001,')
    with pytest.raises(AssertionError, match="ERR_ASSERTION"):
        replay(folder, every_scenario())


def test_the_handlers_compile_in_strict_mode_with_typed_names(folder: Path) -> None:
    """The compiler rejects unknown releases, states and scenarios."""
    use = (
        'import { mock } from "./msw/handlers.js";\n'
        'mock().show("rel_pending", "failed-transpilation");\n'
    )
    assert compiled(folder, use) == ""
    errors = compiled(folder, use.replace("failed-transpilation", "failed"))
    assert "Argument of type '\"failed\"' is not assignable" in errors
