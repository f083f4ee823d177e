"""A client that writes and reads HTTP messages on a socket."""

import http.client
import socket
from urllib.parse import urlsplit

BODY = b'{"package_release_id":"rel_successful"}'
GET = (
    b"POST /api/package_releases/get HTTP/1.1\r\nHost: mock\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
)


def connect(address: str) -> socket.socket:
    """Return a connection to the server at an address, with a timeout of 20 seconds."""
    server = urlsplit(address)
    return socket.create_connection((server.hostname, server.port), timeout=20)


def next_response(client: socket.socket) -> http.client.HTTPResponse:
    """Return the next response on a connection; read its body before the next request."""
    response = http.client.HTTPResponse(client)
    response.begin()
    return response


def next_status(client: socket.socket) -> int:
    """Return the status of the next response on a connection, and read its body."""
    response = next_response(client)
    response.read()
    return response.status


def next_statuses(client: socket.socket, count: int) -> list[int]:
    """Return the statuses of several responses to requests that were sent ahead.

    Reads to the end of the last body, so that the next byte on the connection starts a response.
    """
    statuses = []
    with client.makefile("rb") as file:
        for _ in range(count):
            statuses.append(int(file.readline().split()[1]))
            headers = http.client.parse_headers(file)
            file.read(int(headers["Content-Length"]))
    return statuses
