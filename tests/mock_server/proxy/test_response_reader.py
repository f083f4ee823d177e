"""A response of any server is read as it came, and what is no response is an error."""

from collections.abc import Iterator

import pytest

from mock_server.proxy.response_reader import InvalidResponseError, ResponseReader

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def read(*parts: bytes, method: str = "GET") -> ResponseReader:
    """Return a reader that has read parts; an empty part is the end of the connection."""
    reader = ResponseReader(method)
    for part in parts:
        reader.feed(part)
    return reader


def single_bytes(message: bytes) -> Iterator[bytes]:
    return (message[i : i + 1] for i in range(len(message)))


@pytest.mark.parametrize("parts", [(OK,), (*single_bytes(OK),)])
def test_a_response_is_complete_with_its_last_byte(parts: tuple[bytes, ...]) -> None:
    reader = read(*parts)
    assert (reader.status, reader.headers) == (200, [("Content-Length", "2")])
    assert (reader.complete, reader.reusable, reader.take()) == (True, True, b"ok")
    assert not read(*parts[:-1]).complete


def test_interim_responses_are_dropped() -> None:
    reader = read(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", OK)
    assert (reader.status, reader.headers, reader.take()) == (200, OK_HEADERS, b"ok")


OK_HEADERS = [("Content-Length", "2")]


@pytest.mark.parametrize(
    ("method", "head"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
    ],
)
def test_a_response_without_a_body_ends_with_its_headers(method: str, head: bytes) -> None:
    reader = read(head, method=method)
    assert (reader.complete, reader.reusable, reader.take()) == (True, True, b"")


def test_the_end_of_the_connection_ends_a_body_without_a_length() -> None:
    reader = read(b"HTTP/1.1 200 OK\r\n\r\nab", b"c", b"")
    assert (reader.complete, reader.reusable, reader.take()) == (True, False, b"abc")


def test_trailers_are_no_headers() -> None:
    reader = read(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n"
    )
    assert (reader.complete, reader.take()) == (True, b"ok")
    assert reader.headers == [("Transfer-Encoding", "chunked")]


@pytest.mark.parametrize(
    "extra", [OK, b"more"], ids=["a second response", "bytes that are no response"]
)
def test_a_connection_with_more_than_the_response_is_not_used_again(extra: bytes) -> None:
    reader = read(OK + extra)
    assert (reader.complete, reader.reusable, reader.take()) == (True, False, b"ok")


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ((b"SSH-2.0-OpenSSH\r\n",), "Expected HTTP/"),
        ((b"",), "without a response"),
        ((OK[:-1], b""), "before the end of 2 bytes"),
        (
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", b""),
            "before the end of the body",
        ),
        (
            (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",),
            "switched to another protocol",
        ),
        ((b"HTTP/1.1 200 OK\r\n", *[b"X-Long: " + b"a" * 5000 + b"\r\n"] * 60), "headers"),
    ],
)
def test_what_is_no_response_is_an_error(parts: tuple[bytes, ...], reason: str) -> None:
    with pytest.raises(InvalidResponseError, match=reason):
        read(*parts)


def test_a_response_without_an_end_is_a_stream() -> None:
    assert read(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n").is_stream
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"100000\r\n" + b"a" * 0x100000 + b"\r\n"
    assert not read(head, *[chunk] * 8).is_stream
    assert read(head, *[chunk] * 9).is_stream
