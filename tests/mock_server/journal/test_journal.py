"""The journal: requests and responses of a session, bounded and without credentials."""

import base64
import json
import threading
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from mock_server import journal
from mock_server.app.handle import respond
from mock_server.app.mock import mock_of
from mock_server.contract.exchange import Response
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.journal.entries import JOURNAL, MAX_BODY, MAX_EXCHANGES
from mock_server.state.session_state import SessionState
from mock_server.stores import MemoryStore
from tests.helpers.requests import JSON, call, mounted, rebuild, release
from tests.mock_server.helpers.clocks import ManualClock
from tests.mock_server.helpers.controlled import MockSession, checked_response, request, still_mock

NAMES = count(1)
REDACTED = "[redacted]"


@pytest.fixture(scope="module")
def address(judge: Judge, fixtures: Fixtures) -> Iterator[str]:
    with mounted(still_mock(judge, fixtures)) as url:
        yield url


@pytest.fixture
def mock(address: str) -> MockSession:
    """A new session for each test."""
    return MockSession(address, f"test-{next(NAMES)}")


class RecordingStore(MemoryStore):
    """A store that records which lists were read, and whether a call waits."""

    def __init__(self) -> None:
        super().__init__()
        self.read_lists: list[str] = []
        self.waiting = threading.Event()

    def tail(
        self, session: str, name: str, after: int = 0, most: int | None = None
    ) -> list[tuple[int, Any]]:
        self.read_lists.append(name)
        return super().tail(session, name, after, most)

    def wait(self, session: str, name: str, previous: int, seconds: float) -> int:
        self.waiting.set()
        return super().wait(session, name, previous, seconds)


def exchanges(mock: MockSession, query: str = "") -> list[dict[str, Any]]:
    values: list[dict[str, Any]] = mock.result("GET", f"journal{query}")["exchanges"]
    return values


def test_an_exchange_is_recorded_with_its_request_and_response(mock: MockSession) -> None:
    mock.result("POST", "clock", {"advance": 1.5})
    body = {"package_release_id": "rel_successful"}
    path = "/api/package_releases/get?include_logs=false"
    reply = call(mock.base, "POST", path, body, {"X-Request-Id": "a1"})
    (exchange,) = exchanges(mock)
    response = exchange.pop("response")
    assert json.loads(response.pop("body")) == reply.json
    assert dict(response.pop("headers")) == {
        name: value
        for name, value in reply.headers.items()
        if name not in ("Content-Length", "Connection")
    }
    assert response == {
        "status": 200,
        "encoding": "utf-8",
        "size": len(reply.content),
        "stream": False,
    }
    assert dict(exchange.pop("headers"))["x-request-id"] == "a1"
    assert exchange.pop("url") == f"{mock.base}{path}"
    assert exchange == {
        "number": 1,
        "at": "2026-05-28T20:26:41.623Z",
        "session": mock.session,
        "operation": "getPackageRelease",
        "method": "POST",
        "path": "/api/package_releases/get",
        "query": [["include_logs", "false"]],
        "body": json.dumps(body),
        "encoding": "utf-8",
        "size": len(json.dumps(body)),
        "served": ["successful"],
        "faults": [],
    }


def test_an_exchange_names_its_fixtures_scenarios_and_faults(mock: MockSession) -> None:
    rebuild(f"{mock.base}/api", "rel_pending")
    mock.result("POST", "faults", {"kind": "status", "status": 500, "name": "broken"})
    call(mock.base, "GET", "/api/packages/get?package_id=pkg_3")
    assert [(e["served"], e["faults"]) for e in exchanges(mock)] == [
        (["succeeds"], []),
        ([], ["broken"]),
    ]


def test_the_issues_of_a_request_are_recorded(mock: MockSession) -> None:
    call(mock.base, "POST", "/api/package_releases/get", {"package_release_id": 7})
    (exchange,) = exchanges(mock)
    assert [issue["pointer"] for issue in exchange["violations"]] == ["/package_release_id"]


def test_a_stream_is_recorded_when_it_starts(mock: MockSession) -> None:
    path = "/api/package_releases/events?package_release_id=rel_successful"
    call(mock.base, "GET", path)
    (exchange,) = exchanges(mock)
    assert exchange["response"]["stream"] is True
    assert (exchange["response"]["body"], exchange["served"]) == (None, ["successful"])


