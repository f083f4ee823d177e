"""A call of the control API, and the lookups that many operations share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..contract.requests import Accepted
from ..contract.violations import Violation, nearest, show
from ..operations.call import Context, RefusalError
from ..state.catalog import Resource, key_text
from ..state.session_state import SessionState
from .health import Health
from .naming import Names


@dataclass(frozen=True)
class ControlCall:
    """A valid call of the control API.

    session: name of the session that the call applies to.
    request: the parsed path, query and body.
    names: those of the mocked API in the control API.
    """

    context: Context
    health: Health
    session: str
    request: Accepted
    names: Names

    @property
    def body(self) -> Any:
        """The parsed JSON body."""
        return self.request.body

    @property
    def key(self) -> str:
        """Name of the property that holds the id of a release, such as ``package_release_id``."""
        return self.names.key

    def session_state(self) -> SessionState:
        """Return the state of the session."""
        return self.context.sessions.session_state(self.session)

    def change(self, how: Callable[[SessionState], SessionState]) -> SessionState:
        """Change the state of the session with a function; return the new state."""
        return self.context.sessions.change(self.session, how)

    def now(self, session_state: SessionState) -> int:
        """Return the current time of the session (ms since 1970)."""
        return session_state.clock.now(self.context.sessions.wall())


def release_of(call: ControlCall) -> Resource:
    """Return the release whose id is in the body. Raise RefusalError (404) if it is unknown."""
    key, dataset = key_text(call.body[call.key]), call.context.dataset
    release = dataset.release(key)
    if release is None:
        raise unknown_release(call, key, f"/{call.key}")
    return release


def unknown_release(call: ControlCall, key: str, pointer: str) -> RefusalError:
    """Return the error (404) for a release id that does not exist, with the nearest id."""
    dataset = call.context.dataset
    fix = did_you_mean(key, dataset.catalog.resources.get(dataset.spec.release, ()))
    message = "must be the id of a release"
    return RefusalError(404, None, [Violation("release", message, pointer, show(key), fix)])


def valid_name(kind: str, name: str, valid: Iterable[str], pointer: str | None = None) -> str:
    """Return the name if it is valid. Raise RefusalError (400) otherwise.

    kind: kind of the name, such as ``fixture``.
    pointer: location of the name in the request; by default the body property called ``kind``.
    """
    names = list(valid)
    if name in names:
        return name
    message = f"must be one of {', '.join(names)}" if names else f"the mock has no {kind}"
    fix = did_you_mean(name, names)
    violation = Violation(kind, message, pointer or f"/{kind}", show(name), fix)
    raise RefusalError(400, None, [violation])


def did_you_mean(name: str, valid: Iterable[str]) -> str:
    """Return "did you mean X?" for the nearest valid name; empty if none is similar."""
    fix = nearest(name, valid)
    return "" if fix.startswith("valid") else fix
