"""The connection to a target: a server may close an idle one, and one after its own error."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
import requests

from contract_tests.target.connection import IDLE, TargetConnection

RESPONSE = b"HTTP/1.1 %d -\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def responding_once(status: int = 200) -> Iterator[str]:
    """Serve a response to the first request of each connection, and close it at the second."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client:
                    if client.recv(65536):
                        client.sendall(RESPONSE % status)
                        client.recv(65536)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_request_on_an_idle_connection_that_was_closed_is_sent_again() -> None:
    with responding_once() as url, closing(TargetConnection(5)) as connection:
        assert connection.send("POST", url, b"{}", {}).status == 200
        time.sleep(IDLE + 0.1)
        assert connection.send("POST", url, b"{}", {}).status == 200


def test_a_request_on_a_busy_connection_that_was_closed_is_an_error() -> None:
    with responding_once() as url, closing(TargetConnection(5)) as connection:
        assert connection.send("POST", url, b"{}", {}).status == 200
        with pytest.raises(requests.ConnectionError):
            connection.send("POST", url, b"{}", {})


def test_a_request_on_a_connection_that_was_closed_after_an_error_is_sent_again() -> None:
    """uvicorn closes a connection after a 500, and does not send `Connection: close`."""
    with responding_once(500) as url, closing(TargetConnection(5)) as connection:
        assert connection.send("POST", url, b"{}", {}).status == 500
        assert connection.send("POST", url, b"{}", {}).status == 500
