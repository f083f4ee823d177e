"""A message with the same bytes as an earlier one is not parsed again."""

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
from mock_server.server.limits import Limits
from mock_server.server.request_parser import MAX_CACHED, RequestParser, message_cache
from tests.mock_server.helpers.connections import GET, connect, next_response

TOKENS = (b"testuser-token", b"otheruser-token", b"unknown-token")


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


def exchange(client: socket.socket, message: bytes) -> tuple[int, bytes]:
    """Send a request; return the status and the body of the response."""
    client.sendall(message)
    response = next_response(client)
    return response.status, response.read()


def rebuild_message(token: bytes, session: bytes = b"default") -> bytes:
    headers = b"Host: mock\r\nAuthorization: Bearer %b\r\nX-Mock-Session: %b\r\n" % (token, session)
    return GET.replace(b"/get", b"/rebuild").replace(b"Host: mock\r\n", headers)


def test_the_same_bytes_are_parsed_twice_and_then_cached_for_all_connections() -> None:
    cache, requests = message_cache(), []
    for _ in range(3):
        parser = RequestParser(cache, Limits())
        for _ in range(2):
            parser.feed(GET)
            requests.append(parser.ready.popleft().request)
    first, *rest = requests
    assert first == rest[0]
    assert first is not rest[0]
    assert all(request is rest[0] for request in rest)


def test_a_request_in_parts_and_one_that_closes_the_connection_are_parsed_correctly() -> None:
    cache = message_cache()
    for parts in ([GET[:30], GET[30:]], [GET + GET[:9], GET[9:]], [b"\r\n" + GET]):
        parser = RequestParser(cache, Limits())
        for part in parts:
            parser.feed(part)
        message = b"".join(parts)
        assert len(parser.ready) == message.count(b"POST")
        assert {parsed.request.body for parsed in parser.ready} == {GET.split(b"\r\n\r\n")[1]}
    closing = GET.replace(b"Host: mock", b"Host: mock\r\nConnection: close")
    for _ in range(2):
        parser = RequestParser(cache, Limits())
        parser.feed(closing)
        assert parser.ended
        assert parser.ready[0].last


def test_the_number_of_cached_messages_is_bounded() -> None:
    cache, requests = message_cache(), []
    for number in range(2 * MAX_CACHED):
        parser = RequestParser(cache, Limits())
        for _ in range(2):  # the second time, a message is cached
            parser.feed(GET.replace(b"Host: mock", b"Host: mock%d" % number))
            request = parser.ready.popleft().request
        requests.append(weakref.ref(request))
    del parser, request
    gc.collect()
    assert requests[-1]() is not None
    assert sum(request() is not None for request in requests) <= MAX_CACHED


def test_a_message_received_once_does_not_replace_a_repeated_one_in_the_cache() -> None:
    parser = RequestParser(message_cache(), Limits())
    requests = []
    for number in (0, 0, *range(1, 3 * MAX_CACHED), 0):
        parser.feed(GET.replace(b"Host: mock", b"Host: mock%d" % number))
        requests.append(parser.ready.popleft().request)
    assert requests[-1] is requests[1]


def test_the_token_of_each_request_is_checked_also_after_repetitions(client: socket.socket) -> None:
    for _ in range(3):
        assert [exchange(client, rebuild_message(token))[0] for token in TOKENS] == [200, 403, 401]


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
def test_a_request_that_differs_in_one_part_is_resolved_separately(
    client: socket.socket, mock: Mock, change: tuple[bytes, bytes]
) -> None:
    parser = RequestParser(message_cache(), Limits())
    parser.feed(GET)
    parser.feed(GET.replace(*change))
    request, changed = (message.request for message in parser.ready)
    exchange(client, GET)
    assert mock.resolver.cached(request) is not None
    assert mock.resolver.cached(changed) is None
    assert (
        exchange(client, GET.replace(*change)) != exchange(client, GET) or b"another" in change[1]
    )


def test_an_invalid_message_is_not_replaced_with_a_cached_one(address: str) -> None:
    with connect(address) as client:
        assert exchange(client, b"GET / HTTP/1.1\r\nHost: mock\r\n\r\n")[0] == 200
    with connect(address) as client:
        assert exchange(client, b"no message\r\n\r\n")[0] == 400


def test_requests_that_differ_only_in_their_request_id_have_the_same_body(
    client: socket.socket,
) -> None:
    """Each response returns the id of its request in `X-Request-Id`."""
    for number in (b"1", b"2"):
        client.sendall(GET.replace(b"Host: mock", b"Host: mock\r\nX-Request-Id: " + number))
        response = next_response(client)
        assert response.headers["x-request-id"] == number.decode()
        assert response.read() == exchange(client, GET)[1]


def test_a_repeated_request_returns_the_changes_of_only_its_own_session(
    client: socket.socket,
) -> None:
    reads = [GET.replace(b"/api", b"/_s/%b/api" % name) for name in (b"first", b"second")]
    before = [exchange(client, read) for read in reads]
    assert exchange(client, rebuild_message(TOKENS[0], b"first"))[0] == 200
    after = [exchange(client, read) for read in reads]
    assert json.loads(after[0][1]) != json.loads(before[0][1])
    assert json.loads(after[1][1]) == json.loads(before[1][1])
