"""The proxy forwards real traffic unchanged, and reports what breaks the contract."""

import gzip
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from mock_server.contract.traffic.har import read_har
from mock_server.proxy.recording import Recorder
from mock_server.server.limits import MIB
from tests.helpers.proxied import proxy_of
from tests.helpers.upstream import Received, reply, upstream
from tests.mock_server.helpers.command_line import run_command
from tests.mock_server.helpers.copies import SPEC

JSON = ("Content-Type", "application/json")
GET, ACCOUNT = "/api/package_releases/get", "/api/accounts/get"
RELEASE: dict[str, Any] = yaml.safe_load(
    (SPEC.parent / "fixtures" / "releases" / "successful.yaml").read_text("utf-8")
)["resource"]
WANTED = json.dumps({"package_release_id": RELEASE["package_release_id"]}).encode()


def shown(**changes: Any) -> bytes:
    """Return the body of a response with a release."""
    return json.dumps({"ok": True, "package_release": {**RELEASE, **changes}}).encode()


@contextmanager
def proxied(
    base: str,
    recorder: Recorder | None = None,
    timeout: float = 5.0,
    enforce: bool = False,
    fallback: bool = False,
) -> Iterator[Callable[..., tuple[int, list[tuple[str, str]], bytes]]]:
    """Run a proxy in front of a server; yield a function that sends a request through it."""
    with proxy_of(base, recorder, timeout, enforce, fallback) as address:
        yield partial(sent, urlsplit(address).netloc)


def sent(
    address: str,
    method: str,
    target: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
    chunked: bool = False,
) -> tuple[int, list[tuple[str, str]], bytes]:
    connection = http.client.HTTPConnection(address, timeout=10)
    typed = {"content-type": "application/json"} if body is not None else {}
    connection.request(method, target, body, {**typed, **(headers or {})}, encode_chunked=chunked)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, response.getheaders(), content


def header(headers: list[tuple[str, str]], name: str) -> str | None:
    return next((value for key, value in headers if key.lower() == name.lower()), None)


def test_a_request_arrives_as_it_was_sent() -> None:
    with upstream(reply(200, b"{}", (JSON,))) as server, proxied(server.address) as send:
        target = "/other//a%2Fb/../%E4?x=1&x=2&y=%20+"
        send("PATCH", target, b'{"a":1}', {"x-own": "1", "authorization": "Bearer t"})
    (received,) = server.received
    assert (received.method, received.target, received.body) == ("PATCH", target, b'{"a":1}')
    assert received.headers["x-own"] == "1"
    assert received.headers["authorization"] == "Bearer t"
    assert received.headers["host"] == urlsplit(server.address).netloc
    assert received.headers["via"] == "1.1 mock-server"
    assert "connection" not in received.headers


@pytest.mark.parametrize("chunked", [False, True])
def test_an_upload_larger_than_the_mock_takes_arrives(chunked: bool) -> None:
    body = bytes(range(256)) * 12 * 1024  # 3 MiB
    parts = iter([body[:100_000], body[100_000:]]) if chunked else body
    with upstream(reply(201, b"{}", (JSON,))) as server, proxied(server.address) as send:
        assert send("POST", "/upload", parts, chunked=chunked)[0] == 201
    assert server.received[0].body == body


