"""The same bytes again are the same request, and are not read again; nothing else is."""

import gc
import json
import socket
import weakref
from collections.abc import Iterator

import pytest

from mock_server.app.mock import Mock, mock_of
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.server.in_process import running
from mock_server.server.request_parser import MAX_CACHED, RequestParser, message_cache
from tests.mock_server.helpers.connections import GET, connect, next_response

TOKENS = (b"testuser-token", b"otheruser-token", b"nobody-s-token")


@pytest.fixture
def mock(judge: Judge, fixtures: Fixtures) -> Mock:
    return mock_of(judge, fixtures)


@pytest.fixture
def address(mock: Mock) -> Iterator[str]:
    with running(mock) as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[socket.socket]:
    with connect(address) as client:
        yield client


def asked(client: socket.socket, message: bytes) -> tuple[int, bytes]:
    client.sendall(message)
    answer = next_response(client)
    return answer.status, answer.read()


def rebuilding(token: bytes, session: bytes = b"default") -> bytes:
    headers = b"Host: mock\r\nAuthorization: Bearer %b\r\nX-Mock-Session: %b\r\n" % (token, session)
    return GET.replace(b"/get", b"/rebuild").replace(b"Host: mock\r\n", headers)


def test_the_same_bytes_are_parsed_twice_and_then_cached_for_all_connections() -> None:
    cache, requests = message_cache(), []
    for _ in range(3):
        parser = RequestParser(cache)
        for _ in range(2):
            parser.feed(GET)
            requests.append(parser.ready.popleft().request)
    first, *rest = requests
    assert first == rest[0]
    assert first is not rest[0]
    assert all(request is rest[0] for request in rest)


def test_a_request_in_parts_and_one_that_ends_its_connection_are_not_taken_for_another() -> None:
    known = message_cache()
    for parts in ([GET[:30], GET[30:]], [GET + GET[:9], GET[9:]], [b"\r\n" + GET]):
        parser = RequestParser(known)
        for part in parts:
            parser.feed(part)
        whole = b"".join(parts)
        assert len(parser.ready) == whole.count(b"POST")
        assert {message.request.body for message in parser.ready} == {GET.split(b"\r\n\r\n")[1]}
    closing = GET.replace(b"Host: mock", b"Host: mock\r\nConnection: close")
    for _ in range(2):
        parser = RequestParser(known)
        parser.feed(closing)
        assert parser.ended
        assert parser.ready[0].last


def test_the_number_of_cached_messages_is_bounded() -> None:
    cache, requests = message_cache(), []
    for number in range(2 * MAX_CACHED):
        parser = RequestParser(cache)
        for _ in range(2):  # a message is cached when it comes for the second time
            parser.feed(GET.replace(b"Host: mock", b"Host: mock%d" % number))
            request = parser.ready.popleft().request
        requests.append(weakref.ref(request))
    del parser, request
    gc.collect()
    assert requests[-1]() is not None
    assert sum(request() is not None for request in requests) <= MAX_CACHED


def test_messages_that_come_once_do_not_replace_those_that_come_again() -> None:
    parser = RequestParser(message_cache())
    requests = []
    for number in (0, 0, *range(1, 3 * MAX_CACHED), 0):
        parser.feed(GET.replace(b"Host: mock", b"Host: mock%d" % number))
        requests.append(parser.ready.popleft().request)
    assert requests[-1] is requests[1]


def test_who_asks_is_told_apart_however_often_they_ask(client: socket.socket) -> None:
    for _ in range(3):
        assert [asked(client, rebuilding(token))[0] for token in TOKENS] == [200, 403, 401]


@pytest.mark.parametrize(
    "change",
    [
        (b"POST", b"PUT"),
        (b"/get", b"/list"),
        (b"/get", b"/get?include_logs=false"),
        (b"application/json", b"text/plain"),
        (b"rel_successful", b"rel_failed____"),
        (b"Host: mock", b"Host: mock\r\nPrefer: code=404"),
        (b"Host: mock", b"Host: mock\r\nX-Mock-Session: another"),
        (b"Host: mock", b"Host: mock\r\nCookie: mock_session=.."),
    ],
)
def test_what_a_reading_is_made_of_makes_it_another(
    client: socket.socket, mock: Mock, change: tuple[bytes, bytes]
) -> None:
    parser = RequestParser(message_cache())
    parser.feed(GET)
    parser.feed(GET.replace(*change))
    one, other = (message.request for message in parser.ready)
    asked(client, GET)
    assert mock.resolver.cached(one) is not None
    assert mock.resolver.cached(other) is None
    assert asked(client, GET.replace(*change)) != asked(client, GET) or b"another" in change[1]


def test_what_is_no_message_is_never_taken_for_one_that_was_read(address: str) -> None:
    with connect(address) as client:
        assert asked(client, b"GET / HTTP/1.1\r\nHost: mock\r\n\r\n")[0] == 200
    with connect(address) as client:
        assert asked(client, b"no message\r\n\r\n")[0] == 400


def test_a_number_in_each_request_makes_none_another(client: socket.socket) -> None:
    """What is told apart by such a header alone is answered the same, and with that header."""
    for number in (b"1", b"2"):
        client.sendall(GET.replace(b"Host: mock", b"Host: mock\r\nX-Request-Id: " + number))
        answer = next_response(client)
        assert answer.headers["x-request-id"] == number.decode()
        assert answer.read() == asked(client, GET)[1]


def test_the_same_request_sees_what_has_changed_in_its_own_session_alone(
    client: socket.socket,
) -> None:
    looks = [GET.replace(b"/api", b"/_s/%b/api" % name) for name in (b"one", b"two")]
    before = [asked(client, look) for look in looks]
    assert asked(client, rebuilding(TOKENS[0], b"one"))[0] == 200
    after = [asked(client, look) for look in looks]
    assert json.loads(after[0][1]) != json.loads(before[0][1])
    assert json.loads(after[1][1]) == json.loads(before[1][1])