@pytest.mark.parametrize(
    ("body", "recorded", "encoding"),
    [
        (b"", None, None),
        ("é電".encode(), "é電", "utf-8"),
        (b"\xff\x00", base64.b64encode(b"\xff\x00").decode(), "base64"),
        (b"a" * (MAX_BODY + 1), "a" * MAX_BODY, "utf-8"),
        (("電" * MAX_BODY).encode(), "電" * (MAX_BODY // 3), "utf-8"),
        (b"\xff" * (MAX_BODY + 1), base64.b64encode(b"\xff" * MAX_BODY).decode(), "base64"),
    ],
    ids=["none", "text", "bytes", "long", "cut within a character", "long bytes"],
)
def test_a_recorded_body_is_text_or_base64_and_has_a_maximum_size(
    mock: MockSession, body: bytes, recorded: str | None, encoding: str | None
) -> None:
    call(mock.base, "POST", "/api/package_releases/get", body, JSON)
    (exchange,) = exchanges(mock)
    assert (exchange["body"], exchange["encoding"]) == (recorded, encoding)
    assert exchange["size"] == len(body)


SECRETS = {
    "Authorization": "Bearer testuser-token",
    "Proxy-Authorization": "Basic cHJveHk6c2VjcmV0",
    "X-Api-Key": "key-0f1e2d",
    "X-Auth-Token": "auth-token-9z",
    "Private-Token": "private-9z",
    "X-Amz-Security-Token": "amazon-9z",
    "X-Csrf-Token": "csrf-9z9z",
    "Cookie": 'sid="s3cr3t-cookie"; other=another-cookie',
}
VALUES = ["testuser-token", "cHJveHk6c2VjcmV0", "key-0f1e2d", "s3cr3t-cookie", "another-cookie"]
VALUES += ["auth-token-9z", "private-9z", "amazon-9z", "csrf-9z9z"]
QUERY = {"access_token": "tok-query-1", "API_KEY": "tok-query-2", "password": "hunter2-x"}


def test_neither_the_journal_nor_the_archive_contains_credentials(mock: MockSession) -> None:
    query = "&".join(f"{name}={value}" for name, value in QUERY.items())
    secrets = [*VALUES, *QUERY.values()]
    headers = {**SECRETS, "Referer": f"http://a/?x=1&{query}", "X-Echo": " ".join(secrets)}
    members = {"password": "hunter3", "user_token": 'x"y', "author": "an author is public"}
    body = {"package_release_id": " ".join(secrets), "include": secrets, **members}
    for path in ("/api/package_releases/get", "/api/package_releases/rebuild", "/nowhere/"):
        call(mock.base, "POST", f"{path}?{query}&include_logs={VALUES[0]}", body, headers)
    call(mock.base, "POST", f"/{'/'.join(secrets)}?{query}", b"\xff" + VALUES[2].encode(), headers)
    call(mock.base, "POST", "/api/packages/get", {"name": "otheruser-token"})
    for form in ("", "?format=har"):
        text = mock.call("GET", f"journal{form}").content.decode()
        assert REDACTED in text
        for secret in (*secrets, "otheruser-token"):
            assert secret not in text, secret
            assert base64.b64encode(secret.encode()).decode().rstrip("=") not in text
        assert "hunter3" not in text
        assert "an author is public" in text
    assert len(exchanges(mock)) == 5


def test_the_session_cookie_is_not_a_credential(mock: MockSession) -> None:
    cookie = {"Cookie": "mock_session=rel_pending"}
    call(mock.address, "POST", "/api/packages/get", {"name": "rel_pending"}, cookie)
    (exchange,) = exchanges(MockSession(mock.address, "rel_pending"))
    assert json.loads(exchange["body"]) == {"name": "rel_pending"}
    assert dict(exchange["headers"])["cookie"] == REDACTED


def test_invalid_utf_8_can_be_recorded(mock: MockSession) -> None:
    call(mock.base, "GET", "/api/packages/get?name=%FF&%FE=1")
    call(mock.base, "GET", "/%FF%FE", headers={"X-Unusual": "\xff\x80"})
    assert len(exchanges(mock)) == 2
    assert exchanges(mock, "?format=json&limit=1")[0]["response"]["status"] == 400


def test_the_journal_can_be_filtered_by_operation_status_method_path_number_and_limit(
    mock: MockSession,
) -> None:
    api = f"{mock.base}/api"
    release(api, "rel_pending")
    rebuild(api, "rel_pending")
    rebuild(api, "rel_pending", {})
    call(api, "GET", "/packages/get?package_id=none")
    call(api, "GET", "/nowhere")

    def numbers(query: str) -> list[int]:
        return [exchange["number"] for exchange in exchanges(mock, f"?{query}")]

    assert numbers("operation=rebuildPackageRelease") == [2, 3]
    assert numbers("operation=rebuildPackageRelease&status=401") == [3]
    assert numbers("status=404") == [4, 5]
    assert numbers("method=get") == [4, 5]
    assert numbers("path=/api/packages/get") == numbers("path=/packages/get") == [4]
    assert numbers("after=3") == [4, 5]
    assert numbers("limit=2") == [1, 2]
    assert numbers("after=1&limit=2") == [2, 3]
    assert numbers("operation=findAccount") == []
    assert mock.result("GET", "journal?limit=1")["last"] == 5


def test_the_journal_stores_the_last_thousand_exchanges(judge: Judge, fixtures: Fixtures) -> None:
    mock = still_mock(judge, fixtures)
    for _ in range(MAX_EXCHANGES + 3):
        respond(mock, request("GET", "/api/packages/get?package_id=pkg_3"))
    recorded = journal.read(mock.context, "default").records
    assert (len(recorded), recorded[0]["number"], recorded[-1]["number"]) == (
        MAX_EXCHANGES,
        4,
        MAX_EXCHANGES + 3,
    )


def test_the_cost_of_recording_does_not_grow_with_the_journal(
    judge: Judge, fixtures: Fixtures
) -> None:
    """A request appends to the list and does not read it."""
    store = RecordingStore()
    mock = mock_of(judge, fixtures, clock=ManualClock(), store=store)
    for _ in range(2):
        respond(mock, request("GET", "/api/packages/get?package_id=pkg_3"))
    assert not store.read_lists
    assert len(journal.read(mock.context, "default").records) == 2
    assert store.read_lists == [JOURNAL]


def test_a_cleared_journal_continues_its_numbers(mock: MockSession) -> None:
    other = MockSession(mock.address, f"{mock.session}-other")
    for session in (mock, other):
        release(f"{session.base}/api", "rel_pending")
    cleared = mock.result("DELETE", "journal")
    assert (cleared["exchanges"], cleared["last"]) == ([], 0)
    assert "pending" in cleared["unused"]["fixtures"]
    assert len(exchanges(other)) == 1
    release(f"{mock.base}/api", "rel_pending")
    assert [exchange["number"] for exchange in exchanges(mock)] == [2]


def test_unused_fixtures_and_scenarios_are_listed(mock: MockSession, fixtures: Fixtures) -> None:
    def unused() -> dict[str, list[str]]:
        names: dict[str, list[str]] = mock.result("GET", "journal?limit=1")["unused"]
        return names

    everything = {"fixtures": [*fixtures.fixtures], "scenarios": [*fixtures.scenarios]}
    assert unused() == everything
    release(f"{mock.base}/api", "rel_successful")
    rebuild(f"{mock.base}/api", "rel_pending")
    assert set(everything["fixtures"]) - set(unused()["fixtures"]) == {"successful"}
    assert set(everything["scenarios"]) - set(unused()["scenarios"]) == {"succeeds"}
    mock.result("DELETE", "journal")
    assert unused() == everything


@pytest.mark.parametrize(
    ("method", "path", "body", "part", "nearest"),
    [
        ("GET", "/api/package_releases/gett", None, "path", "/api/package_releases/get"),
        ("GET", "/packages/get/", None, "path", "/packages/get"),
        ("POST", "/api/package_release/rebuild", {}, "path", "/api/package_releases/rebuild"),
        ("PUT", "/api/packages/get", None, "method", "POST"),
        ("POST", "/api/package_releases/get", {"package_release_id": "rel_sucessful"},
         "package_release_id", "rel_successful"),
        ("POST", "/api/package_releases/get",
         {"package_name_with_version": "testuser/my-test-board@1.0"},
         "package_name_with_version", "testuser/my-test-board@1.0.0"),
        ("GET", "/api/packages/get?name=testuser/my-test-bord", None,
         "name", "testuser/my-test-board"),
        ("GET", "/api/accounts/get?github_username=testusr", None, "github_username", "testuser"),
    ],
)  # fmt: skip
def test_a_request_that_matches_nothing_has_a_near_miss(
    mock: MockSession, method: str, path: str, body: object, part: str, nearest: str
) -> None:
    assert call(mock.base, method, path, body).status in (404, 405)
    (exchange,) = exchanges(mock)
    assert (exchange["near_miss"]["what"], exchange["near_miss"]["nearest"]) == (part, nearest)


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/api/packages/get?package_id=pkg_3", {}),
        ("/api/packages/get?package_id=pkg_3", {"Prefer": "code=404"}),
        ("/api/accounts/get", {}),
        ("/accounts/get_account_balance", {}),
    ],
)
def test_a_request_that_matches_has_no_near_miss(
    mock: MockSession, path: str, headers: dict[str, str]
) -> None:
    call(mock.base, "GET", path, headers=headers)
    (exchange,) = exchanges(mock)
    assert "near_miss" not in exchange


