"""What users of the mock do to it: sessions, rebuilds, a journal; over kept connections."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from .load.requests import GET, HEADERS, REBUILD, WrongAnswerError


class User:
    """Asks a mock over one kept connection."""

    def __init__(self, host: str) -> None:
        self.connection = http.client.HTTPConnection(host, timeout=120)

    def asks(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON answered; raises WrongAnswerError for anything but a 200."""
        text = body if isinstance(body, str) or body is None else json.dumps(body)
        self.connection.request(method, path, text, HEADERS if text else {})
        answer = self.connection.getresponse()
        told = answer.read()
        if answer.status != 200:
            raise WrongAnswerError(f"{method} {path}: {answer.status} {told[:200]!r}")
        return json.loads(told)

    def gets(self, times: int, session: str = "default") -> None:
        """Asks for the release again and again in a session, as fast as the answers come."""
        for _ in range(times):
            self.connection.request("POST", f"/_s/{session}/api{GET.path}", GET.body, HEADERS)
            answer = self.connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise WrongAnswerError(f"get: {answer.status}")

    def begins(self, sessions: Iterable[int]) -> None:
        """Uses the sessions of these numbers: in each something is rebuilt and looked at."""
        for number in sessions:
            for asked in (REBUILD, GET):
                self.asks("POST", f"/_s/user-{number}/api{asked.path}", asked.body)

    def sessions(self) -> int:
        """How many sessions the mock keeps."""
        return len(self.asks("GET", "/_mock/sessions")["sessions"])


@contextmanager
def user(address: str) -> Iterator[User]:
    """A user of the mock at ``127.0.0.1:PORT/api``."""
    one = User(address.partition("/")[0])
    try:
        yield one
    finally:
        one.connection.close()
