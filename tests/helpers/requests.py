"""Send one request, over a socket or to the WSGI application of a mock."""

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


def call(
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
        result = _MOUNTED[server.netloc].open(
            server.path + path,
            f"http://{server.netloc}",
            method=method,
            data=body,
            headers=all_headers,
        )
        return Reply(result.status_code, dict(result.headers), result.data)
    connection = http.client.HTTPConnection(server.netloc, timeout=20)
    try:
        connection.request(method, server.path + path, body=body, headers=all_headers)
        response = connection.getresponse()
        return Reply(response.status, dict(response.getheaders()), response.read())
    finally:
        connection.close()


_MOUNTED: dict[str, Client] = {}
_PORTS = itertools.count(1)


@contextmanager
def mounted(mock: Mock) -> Iterator[str]:
    """Yield an address at which `call` calls the WSGI application of a mock, without a socket."""
    netloc = f"localhost:{next(_PORTS)}"
    _MOUNTED[netloc] = Client(wsgi_application(partial(respond, mock)), use_cookies=False)
    try:
        yield f"http://{netloc}"
    finally:
        del _MOUNTED[netloc]


def send_bytes(base: str, request: bytes) -> bytes:
    """Send bytes on a new connection; return all bytes until the server closes it."""
    server = urlsplit(base)
    with socket.create_connection((server.hostname, server.port), timeout=20) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def release(base: str, release_id: str) -> dict[str, Any]:
    """Return the current value of a release."""
    reply = call(base, "POST", "/package_releases/get", {"package_release_id": release_id})
    assert reply.status == 200, reply.content
    value: dict[str, Any] = reply.json["package_release"]
    return value


def rebuild(base: str, release_id: str, headers: Mapping[str, str] = OWNER) -> Reply:
    """Rebuild a release with the token of its owner."""
    body = {"package_release_id": release_id}
    return call(base, "POST", "/package_releases/rebuild", body, headers)