def test_a_response_arrives_as_it_was_sent() -> None:
    headers = (JSON, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Own", "é"))
    with upstream(reply(418, b'{"a":  1}', headers)) as server, proxied(server.address) as send:
        status, received, body = send("GET", "/tea")
    assert (status, body) == (418, b'{"a":  1}')
    assert [value for name, value in received if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert header(received, "x-own") == "é"
    assert header(received, "x-contract-violations") is None
    assert [name for name, _ in received].count("Date") == 1


def test_a_compressed_response_arrives_as_it_was_sent_and_is_judged() -> None:
    body = gzip.compress(shown(display_status="done"))
    compressed = reply(200, body, (JSON, ("Content-Encoding", "gzip")))
    with upstream(compressed) as server, proxied(server.address) as send:
        _, headers, received = send("POST", GET, WANTED, {"accept-encoding": "br, gzip;q=0.5"})
    assert received == body
    assert server.received[0].headers["accept-encoding"] == "gzip;q=0.5"
    assert '"/package_release/display_status"' in str(header(headers, "x-contract-violations"))


def test_the_length_of_a_response_to_head_stays() -> None:
    with upstream(reply(200, b"x" * 1234, (JSON,))) as server, proxied(server.address) as send:
        _, headers, body = send("HEAD", "/file")
    assert (header(headers, "content-length"), body) == ("1234", b"")


def test_a_redirect_is_not_followed() -> None:
    moved = reply(302, b"", (("Location", "http://elsewhere.example/"),))
    with upstream(moved) as server, proxied(server.address) as send:
        status, headers, _ = send("GET", "/old", headers={"authorization": "Bearer t"})
    assert (status, header(headers, "location")) == (302, "http://elsewhere.example/")
    assert len(server.received) == 1


def test_a_stream_arrives_part_by_part() -> None:
    goes_on = threading.Event()

    def stream(handler: BaseHTTPRequestHandler, _: Received) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(b"data: 1\n\n")
        handler.wfile.flush()
        goes_on.wait(10)
        handler.wfile.write(b"data: 2\n\n")
        handler.close_connection = True

    with upstream(stream) as server, proxied(server.address) as send:
        results: list[bytes] = []
        recorder = threading.Thread(target=lambda: results.append(send("GET", "/events")[2]))
        recorder.start()
        while not server.received:
            time.sleep(0.01)
        goes_on.set()
        recorder.join(10)
    assert results == [b"data: 1\n\ndata: 2\n\n"]


def test_a_large_response_arrives_without_being_judged() -> None:
    body = b"[" + b"1," * 5 * MIB + b"1]"
    with upstream(reply(200, body, (JSON,))) as server, proxied(server.address) as send:
        status, headers, received = send("POST", GET, WANTED)
    assert (status, len(received), header(headers, "content-length")) == (
        200,
        len(body),
        str(len(body)),
    )


def test_a_gzip_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 64 * MIB)
    compressed = reply(200, bomb, (JSON, ("Content-Encoding", "gzip")))
    with upstream(compressed) as server, proxied(server.address) as send:
        status, _, body = send("POST", GET, WANTED, {"accept-encoding": "gzip"})
    assert (status, body) == (200, bomb)


@pytest.mark.parametrize(
    ("response", "rule"),
    [
        (reply(200, b"<html>", (JSON,)), "json"),
        (reply(200, b"<html>", (("Content-Type", "text/html"),)), "content-type"),
        (reply(200, shown(display_status="done"), (JSON,)), "enum"),
        (reply(200, shown(total_build_duration_ms=1), (JSON,)), "duration-spans-the-build"),
        (reply(500, b"oops"), "status"),
    ],
)
def test_a_response_that_breaks_the_contract_is_reported(response: Any, rule: str) -> None:
    recorder = Recorder()
    with upstream(response) as server, proxied(server.address, recorder) as send:
        _, headers, _ = send("POST", GET, WANTED)
    listed = json.loads(str(header(headers, "x-contract-violations")))
    assert [(each["side"], each["rule"]) for each in listed] == [("response", rule)]
    assert recorder.breaches == {rule: 1}


def test_an_illegal_change_of_a_resource_is_reported() -> None:
    with upstream(reply(200, shown(), (JSON,))) as server, proxied(server.address) as send:
        send("POST", GET, WANTED)
        server.respond = reply(200, shown(created_at="2025-01-01T00:00:00Z"), (JSON,))
        _, headers, _ = send("POST", GET, WANTED)
    assert "identity-never-changes" in str(header(headers, "x-contract-violations"))


def test_an_invalid_request_is_reported_and_forwarded() -> None:
    with upstream(reply(200, shown(), (JSON,))) as server, proxied(server.address) as send:
        status, headers, _ = send("POST", GET, b'{"id": 1}')
    assert status == 200
    assert '"side": "request"' in str(header(headers, "x-contract-violations"))
    assert len(server.received) == 1


def test_enforcing_refuses_an_invalid_request_before_the_server() -> None:
    valid = reply(200, shown(), (JSON,))
    with upstream(valid) as server, proxied(server.address, enforce=True) as send:
        status, _, body = send("POST", GET, b'{"id": 1}')
    assert (status, server.received) == (400, [])
    assert b"must have one of: package_release_id" in body


def test_enforcing_replaces_an_invalid_response() -> None:
    invalid = reply(200, shown(display_status="done"), (JSON,))
    with upstream(invalid) as server, proxied(server.address, enforce=True) as send:
        status, headers, body = send("POST", GET, WANTED)
    assert status == 502
    assert header(headers, "content-type") == "application/problem+json"
    assert b"display_status" in body


def no_response(handler: BaseHTTPRequestHandler, _: Received) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def half_a_response(handler: BaseHTTPRequestHandler, _: Received) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"half")
    handler.close_connection = True


