"""Start a mock from Python, and control it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from .app.mock import Mock, mock_of
from .app.sources import load_sources
from .client import Session
from .contract.document.resources.types import key_text
from .contract.judge import Judge
from .control.routing import control_api
from .fixtures.values import Fixtures
from .operations.changes.writes import restarted_by_owner
from .server.in_process import running
from .state.session_names import DEFAULT
from .state.view import View

__all__ = ["LiveMock", "live", "load_sources"]


@dataclass(frozen=True)
class LiveMock(Session):
    """A session of a mock that this process serves.

    In addition to the methods of every session, it can restart a resource without credentials.
    """

    mock: Mock = field(kw_only=True, repr=False)

    def restart(self, key: str | int, type_name: str | None = None) -> Mapping[str, Any] | None:
        """Start the timeline of a resource again, as its owner does at the endpoint.

        type_name: of the schema of the resource; by default the first type that has this key.

        Returns the resource as JSON, or None if none with a timeline has this key. Raises
        RefusalError if the values that the endpoint sets break the contract.
        """
        name, context = self.name or DEFAULT, self.mock.context
        sessions, types = context.sessions, context.dataset.spec.with_timelines
        state = sessions.session_state(name)
        now = state.clock.now(sessions.wall())
        view = View(context.dataset, state, now)
        names = [each.name for each in types if type_name in (None, each.name)]
        found = (view.find(each, key_text(key)) for each in names)
        resource = next((each for each in found if each is not None), None)
        if resource is None:
            return None
        state = sessions.change(
            name, lambda state: restarted_by_owner(context, name, state, resource, now)
        )
        return View(context.dataset, state, now).value(resource)


@contextmanager
def live(judge: Judge, fixtures: Fixtures, port: int = 0) -> Iterator[LiveMock]:
    """Serve a new mock on 127.0.0.1 until the block ends. Yield its default session.

    port: 0 chooses a free one. Raises ContractError if the mock cannot be built, or the port is in
    use.
    """
    mock = mock_of(judge, fixtures)
    with running(mock, port=port) as address:
        spec = judge.spec
        yield LiveMock(address, spec.prefixes[0], control_api(spec).names.keys, mock=mock)