def test_preflights_and_the_page_at_the_root_are_not_recorded(mock: MockSession) -> None:
    for method, path in (("OPTIONS", "/api/packages/get"), ("GET", "/"), ("OPTIONS", "/nowhere")):
        call(mock.base, method, path)
    call(mock.base, "HEAD", "/api/packages/get?package_id=pkg_3")
    assert [(e["method"], e["operation"]) for e in exchanges(mock)] == [("HEAD", "getPackage")]


def test_a_wait_ends_with_the_first_matching_exchange(mock: MockSession) -> None:
    waiting = threading.Event()

    def send_requests() -> None:
        waiting.wait(20)
        release(f"{mock.base}/api", "rel_pending")
        rebuild(f"{mock.base}/api", "rel_pending")

    thread = threading.Thread(target=send_requests)
    thread.start()
    waiting.set()
    matches = exchanges(mock, "?operation=rebuildPackageRelease&wait=20")
    thread.join()
    assert [exchange["operation"] for exchange in matches] == ["rebuildPackageRelease"]
    assert exchanges(mock, f"?after={matches[-1]['number']}&wait=0.01") == []


def test_a_wait_does_not_end_with_other_exchanges(judge: Judge, fixtures: Fixtures) -> None:
    """It returns the matching exchange, which is recorded after the wait has started."""
    store = RecordingStore()
    mock = mock_of(judge, fixtures, clock=ManualClock(), store=store)
    responses: list[Response] = []
    call = request("GET", "/_s/a/_mock/journal?wait=20&status=404")
    thread = threading.Thread(target=lambda: responses.append(checked_response(mock, call)))
    thread.start()
    assert store.waiting.wait(20)
    respond(mock, request("GET", "/_s/b/api/nowhere"))
    respond(mock, request("GET", "/_s/a/api/packages/get?package_id=pkg_3"))
    respond(mock, request("GET", "/_s/a/api/nowhere"))
    thread.join(20)
    assert [e["number"] for e in json.loads(responses[0].body)["exchanges"]] == [2]


