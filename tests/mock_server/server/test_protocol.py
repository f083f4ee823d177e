"""HTTP features of all responses: methods, CORS, headers, framing, static responses, logs."""

import json
import logging

import pytest

from tests.helpers.requests import JSON, OWNER, call, send_bytes

ROUTES = {
    "/package_releases/get": "POST, OPTIONS",
    "/package_releases/list": "POST, OPTIONS",
    "/package_releases/rebuild": "POST, OPTIONS",
    "/packages/get": "GET, POST, HEAD, OPTIONS",
    "/accounts/get": "GET, POST, HEAD, OPTIONS",
}
PAGE = {"Origin": "https://page.example"}
PREFLIGHT = {
    **PAGE,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
}


@pytest.mark.parametrize("prefix", ["/api", ""])
@pytest.mark.parametrize("path", ROUTES)
def test_a_path_returns_its_methods_in_allow_and_rejects_all_others(
    address: str, path: str, prefix: str
) -> None:
    allow = set(ROUTES[path].split(", "))
    options = call(address, "OPTIONS", prefix + path)
    assert (options.status, options.content) == (204, b"")
    assert set(options.headers["Allow"].split(", ")) == allow
    assert "Content-Length" not in options.headers
    for method in {"GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get"} - allow:
        reply = call(address, method, prefix + path)
        assert reply.status == 405
        assert set(reply.headers["Allow"].split(", ")) == allow


@pytest.mark.parametrize("query", ["package_id=pkg_3", "package_id=none", ""])
def test_head_returns_the_headers_of_get_without_the_body(address: str, query: str) -> None:
    get, head = (call(address, method, f"/api/packages/get?{query}") for method in ("GET", "HEAD"))
    assert head.status == get.status
    assert head.content == b""
    assert head.headers["Content-Length"] == str(len(get.content))
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/packages",
        "/api/packages/get/",
        "//packages/get",
        "/api//packages/get",
        "/api/api/packages/get",
        "/API/packages/get",
        "/api/packages%2Fget",
        "/%00",
        "/api/packages/get%20",
        "/api/../packages/get",
        "/api/packages/images/a/pcb.svg",
        "/%FF",
    ],
)
def test_an_unknown_path_is_404_for_every_method(address: str, path: str) -> None:
    for method in ("GET", "POST", "HEAD", "OPTIONS"):
        reply = call(address, method, path)
        assert reply.status == 404
        assert method == "HEAD" or reply.error_code == "not_found"


@pytest.mark.parametrize("path", [*ROUTES, "/package_files/list"])
def test_a_preflight_of_any_origin_is_allowed(address: str, path: str) -> None:
    reply = call(address, "OPTIONS", f"/api{path}", headers=PREFLIGHT)
    assert (reply.status, reply.content) == (204, b"")
    assert reply.headers["Access-Control-Allow-Origin"] == PAGE["Origin"]
    assert "POST" in reply.headers["Access-Control-Allow-Methods"].split(", ")
    allowed = reply.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"authorization", "content-type", "x-request-id"} <= set(allowed)
    assert int(reply.headers["Access-Control-Max-Age"]) > 0


def test_a_page_may_send_any_header_and_cookies(address: str) -> None:
    """Tracing and analytics libraries add headers to every request of a page."""
    headers = {**PREFLIGHT, "Access-Control-Request-Headers": "content-type,sentry-trace, baggage"}
    reply = call(address, "OPTIONS", "/api/package_releases/get", headers=headers)
    allowed = reply.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"sentry-trace", "baggage", "authorization"} <= set(allowed)
    assert len(allowed) == len(set(allowed))
    assert reply.headers["Access-Control-Allow-Credentials"] == "true"
    assert "Origin" in reply.headers["Vary"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/api/nothing/here", 404),
        ("PUT", "/api/packages/get", 405),
        ("GET", "/_s/bad%20name/api/packages/get", 400),
    ],
)
def test_a_preflight_is_allowed_even_if_the_request_will_be_rejected(
    address: str, method: str, path: str, status: int
) -> None:
    """Otherwise a browser shows "Failed to fetch" and hides the error message."""
    headers = {**PREFLIGHT, "Access-Control-Request-Method": method}
    reply = call(address, "OPTIONS", path, headers=headers)
    assert (reply.status, reply.content) == (204, b"")
    assert method in reply.headers["Access-Control-Allow-Methods"].split(", ")
    assert call(address, method, path, headers=PAGE).status == status


