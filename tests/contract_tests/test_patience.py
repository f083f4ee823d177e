"""Requests that get no response are sent again, so that an unreliable server can be judged."""

import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import requests

from contract_tests.target.patience import (
    ATTEMPTS,
    ATTEMPTS_AT_GATEWAY,
    LASTING,
    SHORT_TIMEOUT,
    Patience,
    RecoveredError,
)
from contract_tests.target.target import Target, TargetSession, failure_reason
from mock_server.contract.exchange import Exchange, Request
from tests.helpers.contract_runs import free_port

RESPONSE = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
Errors = list[requests.RequestException]


@contextmanager
def dropping(is_dropped: Callable[[int], bool], response: bytes = RESPONSE) -> Iterator[str]:
    """Serve this response, but close the connections with these numbers, from 1, without one."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for number in itertools.count(1):
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client:
                    client.recv(65536)
                    if not is_dropped(number):
                        client.sendall(response)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@contextmanager
def responding(responses: Iterator[bytes]) -> Iterator[str]:
    """Serve these responses, one on each connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for response in responses:
                client, _ = listener.accept()
                with client:
                    client.recv(65536)
                    client.sendall(response)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


def session_of(url: str) -> tuple[TargetSession, list[Exchange], Errors]:
    exchanges: list[Exchange] = []
    errors: Errors = []

    def on_error(_request: Request, _url: str, error: requests.RequestException) -> None:
        errors.append(error)

    return TargetSession(Target(url), exchanges.append, on_error), exchanges, errors


def test_a_dropped_request_is_sent_again_and_reported_once() -> None:
    with dropping(lambda number: number < ATTEMPTS) as url:
        session, exchanges, errors = session_of(url)
        assert session.send_request("GET", "/").response.status == 204
    assert len(exchanges) == 1
    assert [type(error) for error in errors] == [RecoveredError]
    assert failure_reason(errors[0]) != "RecoveredError"


def test_a_request_that_is_always_dropped_is_an_error() -> None:
    with dropping(lambda _: True) as url:
        session, exchanges, errors = session_of(url)
        with pytest.raises(requests.ConnectionError):
            session.send_request("GET", "/")
    assert exchanges == []
    assert len(errors) == 1


def test_a_body_that_is_cut_has_a_reason_without_numbers() -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
    with dropping(lambda _: False, cut) as url:
        session, _, errors = session_of(url)
        with pytest.raises(requests.ConnectionError):
            session.send_request("GET", "/")
    assert failure_reason(errors[0]) == "the connection closed before the end of the body"


def test_a_server_that_does_not_run_gets_one_attempt() -> None:
    session, _, errors = session_of(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(requests.ConnectionError):
        session.send_request("GET", "/")
    assert [failure_reason(error) for error in errors] == ["Connection refused"]


def test_after_two_timeouts_the_run_waits_less_long() -> None:
    patience, timeout = Patience(), requests.exceptions.ReadTimeout()
    assert patience.timeout(10) == 10
    assert patience.pause(timeout, 1) == 0
    assert patience.pause(timeout, 2) is None
    assert patience.timeout(10) == SHORT_TIMEOUT
    assert patience.timeout(0.5) == 0.5


def gateway(status: int) -> bytes:
    line = f"HTTP/1.1 {status} Bad\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    return line.encode()


def test_a_gateway_that_reaches_the_server_again_is_reported_and_not_judged() -> None:
    responses = iter([gateway(502), gateway(504), RESPONSE])
    with responding(responses) as url:
        session, exchanges, errors = session_of(url)
        assert session.send_request("GET", "/").response.status == 204
        session.close()
    assert [exchange.response.status for exchange in exchanges] == [204]
    assert [failure_reason(error) for error in errors] == ["502 Bad Gateway"]


def test_a_status_of_a_gateway_that_stays_is_a_response() -> None:
    """After some requests, no further one is sent again."""
    sent = ATTEMPTS_AT_GATEWAY * LASTING + 1
    with responding(itertools.repeat(gateway(503), sent)) as url:
        session, exchanges, errors = session_of(url)
        for _ in range(LASTING + 1):
            assert session.send_request("POST", "/").response.status == 503
        session.close()
    assert [exchange.response.status for exchange in exchanges] == [503] * (LASTING + 1)
    assert errors == []
