"""The example of deployments: its mock, its server, and requests to both.

Both have a clock that only a test moves, and two API keys. Their ids differ.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from examples.deployments.server.bugs import BUGS
from examples.deployments.server.server import PREFIX, Server
from examples.deployments.server.service import Service, milliseconds
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.live import live, load_sources
from tests.helpers.requests import Reply, call

SPEC = Path(__file__).parents[2] / "examples" / "deployments" / "openapi.yaml"
AURORA, BOREALIS = "aurora-key", "borealis-key"
BUILD_SECONDS = 10.0  # of the server; a build of the mock takes less
# A build leaves the queue, is built and has ended after these seconds, on the mock and the server
BUILDING, ENDED = 3.0, 11.0


@dataclass(frozen=True)
class Api:
    """A mock or a server. advance: moves its clock by seconds."""

    base: str
    advance: Callable[[float], object]

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        key: str | None = AURORA,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request with an API key."""
        own = {} if key is None else {"X-Api-Key": key}
        return call(self.base, method, path, body, {**own, **(headers or {})})

    def get(self, path: str, key: str | None = AURORA) -> Any:
        """Return the body of a successful GET."""
        reply = self.call("GET", path, key=key)
        assert reply.status == 200, reply
        return reply.json

    def deploy(self, branch: str = "main", project: str = "prj_shop", **body: Any) -> Any:
        """Create a deployment and return it. A branch that starts with "broken" fails."""
        headers = {"Prefer": "scenario=fails"} if branch.startswith("broken") else {}
        path = f"/projects/{project}/deployments"
        reply = self.call("POST", path, {"branch": branch, **body}, headers=headers)
        assert reply.status == 202, reply
        return reply.json

    def post(self, deployment: str, action: str, key: str | None = AURORA) -> Reply:
        """Cancel or redeploy a deployment."""
        return self.call("POST", f"/deployments/{deployment}/{action}", key=key)

    def pages(self, path: str, name: str) -> Iterator[list[Any]]:
        """Yield each page of a list."""
        cursor: str | None = ""
        while cursor is not None:
            body = self.get(f"{path}&cursor={cursor}" if cursor else path)
            yield body[name]
            assert body["pagination"]["count"] == len(body[name])
            cursor = body["pagination"]["next"]


def error(reply: Reply) -> tuple[int, str]:
    """Return the status and the code of an error."""
    return reply.status, reply.json["error"]["code"]


@cache
def sources() -> tuple[Judge, Fixtures]:
    """Return the judge and the fixtures of the example."""
    return load_sources(SPEC)


@contextmanager
def mocked() -> Iterator[Api]:
    """Serve the mock on a socket, with a session whose clock is frozen."""
    with live(*sources()) as mock:
        session = mock.session()
        session.clock.freeze()
        yield Api(session.url, session.clock.advance)


@contextmanager
def served() -> Iterator[Api]:
    """Serve the server on a socket, with a clock that stands still."""
    now = [milliseconds()]

    def advance(seconds: float) -> None:
        now[0] += round(seconds * 1000)

    with _serving(Service(round(BUILD_SECONDS * 1000), lambda: now[0])) as base:
        yield Api(base, advance)


@contextmanager
def running(bug: str = "", build_seconds: float = 1.0) -> Iterator[str]:
    """Serve the server with the clock of the machine, and a planted bug; yield its base URL."""
    with _serving(BUGS.get(bug, Service)(round(build_seconds * 1000))) as base:
        yield base


@contextmanager
def _serving(service: Service) -> Iterator[str]:
    with Server(0, service) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}{PREFIX}"
        finally:
            server.shutdown()
            thread.join()
