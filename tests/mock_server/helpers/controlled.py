"""A mock under control: over a socket or in this process.

Every response of the control API is validated against its document.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_server.app.handle import respond
from mock_server.app.mock import Mock, mock_of
from mock_server.contract.document.operation import Operation
from mock_server.contract.document.schemas import Schemas
from mock_server.contract.exchange import Request, Response
from mock_server.contract.judge import Judge
from mock_server.contract.source.json_text import parse
from mock_server.control import control_api
from mock_server.fixtures.values import Fixtures
from mock_server.state.session_names import split_path
from tests.helpers.requests import Reply, call
from tests.mock_server.helpers.clocks import ManualClock

SCHEMAS = Schemas(control_api().api.data)


@dataclass(frozen=True)
class MockSession:
    """A session of the mock at an address; None is the default session."""

    address: str
    session: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return self.address + (f"/_s/{self.session}" if self.session else "")

    def call(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Call the control API; assert that the response conforms to its document."""
        all_headers = {**self.headers, **(headers or {})}
        reply = call(self.base, method, f"/_mock/{path}", body, all_headers)
        content = reply.content if method != "HEAD" else None
        problems = response_problems(method, f"/_mock/{path}", reply.status, reply.headers, content)
        assert problems == [], (method, path, reply)
        return reply

    def result(self, method: str, path: str, body: object = None) -> Any:
        """Call the control API; assert that it succeeds and return the JSON."""
        reply = self.call(method, path, body)
        assert reply.status == 200, reply.content
        return reply.json

    def state(self) -> dict[str, Any]:
        """Return everything that can be read of the session without changing it."""
        clock = self.result("GET", "clock")
        lists = call(self.base, "POST", "/api/package_releases/list", {"package_id": "pkg_3"})
        journal = self.result("GET", "journal")["exchanges"][:-1]
        return {
            "clock": clock,
            "faults": self.result("GET", "faults"),
            "releases": lists.json,
            "journal": [e for e in journal if e["operation"] != "listPackageReleases"],
        }


def operation_at(method: str, path: str) -> Operation | None:
    """Return the operation of the control API for a method and a path without query."""
    match = control_api().router.match(method, path)
    return match.endpoint if match else None


def response_problems(
    method: str, path: str, status: int, headers: Mapping[str, str], content: bytes | None
) -> list[str]:
    """Return how a response of the control API violates its document; empty if it conforms."""
    sent = {name.lower(): value for name, value in headers.items()}
    problems = [name for name in sent if name.startswith("access-control-")]
    if status == 204:
        return problems + ([] if "allow" in sent else ["no Allow"])
    operation = operation_at(method, split_path(path.partition("?")[0])[1])
    documented = operation.responses.get(status) if operation else None
    response = documented or control_api().api.outside.get(status)
    if response is None:
        return [f"undocumented: {status}"]
    problems += [f"no {name}" for name in response.headers if name.lower() not in sent]
    if sent.get("content-type") != response.media_type:
        problems.append("content-type")
    if content is not None and response.schema is not None:
        problems += map(str, SCHEMAS.violations(response.schema, parse(content)))
    return problems


def request(
    method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
) -> Request:
    """Return a request as the server passes it to the mock."""
    path, _, query = path.partition("?")
    pairs = tuple((n, v) for n, _, v in (p.partition("=") for p in query.split("&")) if n)
    sent = {"host": "localhost", **{name.lower(): text for name, text in (headers or {}).items()}}
    data = b"" if body is None else json.dumps(body).encode()
    if data:
        sent["content-type"] = "application/json"
    return Request(method, path, pairs, sent, data)


def still_mock(judge: Judge, fixtures: Fixtures, wall: ManualClock | None = None) -> Mock:
    """Return a mock whose wall clock stands still unless the test moves it."""
    return mock_of(judge, fixtures, clock=wall or ManualClock())


def checked_response(mock: Mock, request: Request) -> Response:
    """Return the response of the mock; assert that those of the control API conform."""
    response = respond(mock, request)
    if split_path(request.path)[1].startswith("/_mock"):
        headers = dict(response.headers)
        problems = response_problems(
            request.method, request.path, response.status, headers, response.body
        )
        assert problems == [], (request, response)
    return response
