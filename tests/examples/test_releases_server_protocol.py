"""The responses of the releases server to valid, invalid and malformed requests."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.example_server import ROOT
from tests.helpers.requests import JSON, OWNER, call, rebuild, send_bytes

GET = "/package_releases/get"
REBUILD = "/package_releases/rebuild"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"package_release_id": NaN}',
        b'{"package_release_id": "a", "other": -Infinity}',
        b'{"package_release_id": "a", "package_release_id": "a"}',
        b'{"package_release_id": "a", "other": [{"b": 1, "b": 1}]}',
        b'{"package_release_id": "\xff"}',
        b'\xef\xbb\xbf{"package_release_id": "a"}',
        b'{"package_release_id": "\\ud800"}',
        b'{"package_release_id": "a", "other": {"\\udfff": 1}}',
        b'{"package_release_id": ""}',
        b'{"package_release_id": null}',
        b'{"package_release_id": 7}',
        b'{"package_release_id": "a", "is_latest": 1}',
        b'{"package_id": "pkg_3", "is_latest": false}',
        b'{"package_id": "pkg_3"}',
        b'{"other": "a"}',
        b"[" * 200_000,
        b'{"a":' * 100_000,
    ],
    ids=lambda body: repr(body[:60]),
)
def test_an_invalid_body_is_rejected_with_issues(base: str, body: bytes) -> None:
    reply = call(base, "POST", GET, body, JSON)
    assert (reply.status, reply.error_code) == (400, "invalid_request")
    assert all({"pointer", "message"} == set(issue) for issue in reply.json["error"]["issues"])
    assert reply.json["error"]["issues"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"package_release_id": 7}', "/package_release_id"),
        (b'{"other": [{"a/b": 1, "a/b": 2}]}', "/other/0/a~1b"),
        (b'{"other": ["\\ud800"]}', "/other/0"),
        (b"{}", ""),
    ],
)
def test_an_issue_has_the_pointer_of_the_error(base: str, body: bytes, pointer: str) -> None:
    reply = call(base, "POST", GET, body, JSON)
    assert [issue["pointer"] for issue in reply.json["error"]["issues"]] == [pointer]


@pytest.mark.parametrize(
    "release_id",
    [
        "rel_SUCCESSFUL",
        "rel_successful\0",
        "\0",
        "' OR 1=1 --",
        "rel_%",
        "é",
        "\U0001f50c",
        "x" * 9**6,
    ],
    ids=lambda text: repr(text[:20]),
)
def test_an_unknown_id_is_not_found(base: str, release_id: str) -> None:
    reply = call(base, "POST", GET, {"package_release_id": release_id})
    assert (reply.status, reply.error_code) == (404, "package_release_not_found")


def test_unknown_keys_are_ignored_with_any_value(base: str) -> None:
    digits = b"9" * 5000
    body = b'{"package_release_id": "rel_successful", "other": [' + digits + b', 1e999, "\\u0000"]}'
    assert call(base, "POST", GET, body, JSON).status == 200


@pytest.mark.parametrize(
    ("lookup", "expected"),
    [
        ({"package_name_with_version": "testuser/my-test-board@1.0.0"}, "rel_successful"),
        ({"package_name_with_version": "@testuser/led-matrix@2.0.0"}, "rel_matrix"),
        ({"package_name_with_version": "testuser/my-test-board"}, "package_release_not_found"),
        ({"package_name_with_version": "testuser/my-test-board@"}, "package_release_not_found"),
        ({"package_name": "testuser/my-test-board", "is_latest": True}, "rel_successful"),
        ({"package_name": "testuser/empty-board", "is_latest": True}, "package_release_not_found"),
        ({"package_name": "testuser/unknown", "is_latest": True}, "package_not_found"),
        ({"package_id": "pkg_3", "is_latest": True}, "rel_successful"),
        ({"package_id": "unknown", "is_latest": True}, "package_release_not_found"),
        (
            {"package_id": "pkg_1", "is_latest": True, "package_release_id": "rel_pending"},
            "rel_pending",
        ),
    ],
)
def test_the_most_specific_complete_lookup_decides(
    base: str, lookup: dict[str, object], expected: str
) -> None:
    reply = call(base, "POST", GET, lookup)
    if reply.status == 200:
        assert reply.json["package_release"]["package_release_id"] == expected
    else:
        assert reply.error_code == expected


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 404),
        ("Application/JSON; charset=utf-8", 404),
        ("text/plain", 415),
        ("application/jsonp", 415),
        ("", 415),
        (None, 415),
    ],
)
def test_a_body_must_have_the_content_type_json(
    base: str, content_type: str | None, status: int
) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    body = b'{"package_release_id": "unknown"}'
    assert call(base, "POST", GET, body, headers).status == status


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 400), (JSON, 400), ({"Content-Type": "text/plain"}, 415)]
)
def test_without_a_body_only_a_wrong_content_type_is_a_415(
    base: str, headers: dict[str, str], status: int
) -> None:
    assert call(base, "POST", GET, headers=headers).status == status


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer testuser",
        "Bearer testuser-tokenn",
        "Bearer testuser-token testuser-token",
        "Bearer Testuser-Token",
        "Bearer \xe9",
        "Basic testuser-token",
        "testuser-token",
    ],
)
def test_invalid_credentials_are_rejected_with_a_challenge(
    base: str, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    reply = rebuild(base, "rel_pending", headers)
    assert (reply.status, reply.error_code) == (401, "unauthorized")
    assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_the_authentication_scheme_is_compared_without_case(base: str) -> None:
    assert rebuild(base, "rel_pending", {"Authorization": "bEARER testuser-token"}).status == 200


LARGE = b" " * (1024 * 1024 + 1)


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "text/plain"}, LARGE, 401),
        ({**OWNER, "Content-Type": "text/plain"}, LARGE, 415),
        ({**OWNER, **JSON}, LARGE, 413),
        ({**OWNER, **JSON}, b"{}", 400),
        ({**OWNER, **JSON}, b'{"package_release_id": "unknown"}', 404),
        ({**OWNER, **JSON}, b'{"package_release_id": "rel_power_new"}', 403),
    ],
)
def test_a_rebuild_reports_errors_in_the_documented_order(
    base: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    assert call(base, "POST", REBUILD, body, headers).status == status


HEAD = b"POST /api/package_releases/get HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        (b"Content-Length: 9999999999\r\n\r\n", 413),
        (b"Transfer-Encoding: chunked\r\n\r\n100001\r\n", 413),
        (b"Transfer-Encoding: chunked\r\n\r\nno size\r\n", 400),
        (b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
        (b"Content-Length: -1\r\n\r\n", 400),
        (
            b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
            400,
        ),
    ],
)
def test_the_length_of_a_body_is_checked_before_it_is_read(
    base: str, rest: bytes, status: int
) -> None:
    reply = send_bytes(base, HEAD + rest)
    assert reply.startswith(f"HTTP/1.1 {status} ".encode())
    assert b'{"error": {"error_code": ' in reply


def test_a_chunked_body_is_accepted(base: str) -> None:
    rest = b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    parts = (b'{"package_release_id": "', b'rel_successful"}', b"")
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    assert send_bytes(base, HEAD + rest + chunks).startswith(b"HTTP/1.1 200 ")


def test_one_connection_serves_many_requests(base: str) -> None:
    valid = b"GET /packages/get?package_id=pkg_1 HTTP/1.1\r\nHost: a\r\n"
    unknown = b"POST /unknown HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
    reply = send_bytes(base, valid + b"\r\n" + unknown + valid + b"Connection: close\r\n\r\n")
    assert reply.count(b"HTTP/1.1 200 ") == 2
    assert reply.count(b"HTTP/1.1 404 ") == 1


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("package_id=pkg_3", 200),
        ("package%5Fid=pkg%5F3&other=&other=", 200),
        ("name=%40testuser/led-matrix", 200),
        ("package_id=PKG_3", 404),
        ("package_id=%00", 404),
        ("package_id=pkg_3%20", 404),
        ("", 400),
        ("package_id", 400),
        ("package_id=", 400),
        ("package_id=pkg_3&package_id=pkg_3", 400),
        ("package_id=%FF", 400),
        ("package_id=%ED%A0%80", 400),
        ("package_id=pkg_3&name=", 400),
    ],
)
def test_a_query_looks_up_a_package_for_get_and_head(base: str, query: str, status: int) -> None:
    reply = call(base, "GET", f"/packages/get?{query}")
    assert reply.status == status
    head = call(base, "HEAD", f"/packages/get?{query}")
    assert (head.status, head.content) == (status, b"")
    assert head.headers["Content-Length"] == str(len(reply.content))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("include_logs=true", 200),
        ("include_logs=false", 200),
        ("include_logs=False", 400),
        ("include_logs=", 400),
        ("include_logs=1", 400),
        ("include_logs=true&include_logs=true", 400),
        ("Include_logs=1", 200),
    ],
)
def test_include_logs_must_be_true_or_false_and_appear_once(
    base: str, query: str, status: int
) -> None:
    reply = call(base, "POST", f"{GET}?{query}", {"package_release_id": "rel_successful"})
    assert reply.status == status
    if status == 200:
        logs = reply.json["package_release"]["circuit_json_build_logs"]
        assert (logs == []) == (query == "include_logs=false")


def test_a_request_without_criteria_returns_the_account_of_the_token(base: str) -> None:
    own = call(base, "GET", "/accounts/get", headers=OWNER)
    assert own.json["account"]["account_id"] == "account-1234"
    assert call(base, "GET", "/accounts/get").status == 401
    other = call(base, "GET", "/accounts/get?github_username=otheruser")
    assert other.json["account"]["account_id"] == "account_2"


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/packages", "/packages/get/", "//packages/get", "/packages//get"),
        *("/./packages/get", "/packages%2Fget", "/Packages/get", "/packages/get%00"),
    ],
)
def test_an_unknown_path_is_not_found(base: str, path: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        reply = call(base, method, path)
        assert (reply.status, reply.error_code) == (404, "not_found")


def test_the_prefix_of_the_path_is_optional(base: str) -> None:
    root = base.removesuffix("/api")
    assert call(root, "GET", "/packages/get?package_id=pkg_1").status == 200
    assert call(root, "GET", "//packages/get?package_id=pkg_1").status == 404
    assert call(root, "GET", "/api/api/packages/get?package_id=pkg_1").status == 404


@pytest.mark.parametrize(
    ("path", "methods", "allow"),
    [
        (GET, ("GET", "HEAD", "PUT", "post", "UNKNOWN"), "OPTIONS, POST"),
        ("/accounts/get", ("PUT", "DELETE", "PATCH", "TRACE"), "GET, HEAD, OPTIONS, POST"),
    ],
)
def test_allow_lists_the_methods_of_a_path(
    base: str, path: str, methods: tuple[str, ...], allow: str
) -> None:
    options = call(base, "OPTIONS", path)
    assert (options.status, options.content, options.headers["Allow"]) == (204, b"", allow)
    for method in methods:
        reply = call(base, method, path)
        assert (reply.status, reply.headers["Allow"]) == (405, allow)
        assert method == "HEAD" or reply.error_code == "method_not_allowed"


@pytest.mark.parametrize(
    "request_line", [b"nonsense\r\n", b"GET /" + b"x" * 70_000, b"GET / HTTP/9.9\r\n\r\n"]
)
def test_a_malformed_request_has_the_body_of_every_error(base: str, request_line: bytes) -> None:
    assert b'{"error": {"error_code": ' in send_bytes(base, request_line)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "examples.releases_server", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_the_error_for_a_busy_port_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        done = run("--port", port, "--database", str(tmp_path / "releases.sqlite"))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert port in done.stderr


@pytest.mark.parametrize("name", ["", "no/such/folder.sqlite", "text.sqlite"])
def test_the_error_for_another_file_is_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.sqlite").write_text("this is not a database" * 100)
    done = run("--port", "0", "--database", str(tmp_path / name))
    assert done.returncode == 2
    assert done.stderr.startswith("cannot open the database")
    assert done.stderr.count("\n") == 1
