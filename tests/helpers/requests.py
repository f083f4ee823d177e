"""One request over a socket of its own, and what came back."""

import http.client
import itertools
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import Client

from mock_server.app.handle import respond
from mock_server.app.mock import Mock
from mock_server.app.wsgi import wsgi_application

JSON = {"Content-Type": "application/json"}
OWNER = {"Authorization": "Bearer testuser-token"}


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def error_code(self) -> str:
        return str(self.json["error"]["error_code"])


def ask(
    base: str,
    method: str,
    path: str,
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Send a request: bytes as they are, any other body as JSON with its content type."""
    all_headers = dict(headers or {})
    if body is not None and not isinstance(body, bytes):
        body, all_headers = json.dumps(body).encode(), {**JSON, **all_headers}
    server = urlsplit(base)
    if server.netloc in _MOUNTED:
        response = _MOUNTED[server.netloc].open(
            server.path + path,
            f"http://{server.netloc}",
            method=method,
            data=body,
            headers=all_headers,
        )
        return Reply(response.status_code, dict(response.headers), response.data)
    connection = http.client.HTTPConnection(server.netloc, timeout=20)
    try:
        connection.request(method, server.path + path, body=body, headers=all_headers)
        answer = connection.getresponse()
        return Reply(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        connection.close()


_MOUNTED: dict[str, Client] = {}
_PORTS = itertools.count(1)


@contextmanager
def mounted(mock: Mock) -> Iterator[str]:
    """Yield an address at which `ask` calls the WSGI application of a mock, without a socket."""
    netloc = f"localhost:{next(_PORTS)}"
    _MOUNTED[netloc] = Client(wsgi_application(partial(respond, mock)), use_cookies=False)
    try:
        yield f"http://{netloc}"
    finally:
        del _MOUNTED[netloc]


def send(base: str, request: bytes) -> bytes:
    """What comes back on a connection for bytes sent as they are, until the server closes it."""
    server = urlsplit(base)
    with socket.create_connection((server.hostname, server.port), timeout=20) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def release(base: str, release_id: str) -> dict[str, Any]:
    reply = ask(base, "POST", "/package_releases/get", {"package_release_id": release_id})
    assert reply.status == 200, reply.content
    found: dict[str, Any] = reply.json["package_release"]
    return found


def rebuild(base: str, release_id: str, headers: Mapping[str, str] = OWNER) -> Reply:
    asked = {"package_release_id": release_id}
    return ask(base, "POST", "/package_releases/rebuild", asked, headers)
