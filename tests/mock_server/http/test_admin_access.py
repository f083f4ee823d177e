"""Access to the control API: local programs, the mock's own pages, and pages of allowed origins."""

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
    """The address of a mock with an admin token and allowed hosts other than loopback."""
    admin_access = admin_access_for(
        "0.0.0.0",  # noqa: S104 - only compared
        ["Mock.Internal", "192.0.2.7", "[2001:DB8::1]"],
        TOKEN,
    )
    with running(replace(still_mock(judge, fixtures), admin_access=admin_access)) as url:
        yield url


def call_status(address: str, headers: Mapping[str, str]) -> int:
    """Call the control API and return the status. ``PORT`` in a header is the port of the mock."""
    port = str(urlsplit(address).port)
    actual = {name: value.replace("PORT", port) for name, value in headers.items()}
    return MockSession(address).call("POST", "clock", {"advance": 0}, actual).status


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
def test_only_loopback_hosts_are_allowed_by_default(address: str, host: str, expected: int) -> None:
    assert call_status(address, {"Host": host}) == expected


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
def test_the_host_of_the_listener_and_the_allowed_hosts_are_accepted(
    guarded: str, host: str, expected: int
) -> None:
    assert call_status(guarded, {"Host": host, "Authorization": f"Bearer {TOKEN}"}) == expected


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
def test_only_the_origin_of_the_mock_is_allowed(
    address: str, headers: dict[str, str], expected: int
) -> None:
    assert call_status(address, headers) == expected


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
def test_every_control_call_needs_the_admin_token_if_there_is_one(
    guarded: str, authorization: str | None, expected: int
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    assert call_status(guarded, headers) == expected
    for path in ("health", "nothing", "sessions/default"):
        status = MockSession(guarded, headers=headers).call("GET", path).status
        assert (status == 401) == (expected == 401)


def test_the_origin_is_checked_before_the_token(guarded: str) -> None:
    valid = {"Authorization": f"Bearer {TOKEN}"}
    assert call_status(guarded, {**valid, "Origin": "http://evil.example"}) == 403
    assert call_status(guarded, {"Origin": "http://evil.example"}) == 403


def test_a_refused_call_has_no_effect_and_starts_no_session(address: str) -> None:
    mock = MockSession(address, "refused")
    sessions = MockSession(address).result("GET", "sessions")
    foreign = {"Origin": "http://evil.example"}
    body = {"package_release_id": "rel_pending", "fixture": "successful"}
    assert mock.call("POST", "show", body, foreign).status == 403
    assert MockSession(address).result("GET", "sessions") == sessions


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:PORT", "null"])
def test_a_preflight_of_the_control_api_is_refused(address: str, origin: str) -> None:
    headers = {
        "Origin": origin.replace("PORT", str(urlsplit(address).port)),
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    for path in ("clock", "nothing"):
        assert MockSession(address, "a").call("OPTIONS", path, headers=headers).status == 403


def test_the_mocked_api_allows_every_origin_and_host(guarded: str) -> None:
    headers = {**JSON, "Origin": "http://evil.example", "Host": "evil.example"}
    reply = call(guarded, "GET", "/api/packages/get?package_id=pkg_3", headers=headers)
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (200, headers["Origin"])


def test_a_request_without_a_host_is_refused(address: str) -> None:
    server = urlsplit(address)
    with socket.create_connection((server.hostname, server.port), timeout=20) as connection:
        connection.sendall(b"GET /_mock/clock HTTP/1.0\r\n\r\n")
        assert connection.recv(65536).split()[1] == b"403"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1", "mock.internal"])  # noqa: S104
def test_the_mock_does_not_start_on_another_address_without_a_token(host: str) -> None:
    result = run_command("serve", "--host", host, "--port", "0")
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "--admin-token: is required" in result.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "::1", "[::1]"])
def test_a_mock_on_loopback_needs_no_token(host: str) -> None:
    assert admin_access_for(host, [], None).token is None


PAGE = "http://localhost:5173"


@pytest.fixture(scope="module")
def open_to_a_page(judge: Judge, fixtures: Fixtures) -> Iterator[str]:
    """The address of a mock that pages of one origin may control with a token."""
    access = admin_access_for("127.0.0.1", [], TOKEN, [PAGE, "https://app.example"])
    with running(replace(still_mock(judge, fixtures), admin_access=access)) as url:
        yield url


def test_a_page_of_an_allowed_origin_controls_the_mock(open_to_a_page: str) -> None:
    preflight = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
        "Sec-Fetch-Site": "cross-site",
    }
    path = "/_s/panel/_mock/clock"
    allowed = call(open_to_a_page, "OPTIONS", path, headers=preflight)
    assert allowed.status == 204
    assert allowed.headers["Access-Control-Allow-Origin"] == PAGE
    assert "POST" in allowed.headers["Access-Control-Allow-Methods"]
    headers = {"Origin": PAGE, "Sec-Fetch-Site": "cross-site"}
    assert call(open_to_a_page, "POST", path, {"advance": 1}, headers).status == 401
    headers["Authorization"] = f"Bearer {TOKEN}"
    response = call(open_to_a_page, "POST", path, {"advance": 1}, headers)
    assert (response.status, response.headers["Access-Control-Allow-Origin"]) == (200, PAGE)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Origin": PAGE}, 200),
        ({"Origin": "https://app.example:443", "Sec-Fetch-Site": "cross-site"}, 200),
        ({"Origin": "http://app.example"}, 403),
        ({"Origin": "http://localhost:5174"}, 403),
        ({"Origin": "http://localhost"}, 403),
        ({"Origin": PAGE, "Host": "evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_an_allowed_origin_opens_the_control_api_to_no_other(
    open_to_a_page: str, headers: dict[str, str], expected: int
) -> None:
    token = {"Authorization": f"Bearer {TOKEN}"}
    reply = call(open_to_a_page, "GET", "/_mock/clock", headers={**headers, **token})
    assert reply.status == expected


@pytest.mark.parametrize(
    ("site", "fix"),
    [
        ("cross-site", f"start the mock with --allow-origin {PAGE}"),
        ("same-origin", "set changeOrigin: false for /_mock in the proxy of the dev server, or "),
    ],
)
def test_the_refusal_of_a_page_names_the_way_out(address: str, site: str, fix: str) -> None:
    headers = {"Origin": PAGE, "Sec-Fetch-Site": site}
    refused = MockSession(address).call("POST", "clock", {"advance": 0}, headers)
    (issue,) = refused.json["error"]["issues"]
    assert issue["pointer"] == "Origin"
    assert fix in issue["message"]


@pytest.mark.parametrize("origin", ["*", "null", "localhost:5173", "http://a/b", "ftp://a", ""])
def test_an_invalid_allowed_origin_is_an_error_at_the_start(origin: str) -> None:
    (violation,) = violations_of(admin_access_for, "127.0.0.1", [], None, [origin])
    assert violation.rule == "--allow-origin"


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
def test_an_invalid_allowed_host_or_token_is_an_error_at_the_start(
    hosts: list[str], token: str | None, rule: str
) -> None:
    (violation,) = violations_of(admin_access_for, "127.0.0.1", hosts, token)
    assert violation.rule == rule
