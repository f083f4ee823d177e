"""Access to the control API: local programs and the mock's own pages, but no other pages."""

import socket
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.http.admin_access import admin_access_for
from mock_server.server.in_process import running
from tests.helpers.requests import JSON, call
from tests.mock_server.helpers.command_line import run_command
from tests.mock_server.helpers.controlled import MockSession, still_mock
from tests.mock_server.helpers.copies import violations_of

TOKEN = "open-sesame.1~2"


@pytest.fixture(scope="module")
def address(judge: Judge, fixtures: Fixtures) -> Iterator[str]:
    with running(still_mock(judge, fixtures)) as url:
        yield url


@pytest.fixture(scope="module")
def guarded(judge: Judge, fixtures: Fixtures) -> Iterator[str]:
    """A mock with an admin token and with host names other than loopback."""
    admin_access = admin_access_for(
        "0.0.0.0",  # noqa: S104 - a value to compare, nothing listens there
        ["Mock.Internal", "192.0.2.7", "[2001:DB8::1]"],
        TOKEN,
    )
    with running(replace(still_mock(judge, fixtures), admin_access=admin_access)) as url:
        yield url


def status_of_call(address: str, headers: Mapping[str, str]) -> int:
    """Return the status of a call with these headers; ``PORT`` becomes the mock's port."""
    port = str(urlsplit(address).port)
    sent = {name: value.replace("PORT", port) for name, value in headers.items()}
    return MockSession(address).call("POST", "clock", {"advance": 0}, sent).status


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1:PORT", 200),
        ("127.0.0.1", 200),
        ("127.8.9.10:1", 200),
        ("localhost:PORT", 200),
        ("LocalHost", 200),
        ("[::1]:PORT", 200),
        ("[0:0:0:0:0:0:0:1]", 200),
        ("", 403),
        ("evil.example", 403),
        ("evil.example:PORT", 403),
        ("localhost.evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("notlocalhost", 403),
        ("localhost@evil.example", 403),
        ("127.0.0.1:PORT@evil.example", 403),
        ("evil.example, localhost", 400),
        ("127.1", 403),
        ("2130706433", 403),
        ("0.0.0.0:PORT", 403),
        ("10.0.0.1", 403),
        ("[::2]", 403),
        ("[::ffff:10.0.0.1]", 403),
        ("::1", 403),
        ("localhost:", 403),
        ("localhost:port", 403),
        ("mock.internal", 403),
    ],
)
def test_a_host_other_than_loopback_is_rejected(address: str, host: str, expected: int) -> None:
    assert status_of_call(address, {"Host": host}) == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("0.0.0.0:PORT", 200),
        ("mock.internal", 200),
        ("MOCK.internal:8080", 200),
        ("192.0.2.7", 200),
        ("[2001:db8:0::1]:80", 200),
        ("localhost", 200),
        ("internal", 403),
        ("192.0.2.70", 403),
    ],
)
def test_the_listening_host_and_the_allowed_hosts_are_accepted(
    guarded: str, host: str, expected: int
) -> None:
    assert status_of_call(guarded, {"Host": host, "Authorization": f"Bearer {TOKEN}"}) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Origin": "http://127.0.0.1:PORT"}, 200),
        ({"Origin": "HTTP://127.0.0.1:PORT"}, 200),
        ({"Origin": "http://localhost:PORT", "Host": "localhost:PORT"}, 200),
        ({"Origin": "http://[::1]:PORT", "Host": "[::1]:PORT"}, 200),
        ({"Origin": "http://localhost", "Host": "localhost:80"}, 200),
        ({"Origin": "http://localhost:PORT"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "http://127.0.0.1"}, 403),
        ({"Origin": "https://127.0.0.1:PORT"}, 403),
        ({"Origin": "http://127.0.0.1:PORT/"}, 403),
        ({"Origin": "http://127.0.0.1:PORT", "Host": "localhost:PORT"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://evil.example", "Host": "evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "127.0.0.1:PORT"}, 403),
        ({"Origin": "file://"}, 403),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:PORT"}, 200),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "Cross-Site"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:1"}, 403),
    ],
)
def test_every_origin_except_that_of_the_mock_is_rejected(
    address: str, headers: dict[str, str], expected: int
) -> None:
    assert status_of_call(address, headers) == expected


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer  {TOKEN}", 200),
        (None, 401),
        ("Bearer", 401),
        ("Bearer open-sesame.1~", 401),
        (f"Bearer {TOKEN}2", 401),
        (f"Bearer {TOKEN.upper()}", 401),
        (f"Bearer {TOKEN} {TOKEN}", 401),
        (f"Basic {TOKEN}", 401),
        (TOKEN, 401),
        ("Bearer testuser-token", 401),
    ],
)
def test_with_an_admin_token_each_call_needs_it(
    guarded: str, authorization: str | None, expected: int
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    assert status_of_call(guarded, headers) == expected
    for path in ("health", "nothing", "sessions/default"):
        status = MockSession(guarded, headers=headers).call("GET", path).status
        assert (status == 401) == (expected == 401)


def test_a_foreign_origin_is_rejected_before_the_token_is_checked(guarded: str) -> None:
    valid = {"Authorization": f"Bearer {TOKEN}"}
    assert status_of_call(guarded, {**valid, "Origin": "http://evil.example"}) == 403
    assert status_of_call(guarded, {"Origin": "http://evil.example"}) == 403


def test_a_rejected_call_changes_nothing_and_starts_no_session(address: str) -> None:
    mock = MockSession(address, "refused")
    sessions = MockSession(address).result("GET", "sessions")
    foreign = {"Origin": "http://evil.example"}
    body = {"package_release_id": "rel_pending", "fixture": "successful"}
    assert mock.call("POST", "show", body, foreign).status == 403
    assert MockSession(address).result("GET", "sessions") == sessions


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:PORT", "null"])
def test_a_preflight_is_rejected_without_cors_headers(address: str, origin: str) -> None:
    headers = {
        "Origin": origin.replace("PORT", str(urlsplit(address).port)),
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    for path in ("clock", "nothing"):
        assert MockSession(address, "a").call("OPTIONS", path, headers=headers).status == 403


def test_the_mocked_api_accepts_every_origin_and_host(guarded: str) -> None:
    headers = {**JSON, "Origin": "http://evil.example", "Host": "evil.example"}
    reply = call(guarded, "GET", "/api/packages/get?package_id=pkg_3", headers=headers)
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (200, headers["Origin"])


def test_a_request_without_a_host_is_rejected(address: str) -> None:
    server = urlsplit(address)
    with socket.create_connection((server.hostname, server.port), timeout=20) as connection:
        connection.sendall(b"GET /_mock/clock HTTP/1.0\r\n\r\n")
        assert connection.recv(65536).split()[1] == b"403"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1", "mock.internal"])  # noqa: S104
def test_on_another_host_than_loopback_the_mock_needs_a_token_to_start(host: str) -> None:
    result = run_command("serve", "--host", host, "--port", "0")
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "--admin-token: is required" in result.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "::1", "[::1]"])
def test_on_loopback_the_mock_needs_no_token(host: str) -> None:
    assert admin_access_for(host, [], None).token is None


@pytest.mark.parametrize(
    ("hosts", "token", "rule"),
    [
        (["mock:3100"], None, "--allow-host"),
        ([""], None, "--allow-host"),
        (["http://mock"], None, "--allow-host"),
        (["a b"], None, "--allow-host"),
        ([], "", "--admin-token"),
        ([], "two words", "--admin-token"),
        ([], "sésame", "--admin-token"),
    ],
)
def test_a_host_or_token_that_no_request_can_contain_is_an_error_at_the_start(
    hosts: list[str], token: str | None, rule: str
) -> None:
    assert [
        violation.rule for violation in violations_of(admin_access_for, "127.0.0.1", hosts, token)
    ] == [rule]
