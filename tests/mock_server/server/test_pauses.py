"""Connections that pause go on at their time, at a change, or when their client has left."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from mock_server.contract.parts import Pause
from mock_server.server.connections import Connection
from mock_server.server.limits import Limits
from mock_server.server.pauses import MAX_AT_ONCE, Pauses
from mock_server.server.request_parser import RequestParser, message_cache

HOUR = 3600.0


class Change:
    """A change that a pause watches for."""

    def __init__(self) -> None:
        self.watching: list[Callable[[], None]] = []

    def watch(self, wake: Callable[[], None]) -> Callable[[], None]:
        self.watching.append(wake)
        return self.watching.clear


class Woken:
    """Counts how often the loop is woken."""

    def __init__(self) -> None:
        self.count = threading.Semaphore(0)

    def __call__(self) -> None:
        self.count.release()


@pytest.fixture
def sides() -> Iterator[tuple[socket.socket, socket.socket]]:
    server_side, client_side = socket.socketpair()
    with server_side, client_side:
        yield server_side, client_side


@pytest.fixture
def client(sides: tuple[socket.socket, socket.socket]) -> socket.socket:
    return sides[1]


@pytest.fixture
def connection(sides: tuple[socket.socket, socket.socket]) -> Connection:
    return Connection(sides[0], 0.0, RequestParser(message_cache(), Limits()))


def ended(pauses: Pauses) -> list[tuple[Connection, bool]]:
    """Return the first pauses that end, as the loop waits for them."""
    while not (over := pauses.over()):
        threading.Event().wait(pauses.seconds(0.1))
    return over


def test_a_pause_ends_when_its_time_is_over(connection: Connection) -> None:
    pauses = Pauses(Woken())
    pauses.start(connection, Pause(HOUR))
    assert pauses.over() == []
    assert 0 < pauses.seconds(HOUR) <= 1, "the next look at the client"
    pauses.start(connection, Pause(0.05))
    assert ended(pauses) == [(connection, False)]


def test_a_change_in_another_thread_ends_a_pause_and_wakes_the_loop(connection: Connection) -> None:
    woken, change = Woken(), Change()
    pauses = Pauses(woken)
    pauses.start(connection, Pause(HOUR, change.watch))
    threading.Thread(target=change.watching[0]).start()
    assert woken.count.acquire(timeout=20)
    assert pauses.seconds(HOUR) == 0
    assert pauses.over() == [(connection, False)]
    assert change.watching == [], "nothing is watched any more"


def test_a_change_that_comes_before_the_pause_ends_it(connection: Connection) -> None:
    def at_once(wake: Callable[[], None]) -> Callable[[], None]:
        wake()
        return lambda: None

    pauses = Pauses(Woken())
    pauses.start(connection, Pause(HOUR, at_once))
    assert pauses.over() == [(connection, False)]
    assert pauses.over() == []


def test_a_client_that_leaves_ends_its_pause(connection: Connection, client: socket.socket) -> None:
    pauses = Pauses(Woken())
    pauses.start(connection, Pause(HOUR))
    client.sendall(b"GET / HTTP/1.1\r\n")
    client.close()
    assert ended(pauses) == [(connection, True)]


def test_pauses_that_end_together_end_a_few_at_once_in_their_order(connection: Connection) -> None:
    pauses = Pauses(Woken())
    many = [Connection(connection.socket, 0.0, connection.parser) for _ in range(50)]
    for each in many:
        pauses.start(each, Pause(0.0))
    first = [each for each, _ in pauses.over()]
    assert first == many[:MAX_AT_ONCE]
    rest = [each for _ in range(4) for each, _ in pauses.over()]
    assert first + rest == many


def test_what_is_ending_ends_the_pauses_that_watch_it_and_no_other(connection: Connection) -> None:
    pauses, change = Pauses(Woken()), Change()
    pauses.start(connection, Pause(HOUR))
    other = Connection(connection.socket, 0.0, connection.parser)
    pauses.start(other, Pause(HOUR, change.watch))
    pauses.end_watching()
    assert pauses.over() == [(other, False)]
