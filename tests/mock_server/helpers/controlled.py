"""A mock that is steered: over a socket or in this process, each answer of the admin API judged."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_server.app.handle import respond
from mock_server.app.mock import Mock, mock_of
from mock_server.contract.document.schemas import Schemas
from mock_server.contract.document.spec import Operation
from mock_server.contract.exchange import Request, Response
from mock_server.contract.judge import Judge
from mock_server.contract.source.json_text import parse
from mock_server.control import control_api
from mock_server.fixtures.values import Fixtures
from mock_server.state.sessions import split
from tests.helpers.requests import Reply, ask
from tests.mock_server.helpers.clocks import Hand

SCHEMAS = Schemas(control_api().api.data)


@dataclass(frozen=True)
class Steered:
    """A session of a mock at an address; None is the default one."""

    address: str
    session: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return self.address + (f"/_s/{self.session}" if self.session else "")

    def steer(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Asks the admin API; its answer is as its document says."""
        asked = {**self.headers, **(headers or {})}
        reply = ask(self.base, method, f"/_mock/{path}", body, asked)
        content = reply.content if method != "HEAD" else None
        told = invalid(method, f"/_mock/{path}", reply.status, reply.headers, content)
        assert told == [], (method, path, reply)
        return reply

    def told(self, method: str, path: str, body: object = None) -> Any:
        """The answer of a call that goes well."""
        reply = self.steer(method, path, body)
        assert reply.status == 200, reply.content
        return reply.json

    def state(self) -> dict[str, Any]:
        """All that the admin API and the API tell of the session without changing it."""
        clock = self.told("GET", "clock")
        lists = ask(self.base, "POST", "/api/package_releases/list", {"package_id": "pkg_3"})
        journal = self.told("GET", "journal")["exchanges"][:-1]
        return {
            "clock": clock,
            "faults": self.told("GET", "faults"),
            "releases": lists.json,
            "journal": [e for e in journal if e["operation"] != "listPackageReleases"],
        }


def operation_at(method: str, path: str) -> Operation | None:
    """The operation of the admin API that a method and path without a query reach."""
    method = "GET" if method == "HEAD" else method
    for route in control_api().routes:
        if route.pattern.fullmatch(path):
            return route.methods.get(method)
    return None


def invalid(
    method: str, path: str, status: int, headers: Mapping[str, str], content: bytes | None
) -> list[str]:
    """What is wrong with an answer of the admin API by its own document."""
    low = {name.lower(): value for name, value in headers.items()}
    wrong = [name for name in low if name.startswith("access-control-")]
    if status == 204:
        return wrong + ([] if "allow" in low else ["no Allow"])
    operation = operation_at(method, split(path.partition("?")[0])[1])
    documented = operation.responses.get(status) if operation else None
    response = documented or control_api().api.outside.get(status)
    if response is None:
        return [f"undocumented: {status}"]
    wrong += [f"no {name}" for name in response.headers if name.lower() not in low]
    if low.get("content-type") != response.media_type:
        wrong.append("content-type")
    if content is not None and response.schema is not None:
        wrong += map(str, SCHEMAS.violations(response.schema, parse(content)))
    return wrong


def request(
    method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
) -> Request:
    """A request as the server would give it to the mock."""
    path, _, query = path.partition("?")
    pairs = tuple((n, v) for n, _, v in (p.partition("=") for p in query.split("&")) if n)
    sent = {"host": "localhost", **{name.lower(): text for name, text in (headers or {}).items()}}
    data = b"" if body is None else json.dumps(body).encode()
    if data:
        sent["content-type"] = "application/json"
    return Request(method, path, pairs, sent, data)


def still_mock(judge: Judge, fixtures: Fixtures, wall: Hand | None = None) -> Mock:
    """A mock whose wall clock moves only by hand."""
    return mock_of(judge, fixtures, clock=wall or Hand())


def answered(mock: Mock, asked: Request) -> Response:
    """The mock's answer; one of the admin API is as its document says."""
    answer = respond(mock, asked)
    if split(asked.path)[1].startswith("/_mock"):
        headers = dict(answer.headers)
        told = invalid(asked.method, asked.path, answer.status, headers, answer.body)
        assert told == [], (asked, answer)
    return answer
