"""Any bytes on a connection: the parser, and the whole mock behind it, never fail.

`messages/` has bytes that were a mistake before, or could be one. They always run. Add what a
longer run finds (`make fuzz`).
"""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.app.handle import respond
from mock_server.app.mock import Mock, mock_of
from mock_server.contract.exchange import Request
from mock_server.server.limits import Limits
from mock_server.server.request_parser import RequestParser, message_cache
from tests.helpers.fuzzing import fuzzed
from tests.helpers.shipped import shipped_sources
from tests.mock_server.helpers.clocks import ManualClock

CORPUS = sorted(Path(__file__).with_name("messages").iterdir())
LIMITS = Limits()
MOCK: Mock = mock_of(*shipped_sources(), clock=ManualClock())

METHODS = (b"GET", b"POST", b"HEAD", b"OPTIONS", b"CONNECT", b"PRI", b"get", b"M-SEARCH", b"")
TARGETS = (
    *(b"/", b"*", b"/api/package_releases/get", b"/api/packages/get?package_id=pkg_3"),
    *(b"/_mock/clock", b"/_s/a/_mock/faults", b"http://h/api/x?y#z", b"//", b"/%00/%ff?%=&&=;"),
    *(b"/api/../_mock/journal", b"?", b"/" + b"a" * 300),
)
VERSIONS = (b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.1 ", b"ICY", b"")
HEADERS = (
    *(b"Host: mock", b"Host: mock\r\nHost: other", b"Content-Length: 5", b"Content-Length: +5"),
    *(b"Content-Length: 5, 5", b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip, chunked"),
    *(b"Connection: close", b"Connection: Upgrade\r\nUpgrade: h2c", b"Expect: 100-continue"),
    *(b"Content-Type: application/json", b"Content-Type: multipart/form-data; boundary=\xff"),
    *(b"Authorization: Bearer testuser-token", b"Cookie: a=b; ;=;\x80", b"Prefer: code=500"),
    *(
        b"Accept: text/html;q=x",
        b"If-None-Match: *",
        b"Range: bytes=0-",
        b"X: a\r\n b",
        b": x",
        b"x",
    ),
    *(b"Access-Control-Request-Method: GET", b"Origin: null", b"Content-Encoding: gzip"),
)
BODIES = (b"", b"hello", b"{}", b"[" * 300, b"5\r\nhello\r\n0\r\n\r\n", b"fffffffff\r\n", b"\0\xff")
NOISE = (b"\r\n", b"\n", b" ", b"\0", b"\xff", b"\t", b":", b"0")


def pieces() -> st.SearchStrategy[bytes]:
    """Generate one message, which is often valid or nearly so."""
    line = st.tuples(st.sampled_from(METHODS), st.sampled_from(TARGETS), st.sampled_from(VERSIONS))
    headers = st.lists(st.sampled_from(HEADERS), max_size=5).map(b"\r\n".join)
    return st.builds(
        lambda line, headers, body: b" ".join(line) + b"\r\n" + headers + b"\r\n\r\n" + body,
        line,
        headers,
        st.sampled_from(BODIES) | st.binary(max_size=20),
    )


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Generate the bytes of a connection: messages, with noise at some positions."""
    stream = b"".join(draw(st.lists(pieces() | st.binary(max_size=30), max_size=3)))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(stream)))
        cut = draw(st.integers(0, 3))
        stream = stream[:at] + draw(st.sampled_from(NOISE)) + stream[at + cut :]
    return stream


def parsed(parts: list[bytes]) -> list[Request]:
    """Return the requests of a connection that sends these parts and then nothing more."""
    parser = RequestParser(message_cache(), LIMITS)
    for part in parts:
        parser.feed(part)
    parser.eof()
    return [message.request for message in parser.ready]


def assert_is_handled(stream: bytes) -> None:
    for request in parsed([stream]):
        response = respond(MOCK, request)
        assert 200 <= response.status < 600
        assert response.status != 500 or b"code=500" in stream
        if request.parse_error is not None:
            assert 400 <= response.status < 500


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.name)
def test_each_message_of_the_corpus_is_handled(file: Path) -> None:
    stream = file.read_bytes()
    assert_is_handled(stream)
    assert parsed([bytes([byte]) for byte in stream]) == parsed([stream])


@fuzzed()
@given(streams())
def test_any_bytes_get_valid_responses(stream: bytes) -> None:
    assert_is_handled(stream)


@fuzzed()
@given(streams(), st.lists(st.integers(0, 400), max_size=5))
def test_the_requests_do_not_depend_on_how_the_bytes_are_divided(
    stream: bytes, positions: list[int]
) -> None:
    at = sorted({0, *(each for each in positions if each < len(stream)), len(stream)})
    parts = [stream[start:end] for start, end in pairwise(at)]
    assert parsed(parts) == parsed([stream])
