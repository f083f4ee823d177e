"""Start a mock from Python, and control it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from .app.mock import Mock, mock_of
from .app.sources import load_sources
from .client import Session
from .contract.judge import Judge
from .control.routing import control_api
from .fixtures.values import Fixtures
from .operations import actions
from .server.in_process import running
from .state.catalog import key_text
from .state.playback import current_value
from .state.session_names import DEFAULT

__all__ = ["LiveMock", "live", "load_sources"]


@dataclass(frozen=True)
class LiveMock(Session):
    """A session of a mock that this process serves.

    In addition to the methods of every session, it can rebuild a release without an account.
    """

    mock: Mock = field(kw_only=True, repr=False)

    def rebuild(self, key: str | int) -> Mapping[str, Any] | None:
        """Start the builds of a release again, as the endpoint does, but without a token.

        Returns the release as JSON, or None if no release has this key.
        """
        name = self.name or DEFAULT
        context = self.mock.context
        resource = context.dataset.release(key_text(key))
        if resource is None:
            return None
        sessions = context.sessions
        now = sessions.session_state(name).clock.now(sessions.wall())
        session_state = actions.start_rebuild(context, name, resource, now)
        return current_value(context.dataset, session_state, resource, now)


@contextmanager
def live(judge: Judge, fixtures: Fixtures, port: int = 0) -> Iterator[LiveMock]:
    """Serve a new mock on 127.0.0.1 until the block ends. Yield its default session.

    port: 0 chooses a free one. Raises ContractError if the mock cannot be built, or the port is in
    use.
    """
    mock = mock_of(judge, fixtures)
    with running(mock, port=port) as address:
        spec = judge.spec
        yield LiveMock(address, spec.prefixes[0], control_api(spec).names.key, mock=mock)
