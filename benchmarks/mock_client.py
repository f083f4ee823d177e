"""A client of the mock over one persistent connection: sessions, rebuilds, the journal."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from .load.requests import GET, HEADERS, REBUILD, WrongResponseError


class MockClient:
    """Sends requests to a mock over one persistent connection."""

    def __init__(self, host: str) -> None:
        self.connection = http.client.HTTPConnection(host, timeout=120)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Return the JSON of the response. Raise WrongResponseError if the status is not 200."""
        text = body if isinstance(body, str) or body is None else json.dumps(body)
        self.connection.request(method, path, text, HEADERS if text else {})
        response = self.connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise WrongResponseError(f"{method} {path}: {response.status} {content[:200]!r}")
        return json.loads(content)

    def get_release(self, times: int, session: str = "default") -> None:
        """Get the same release this many times, one request after the other."""
        for _ in range(times):
            self.connection.request("POST", f"/_s/{session}/api{GET.path}", GET.body, HEADERS)
            response = self.connection.getresponse()
            response.read()
            if response.status != 200:
                raise WrongResponseError(f"get: {response.status}")

    def use_sessions(self, numbers: Iterable[int]) -> None:
        """Rebuild and get a release in each session with one of these numbers."""
        for number in numbers:
            for request in (REBUILD, GET):
                self.call("POST", f"/_s/user-{number}/api{request.path}", request.body)

    def count_sessions(self) -> int:
        """Return the number of sessions that the mock holds."""
        return len(self.call("GET", "/_mock/sessions")["sessions"])


@contextmanager
def mock_client(address: str) -> Iterator[MockClient]:
    """Yield a client of the mock at ``127.0.0.1:PORT/api``, and close its connection."""
    client = MockClient(address.partition("/")[0])
    try:
        yield client
    finally:
        client.connection.close()