def test_a_preflight_of_the_control_api_is_refused(address: str) -> None:
    for path in ("/_mock/clock", "/_s/a/_mock/clock", "/_mock/nothing"):
        reply = call(address, "OPTIONS", path, headers=PREFLIGHT)
        assert reply.status == 403
        assert "Access-Control-Allow-Origin" not in reply.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/packages/get?package_id=pkg_3", 200),
        ("GET", "/api/packages/get", 400),
        ("POST", "/api/package_releases/rebuild", 401),
        ("GET", "/nowhere", 404),
        ("PUT", "/api/packages/get", 405),
        ("GET", "/api/accounts/get_account_balance", 200),
        ("GET", "/", 200),
    ],
)
def test_a_page_of_any_origin_may_read_every_response_and_its_headers(
    address: str, method: str, path: str, status: int
) -> None:
    reply = call(address, method, path, headers=PAGE)
    assert reply.status == status
    assert reply.headers["Access-Control-Allow-Origin"] == PAGE["Origin"]
    exposed = reply.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"allow", "date", "www-authenticate", "x-request-id"} <= set(exposed)
    same_origin = call(address, method, path)
    assert not [name for name in same_origin.headers if name.lower().startswith("access-control")]


def test_every_response_returns_the_request_id(address: str) -> None:
    for path in ("/api/packages/get", "/nowhere", "/", "/api/accounts/get_account_balance"):
        reply = call(
            address, "GET", path, headers={"X-Request-Id": "Abc-123 ü".encode().decode("latin-1")}
        )
        assert reply.headers["X-Request-Id"] == "Abc-123 ü".encode().decode("latin-1")
        assert "X-Request-Id" not in call(address, "GET", path).headers


def test_every_response_has_one_date_and_one_content_type(address: str) -> None:
    host = b"Host: a\r\nConnection: close\r\n\r\n"
    for line in (b"GET /api/packages/get?name=a", b"GET /", b"GET /nowhere", b"PUT /packages/get"):
        head = send_bytes(address, line + b" HTTP/1.1\r\n" + host).partition(b"\r\n\r\n")[0].lower()
        assert head.count(b"\r\ndate: ") == 1
        assert head.count(b"\r\ncontent-type: ") == 1
        assert head.count(b"\r\ncontent-length: ") == 1


def test_a_chunked_body_is_accepted(address: str) -> None:
    head = b"POST /api/packages/get HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
    head += b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    parts = (b'{"package_id"', b': "pkg_3"}', b"")
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    assert send_bytes(address, head + chunks).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "line",
    [b"nonsense\r\n\r\n", b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"\x16\x03\x01\r\n"],
)
def test_bytes_that_are_not_http_do_not_affect_the_server(address: str, line: bytes) -> None:
    assert b"Traceback" not in send_bytes(address, line)
    assert call(address, "GET", "/api/packages/get?package_id=pkg_3").status == 200


def test_only_static_responses_have_the_header_that_marks_them(address: str) -> None:
    for path, media_type in {
        "/api/accounts/get_account_balance": "application/json",
        "/packages/images/anyuser/any-board/pcb.svg": "image/svg+xml",
    }.items():
        reply = call(address, "GET", path)
        assert (reply.status, reply.headers["Content-Type"]) == (200, media_type)
        assert reply.headers["X-Mock-Static-Response"]
        assert call(address, "HEAD", path).content == b""
        assert call(address, "DELETE", path).status == 405
    assert "X-Mock-Static-Response" not in call(address, "GET", "/api/packages/get").headers


def test_the_log_names_unknown_keys_of_a_body(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "mock_server")
    body = {"package_id": "pkg_3", "packageId": 1, "a\nb": 2}
    assert call(address, "POST", "/api/packages/get", body).status == 200
    lines = [record.getMessage() for record in caplog.records if "unknown" in record.getMessage()]
    assert lines == [r"findPackage ignores unknown keys: 'a\nb', 'packageId'"]


def test_the_log_has_one_line_for_each_request_and_no_token(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    call(address, "GET", "/api/accounts/get?account_id=%0Ainjected%1B[31m", headers=OWNER)
    lines = [record.getMessage() for record in caplog.records]
    (line,) = [line for line in lines if "accounts/get" in line]
    assert line.startswith("GET ")
    assert "404" in line
    assert line.isprintable()
    assert "testuser-token" not in "\n".join(lines)


def test_json_is_utf_8_without_escapes(address: str) -> None:
    body = json.dumps({"package_release_id": "rel_text_hostile"}).encode()
    reply = call(address, "POST", "/api/package_releases/get", body, JSON)
    assert "電路板 회로" in reply.content.decode("utf-8")
