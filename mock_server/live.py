"""A live mock from Python: start one, ask for its address, steer it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .app.mock import Mock, mock_of
from .client import Session
from .contract.document.loading import load as load_spec
from .contract.judge import Judge, judge_of
from .fixtures.loading import load as load_fixtures
from .fixtures.values import Fixtures
from .foundation.shipped_files import shipped
from .operations import actions
from .server.in_process import running
from .state.playback import current_value
from .state.session_names import DEFAULT


@dataclass(frozen=True)
class LiveMock(Session):
    """A mock that is being served by this process, or one session of it.

    Beside what every session has: ``rebuild``, which asks no account.
    """

    mock: Mock = field(kw_only=True, repr=False)

    def rebuild(self, key: str) -> Mapping[str, Any] | None:
        """Starts the builds of a release anew, as the endpoint does; the release in wire form, or
        None when there is none of this key."""
        name = self.name or DEFAULT
        context = self.mock.context
        resource = context.dataset.release(key)
        if resource is None:
            return None
        sessions = context.sessions
        now = sessions.session_state(name).clock.now(sessions.wall())
        session_state = actions.start_rebuild(context, name, resource, now)
        return current_value(context.dataset, session_state, resource, now)


def sources(spec: Path | None = None, fixtures: Path | None = None) -> tuple[Judge, Fixtures]:
    """A spec and fixtures, read and judged; those shipped when none are named.

    Raises ContractError with every problem found.
    """
    judge = judge_of(load_spec(spec or shipped("openapi.yaml")))
    return judge, load_fixtures(fixtures or shipped("fixtures"), judge)


@contextmanager
def live(judge: Judge, fixtures: Fixtures, port: int = 0) -> Iterator[LiveMock]:
    """Serves a new mock on 127.0.0.1 until the block ends; port 0 takes a free one."""
    mock = mock_of(judge, fixtures)
    with running(mock, port=port) as address:
        spec = judge.spec
        yield LiveMock(address, spec.prefixes[0], spec.entities[spec.release].key, mock=mock)