def garbage(handler: BaseHTTPRequestHandler, _: Received) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH\r\n")
    handler.close_connection = True


def too_late(_handler: BaseHTTPRequestHandler, _: Received) -> None:
    time.sleep(1)


@pytest.mark.parametrize(
    ("response", "status"),
    [(no_response, 502), (half_a_response, 502), (garbage, 502), (too_late, 504)],
)
def test_a_server_that_fails_becomes_an_error_with_its_reason(response: Any, status: int) -> None:
    with upstream(response) as server, proxied(server.address, timeout=0.3) as send:
        received, _, body = send("POST", GET, WANTED)
    problem = json.loads(body)
    assert (received, problem["status"]) == (status, status)
    assert server.address in body.decode()


def unused_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_a_server_that_is_down_is_an_error() -> None:
    with proxied(unused_address()) as send:
        status, _, body = send("POST", GET, WANTED)
    assert status == 502
    assert b"Connection refused" in body


def test_the_mock_responds_in_place_of_a_server_that_is_down() -> None:
    with proxied(unused_address(), fallback=True) as send:
        status, headers, body = send("POST", GET, WANTED)
    assert status == 200
    assert "cannot be reached" in str(header(headers, "x-mock-fallback"))
    assert json.loads(body)["package_release"]["package_release_id"] == "rel_successful"


@pytest.mark.parametrize("status", [404, 405, 501])
def test_the_mock_responds_for_what_the_server_lacks(status: int) -> None:
    lacking = reply(status, b"no such route")
    with upstream(lacking) as server, proxied(server.address, fallback=True) as send:
        assert send("POST", GET, WANTED)[0] == 200
        assert send("POST", "/unknown", b"{}")[0] == status


def test_a_documented_404_is_that_of_the_server() -> None:
    error = {"error_code": "package_release_not_found", "message": "Not here"}
    missing = reply(404, json.dumps({"error": error}).encode(), (JSON,))
    with upstream(missing) as server, proxied(server.address, fallback=True) as send:
        status, _, body = send("POST", GET, WANTED)
    assert (status, b"Not here" in body) == (404, True)


def test_faults_apply_to_real_traffic() -> None:
    with upstream(reply(200, shown(), (JSON,))) as server, proxied(server.address) as send:
        fault = {"kind": "status", "status": 503, "operation": "getPackageRelease"}
        assert send("POST", "/_s/a/_mock/faults", json.dumps(fault).encode())[0] == 200
        assert send("POST", f"/_s/a{GET}", WANTED)[0] == 503
        assert send("POST", GET, WANTED)[0] == 200
    assert [each.target for each in server.received] == [GET]


def test_the_journal_has_the_exchange_with_its_violations() -> None:
    done = reply(200, shown(display_status="done"), (JSON,))
    with upstream(done) as server, proxied(server.address) as send:
        send("POST", GET, WANTED, {"authorization": "Bearer canary-token"})
        entries = json.loads(send("GET", "/_mock/journal")[2])["exchanges"]
    (entry,) = entries
    assert entry["operation"] == "getPackageRelease"
    assert "display_status" in json.dumps(entry["violations"])
    assert "canary-token" not in json.dumps(entry)


def test_the_recording_is_valid_after_each_exchange_and_has_no_credentials(tmp_path: Path) -> None:
    file = tmp_path / "traffic.har"
    shows = reply(200, shown(), (JSON, ("Set-Cookie", "session=canary-cookie")))
    recorder = Recorder(file)
    with upstream(shows) as server, proxied(server.address, recorder) as send:
        for number in (1, 2, 3):
            send("POST", GET, WANTED, {"authorization": "Bearer canary-token"})
            recorded = list(read_har(file, server.address))
            assert [each.number for each in recorded] == list(range(1, number + 1))
    recorder.close()
    assert recorded[0].exchange.response.body == shown()
    assert "canary" not in file.read_text("utf-8")


