"""One request over a socket of its own, and what came back."""

import http.client
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

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
    """Sends a request; `bytes` go as they are, any other body as JSON with its content type."""
    sent = dict(headers or {})
    if body is not None and not isinstance(body, bytes):
        body, sent = json.dumps(body).encode(), {**JSON, **sent}
    server = urlsplit(base)
    connection = http.client.HTTPConnection(server.netloc, timeout=20)
    try:
        connection.request(method, server.path + path, body=body, headers=sent)
        answer = connection.getresponse()
        return Reply(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        connection.close()


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
