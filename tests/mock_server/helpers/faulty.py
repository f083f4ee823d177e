"""A mock with faults, and what a client receives from it."""

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mock_server import faults
from mock_server.app.handle import respond
from mock_server.app.mock import Mock
from mock_server.contract.exchange import Request, Response
from mock_server.contract.violations import ContractError
from mock_server.foundation.timestamps import to_datetime
from mock_server.state.session_names import DEFAULT
from tests.helpers.shipped import shipped_sources
from tests.mock_server.helpers.clocks import START

JUDGE, SHIPPED = shipped_sources()
GET, LIST, REBUILD = "getPackageRelease", "listPackageReleases", "rebuildPackageRelease"
ID = "rel_successful"
JSON = {"content-type": "application/json"}
NOW = to_datetime(START)
OWNER = {**JSON, "authorization": "Bearer testuser-token"}
BY_ID = json.dumps({"package_release_id": ID}).encode()
PACKAGE = "/api/packages/get?package_id=pkg_3"


@dataclass(frozen=True)
class Received:
    """All bytes that a client received on a connection, and how it ended: ``FIN`` or ``RST``."""

    data: bytes
    end: str

    @property
    def head(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]

    def header(self, name: str) -> str | None:
        lines = self.head.decode().split("\r\n")[1:]
        pairs = (line.split(": ", 1) for line in lines)
        return next((text for key, text in pairs if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class Live:
    """A mock on a socket, with a frozen clock."""

    mock: Mock
    address: str

    def add(self, kind: str, session: str = DEFAULT, **fields: Any) -> faults.Fault:
        return faults.add(self.mock.context, session, {"kind": kind, **fields})

    def request(
        self,
        path: str = "/api/package_releases/get",
        body: bytes | None = BY_ID,
        method: str = "POST",
        headers: Mapping[str, str] = JSON,
    ) -> Received:
        """Send a request over a socket and read until the connection ends."""
        lines = [f"{method} {path} HTTP/1.1", "Host: a", "Connection: close"]
        lines += [f"{name}: {text}" for name, text in headers.items()]
        lines += [f"Content-Length: {len(body)}"] if body is not None else []
        server = urlsplit(self.address)
        with socket.create_connection((server.hostname, server.port), timeout=20) as client:
            client.sendall("\r\n".join([*lines, "", ""]).encode() + (body or b""))
            data = b""
            try:
                while part := client.recv(65536):
                    data += part
            except ConnectionResetError:
                return Received(data, "RST")
            return Received(data, "FIN")


def response_of(
    mock: Mock, path: str = "/api/package_releases/get", body: Any = None, session: str = DEFAULT
) -> Response:
    """Return the response of a mock in this process, before it is sent."""
    content = json.dumps(body or {"package_release_id": ID}).encode()
    headers = {**OWNER, "x-mock-session": session}
    return respond(mock, Request("POST", path, (), headers, content))


def faulty_requests(mock: Mock, session: str = DEFAULT, requests: int = 12) -> list[int]:
    """Send requests; return the numbers, from 1, of those whose response has faults."""
    return [n for n in range(1, requests + 1) if response_of(mock, session=session).faults]


def breakable() -> list[tuple[str, str]]:
    """Return each property of a release with each accepted ``how`` of a ``violate`` fault."""

    record = {"kind": "violate", "operation": LIST}

    def accepted(name: str, how: str) -> bool:
        try:
            faults.read({**record, "property": name, "how": how}, JUDGE)
        except ContractError:
            return False
        return True

    ways = ("enum", "null", "missing", "type")
    properties = JUDGE.spec.types["PackageRelease"].properties
    return [(name, how) for name in properties for how in ways if accepted(name, how)]