def test_a_response_that_breaks_the_contract_is_recorded_with_its_violations(
    judge: Judge, fixtures: Fixtures
) -> None:
    mock = still_mock(judge, fixtures, ManualClock())

    def in_the_future(state: SessionState) -> SessionState:
        release = fixtures.fixtures["building-transpilation"].value
        created = {**release, "created_at": "2099-01-01T00:00:00.000Z"}
        return state.with_change("PackageRelease/rel_building_transpilation", created)

    mock.sessions.change("default", in_the_future)
    body = {"package_release_id": "rel_building_transpilation"}
    assert respond(mock, request("POST", "/api/package_releases/get", body)).status == 500
    exchange = journal.read(mock.context, "default").records[-1]
    assert "no timestamp may be in the future" in exchange["violations"][0]["message"]


def test_a_long_journal_is_read_in_pages(mock: MockSession) -> None:
    """A page has 4 MiB of bodies at most, and one exchange at least."""
    long = {"package_id": "pkg_3", "note": "x" * 60_000}
    for _ in range(100):
        call(f"{mock.base}/api", "POST", "/packages/get", long)
    page = mock.result("GET", "journal")
    assert page["more"]
    assert sum(len(each["body"]) for each in page["exchanges"]) < 4 * 1024 * 1024
    numbers = [each["number"] for each in page["exchanges"]]
    while page["more"]:
        page = mock.result("GET", f"journal?after={numbers[-1]}")
        numbers += [each["number"] for each in page["exchanges"]]
    assert numbers == [*range(1, 101)]
    archive = mock.result("GET", "journal?format=har")["log"]
    assert archive["_more"]
    assert not mock.result("GET", "journal?format=har&limit=5&after=95")["log"]["_more"]
    (last,) = mock.result("GET", "journal?after=99")["exchanges"]
    assert last["number"] == 100


def test_a_limited_page_says_whether_matching_exchanges_follow(mock: MockSession) -> None:
    for path in ("/packages/get", "/nowhere", "/packages/get", "/nowhere"):
        call(f"{mock.base}/api", "GET", path)
    assert mock.result("GET", "journal?limit=1&path=/nowhere")["more"]
    assert not mock.result("GET", "journal?limit=2&path=/nowhere")["more"]
    assert not mock.result("GET", "journal?limit=1&path=/packages/get&after=2")["more"]