def test_an_earlier_recording_is_never_replaced(tmp_path: Path) -> None:
    file = tmp_path / "traffic.har"
    file.write_text("of yesterday")
    address = ("--upstream", "http://127.0.0.1:9", "--port", "0")
    ran = run_command("proxy", *address, "--record", str(file))
    assert ran.returncode == 2
    assert f"{file}: the file exists, and a recording never replaces one" in ran.stderr
    assert file.read_text() == "of yesterday"


def test_many_slow_requests_do_not_hold_up_a_fast_one() -> None:
    slow_may_end = threading.Event()

    def respond_by_path(handler: BaseHTTPRequestHandler, received: Received) -> None:
        if received.target == "/slow":
            slow_may_end.wait(10)
        reply(200, b"{}", (JSON,))(handler, received)

    with upstream(respond_by_path) as server, proxied(server.address, timeout=10) as send:
        threads = [threading.Thread(target=send, args=("GET", "/slow")) for _ in range(20)]
        for thread in threads:
            thread.start()
        assert send("GET", "/fast")[0] == 200
        slow_may_end.set()
        for thread in threads:
            thread.join()


def test_a_read_is_sent_again_if_a_kept_connection_is_closed() -> None:
    def closing(handler: BaseHTTPRequestHandler, received: Received) -> None:
        reply(200, b"{}", (JSON,))(handler, received)
        handler.close_connection = True  # without saying so

    with upstream(closing) as server, proxied(server.address) as send:
        assert [send("GET", "/x")[0] for _ in range(5)] == [200] * 5


def test_a_kept_connection_takes_the_next_requests() -> None:
    clients = []

    def noting(handler: BaseHTTPRequestHandler, received: Received) -> None:
        clients.append(handler.client_address)
        reply(200, b"{}", (JSON,))(handler, received)

    with upstream(noting) as server, proxied(server.address) as send:
        for body in (None, b"{}", b"x" * 200_000):
            assert send("POST", "/x", body)[0] == 200
    assert len(set(clients)) == 1


@pytest.mark.parametrize(
    ("response", "status"),
    [(no_response, 502), (half_a_response, 502), (garbage, 502), (too_late, 504)],
)
def test_a_server_that_fails_later_becomes_an_error_too(response: Any, status: int) -> None:
    with (
        upstream(reply(200, shown(), (JSON,))) as server,
        proxied(server.address, timeout=0.3) as send,
    ):
        assert send("POST", GET, WANTED)[0] == 200
        server.respond = response
        assert send("POST", GET, WANTED)[0] == status
        server.respond = reply(200, shown(), (JSON,))
        assert send("POST", GET, WANTED)[0] == 200


@pytest.mark.parametrize("size", [100_000, 10 * MIB])
def test_a_long_response_on_a_kept_connection_arrives(size: int) -> None:
    with upstream(reply(200, b"{}", (JSON,))) as server, proxied(server.address) as send:
        send("GET", "/x")
        server.respond = reply(200, b"1" * size, (JSON,))
        assert len(send("GET", "/x")[2]) == size


def test_an_illegal_change_after_equal_responses_is_reported() -> None:
    with upstream(reply(200, shown(), (JSON,))) as server, proxied(server.address) as send:
        for _ in range(4):
            assert header(send("POST", GET, WANTED)[1], "x-contract-violations") is None
        server.respond = reply(200, shown(created_at="2025-01-01T00:00:00Z"), (JSON,))
        found = [header(send("POST", GET, WANTED)[1], "x-contract-violations") for _ in range(2)]
    assert "identity-never-changes" in str(found[0])
    assert found[1] is None  # as before, and valid alone


def test_the_same_violation_is_logged_once_but_is_in_each_header(
    caplog: pytest.LogCaptureFixture,
) -> None:
    invalid = reply(200, shown(display_status="done"), (JSON,))
    with upstream(invalid) as server, proxied(server.address) as send:
        headers = [header(send("POST", GET, WANTED)[1], "x-contract-violations") for _ in range(5)]
    assert all("display_status" in str(each) for each in headers)
    assert len([record for record in caplog.records if "display_status" in record.message]) == 1
