"""Unusual and invalid HTTP messages get a valid response; they never cause a crash."""

import json
import socket
from urllib.parse import urlsplit

import pytest

from tests.helpers.requests import release, send_bytes

BODY = b'{"package_release_id":"rel_successful"}'
LINE = b"POST %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
HEAD = LINE % b"/api/package_releases/get"
HEAD_JSON = HEAD + b"Content-Type: application/json\r\n"
CHUNKED = HEAD_JSON + b"Transfer-Encoding: chunked\r\n\r\n"
REBUILD = HEAD_JSON.replace(b"/get", b"/rebuild") + b"Authorization: Bearer testuser-token\r\n"
MEGABYTE = 1024 * 1024


def with_length(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def status(response: bytes) -> int:
    return int(response.split(b" ", 2)[1])


def assert_is_an_error(response: bytes, expected: int) -> None:
    head, _, body = response.partition(b"\r\n\r\n")
    assert status(response) == expected
    assert b"Content-Type: application/json" in head
    assert set(json.loads(body)["error"]) >= {"error_code", "message"}
    assert b"Traceback" not in body


@pytest.mark.parametrize(
    "media_type",
    ["application/json;", "Application/JSON; charset=utf-8;", "application/json; charset"],
)
def test_unusual_parameters_of_the_media_type_are_ignored(address: str, media_type: str) -> None:
    content_type = f"Content-Type: {media_type}\r\n".encode()
    assert status(send_bytes(address, HEAD + content_type + with_length(BODY))) == 200
    control = LINE % b"/_s/clock/_mock/clock" + content_type
    assert status(send_bytes(address, control + with_length(b'{"advance":0}'))) == 200


@pytest.mark.parametrize(
    "body",
    [
        b"27;name=value\r\n" + BODY + b"\r\n0\r\n\r\n",
        b"27\r\n" + BODY + b"\r\n0\r\nTrailer: value\r\n\r\n",
    ],
    ids=["extension", "trailer"],
)
def test_chunks_may_have_extensions_and_trailers(address: str, body: bytes) -> None:
    assert status(send_bytes(address, CHUNKED + body)) == 200


def test_credentials_in_a_trailer_are_ignored(address: str) -> None:
    """RFC 9110, section 6.5.1."""
    trailer = b"\r\n0\r\nAuthorization: Bearer testuser-token\r\n\r\n"
    chunked = REBUILD.replace(b"Authorization: Bearer testuser-token\r\n", b"")
    response = send_bytes(
        address, chunked + b"Transfer-Encoding: chunked\r\n\r\n27\r\n" + BODY + trailer
    )
    assert_is_an_error(response, 401)


@pytest.mark.parametrize("body", [b"zz\r\nabc\r\n0\r\n\r\n", b"-5\r\nabc\r\n0\r\n\r\n"])
@pytest.mark.parametrize("path", [b"/api/package_releases/get", b"/_mock/clock", b"/nowhere"])
def test_an_invalid_chunk_size_is_a_bad_request(address: str, path: bytes, body: bytes) -> None:
    chunked = CHUNKED.replace(b"/api/package_releases/get", path)
    assert_is_an_error(send_bytes(address, chunked + body), 400)


@pytest.mark.parametrize("length", [b"-1", b"+39", b"39, 39", b"many", b"9" * 5000])
def test_an_invalid_content_length_is_a_bad_request(address: str, length: bytes) -> None:
    response = send_bytes(address, HEAD_JSON + b"Content-Length: " + length + b"\r\n\r\n" + BODY)
    assert_is_an_error(response, 400)


@pytest.mark.parametrize(
    "message",
    [
        REBUILD + b"Content-Length: 100\r\n\r\n" + BODY,
        REBUILD + b"Transfer-Encoding: chunked\r\n\r\n27\r\n" + BODY,
        REBUILD + b"Transfer-Encoding: chunked\r\n\r\n27\r\n" + BODY + b"\r\n",
    ],
    ids=["shorter than its length", "chunk without its end", "no last chunk"],
)
def test_a_request_with_an_incomplete_body_has_no_effect(address: str, message: bytes) -> None:
    before = release(f"{address}/api", "rel_successful")
    server = urlsplit(address)
    with socket.create_connection((server.hostname, server.port), timeout=20) as connection:
        connection.sendall(message)
        connection.shutdown(socket.SHUT_WR)
        response = b"".join(iter(lambda: connection.recv(65536), b""))
    assert_is_an_error(response, 400)
    assert release(f"{address}/api", "rel_successful") == before


@pytest.mark.parametrize("sent", [0, 1, 2 * MEGABYTE, 8 * MEGABYTE])
def test_a_body_is_rejected_by_its_length_before_it_arrives(address: str, sent: int) -> None:
    """The client gets the response if it sends the body without reading, or sends nothing."""
    length = b"Content-Length: %d\r\n\r\n" % (9 * MEGABYTE)
    assert_is_an_error(send_bytes(address, HEAD_JSON + length + b"x" * sent), 413)


def test_chunks_are_rejected_when_together_they_are_too_large(address: str) -> None:
    chunk = b"%x\r\n%b\r\n" % (MEGABYTE, b"x" * MEGABYTE)
    assert_is_an_error(send_bytes(address, CHUNKED + 4 * chunk), 413)


def test_a_client_that_expects_100_continue_gets_it_once(address: str) -> None:
    server = urlsplit(address)
    with socket.create_connection((server.hostname, server.port), timeout=20) as client:
        head, _, body = with_length(BODY).partition(b"\r\n\r\n")
        client.sendall(HEAD_JSON + b"Expect: 100-continue\r\n" + head + b"\r\n\r\n")
        assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(body)
        assert client.recv(1000).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b"GET /?name=" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: mock\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: mock\r\nLong: " + b"a" * 70_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: mock\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: mock\r\n" + b"A: b\r\n" * 200, 431),
    ],
    ids=["long target", "long header", "many headers", "no end of the headers"],
)
def test_a_head_that_is_too_long_is_refused_with_problem_details(
    address: str, message: bytes, expected: int
) -> None:
    """RFC 9110, section 15.5.15, and RFC 6585, section 5."""
    head, _, body = send_bytes(address, message).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % expected)
    assert json.loads(body)["status"] == expected
    assert "100 headers" in json.loads(body)["errors"][0]["detail"]


@pytest.mark.parametrize(
    "message",
    [
        b"GET /api/a b HTTP/1.1\r\nHost: mock\r\n\r\n",
        b"GET http://[::1/api HTTP/1.1\r\nHost: mock\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: mock\r\n\r\n",
        b"GET / HTTP/x\r\nHost: mock\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
    ids=[
        "space in the target",
        "invalid target",
        "future version",
        "invalid version",
        "not HTTP",
    ],
)
def test_a_message_that_cannot_be_parsed_is_an_error_in_json(address: str, message: bytes) -> None:
    response = send_bytes(address, message)
    assert_is_an_error(response, 400)
    assert response.lower().count(b"\r\ndate: ") == 1


@pytest.mark.parametrize("kind", [{}, {"kind": "delay"}, []])
def test_a_fault_with_an_invalid_kind_is_a_bad_request(address: str, kind: object) -> None:
    head = LINE % b"/_mock/faults" + b"Content-Type: application/json\r\n"
    assert_is_an_error(
        send_bytes(address, head + with_length(json.dumps({"kind": kind}).encode())), 400
    )
