"""A connection of the run: what a server may end by itself is no fault of it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
import requests

from contract_tests.target.connection import IDLE, TargetConnection

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def answering_once() -> Iterator[str]:
    """A server that answers the first request of each connection, and ends it at the second."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client:
                    if client.recv(65536):
                        client.sendall(ANSWER)
                        client.recv(65536)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_what_a_connection_that_rested_does_not_answer_is_asked_once_more() -> None:
    with answering_once() as url, closing(TargetConnection(5)) as connection:
        assert connection.send("POST", url, b"{}", {}).status == 200
        time.sleep(IDLE + 0.1)
        assert connection.send("POST", url, b"{}", {}).status == 200


def test_what_a_connection_in_use_does_not_answer_is_a_fault() -> None:
    with answering_once() as url, closing(TargetConnection(5)) as connection:
        assert connection.send("POST", url, b"{}", {}).status == 200
        with pytest.raises(requests.ConnectionError):
            connection.send("POST", url, b"{}", {})
