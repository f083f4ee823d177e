"""The connection to a target: a server may close an idle one, and one after its own error."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
import requests

from contract_tests.target.connection import TargetConnection

RESPONSE = b"HTTP/1.1 %d -\r\nContent-Length: 2\r\n\r\n{}"


def read_request(client: socket.socket) -> bytes:
    """Return a POST with the body ``{}``, or a GET. A body can arrive after its headers."""
    received = b""
    while not received.endswith(b"{}" if received.startswith(b"POST") else b"\r\n\r\n"):
        more = client.recv(65536)
        if not more:
            break
        received += more
    return received


@contextmanager
def responding_once(status: int = 200, responses: int = 1) -> Iterator[str]:
    """Serve some responses on each connection, and close it at the next request."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client:
                    for _ in range(responses):
                        if read_request(client):
                            client.sendall(RESPONSE % status)
                    read_request(client)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_request_on_an_idle_connection_that_was_closed_is_sent_again() -> None:
    with responding_once() as url, closing(TargetConnection(5, idle=0.1)) as connection:
        assert connection.send("POST", url, b"{}", {}).status == 200
        time.sleep(0.2)
        assert connection.send("POST", url, b"{}", {}).status == 200


def test_a_request_on_a_busy_connection_that_was_closed_is_an_error() -> None:
    with responding_once() as url, closing(TargetConnection(5, idle=60)) as connection:
        assert connection.send("POST", url, b"{}", {}).status == 200
        with pytest.raises(requests.ConnectionError):
            connection.send("POST", url, b"{}", {})


def test_a_request_on_a_connection_that_was_closed_after_an_error_is_sent_again() -> None:
    """uvicorn closes a connection after a 500, and does not send `Connection: close`."""
    with responding_once(500) as url, closing(TargetConnection(5)) as connection:
        assert connection.send("POST", url, b"{}", {}).status == 500
        assert connection.send("POST", url, b"{}", {}).status == 500


@contextmanager
def sending(*parts: bytes, repeated: bytes, pause: float) -> Iterator[str]:
    """Send these bytes to each connection, and then a part again and again until it is closed."""
    closed = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while not closed.is_set():
                try:
                    client, _ = listener.accept()
                    with client:
                        client.sendall(b"".join(parts))
                        while not closed.wait(pause):
                            client.sendall(repeated)
                except OSError:
                    continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        closed.set()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize(
    ("start", "repeated", "pause"),
    [
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x", 0.02),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.02),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, 0.0),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x", 0.02),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5", b"0", 0.02),
    ],
)
def test_a_response_that_never_ends_is_a_timeout(
    start: bytes, repeated: bytes, pause: float
) -> None:
    timeout = 0.3
    with (
        sending(start, repeated=repeated, pause=pause) as url,
        closing(TargetConnection(timeout)) as connection,
    ):
        started_at = time.monotonic()
        with pytest.raises(requests.Timeout):
            connection.send("GET", url, None, {})
        headers_ended = b"\r\n\r\n" in start
        # Twice the timeout at most, and time for a busy machine.
        assert time.monotonic() - started_at < timeout * (2 if headers_ended else 1) + 5


def test_a_connection_is_used_for_several_requests() -> None:
    with responding_once(responses=3) as url, closing(TargetConnection(5)) as connection:
        for _ in range(3):
            assert connection.send("GET", url, None, {}).body == b"{}"
