"""A call of the admin API, and the refusals that many operations share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..contract.requests import Accepted
from ..contract.violations import Violation, nearest, show
from ..operations.call import Context, RefusalError
from ..state.catalog import Resource
from ..state.session_state import SessionState
from .health import Health


@dataclass(frozen=True)
class Call:
    """A call that keeps the form of its operation, in its session."""

    context: Context
    health: Health
    session: str
    asked: Accepted

    @property
    def body(self) -> Any:
        """The JSON value that was sent."""
        return self.asked.body

    @property
    def key(self) -> str:
        """The name by which the API calls the key of a release."""
        spec = self.context.dataset.spec
        return spec.entities[spec.release].key

    def session_state(self) -> SessionState:
        """The session's world."""
        return self.context.sessions.session_state(self.session)

    def change(self, how: Callable[[SessionState], SessionState]) -> SessionState:
        """Changes the session's world."""
        return self.context.sessions.change(self.session, how)

    def now(self, session_state: SessionState) -> int:
        """The now of a world, in milliseconds."""
        return session_state.clock.now(self.context.sessions.wall())


def release_named(call: Call) -> Resource:
    """The release that the body names. Raises RefusalError when there is none."""
    key, dataset = call.body[call.key], call.context.dataset
    release = dataset.release(key)
    if release is None:
        cure = meant(key, dataset.catalog.resources[dataset.spec.release])
        wrong = Violation("release", "names a release", f"/{call.key}", show(key), cure)
        raise RefusalError(404, None, [wrong])
    return release


def known(what: str, name: str, valid: Iterable[str], at: str | None = None) -> str:
    """The name, if it is valid. ``at``: where it stands, when it is not the body's member."""
    names = list(valid)
    if name in names:
        return name
    message = f"is one of {', '.join(names)}" if names else "there is none"
    wrong = Violation(what, message, at or f"/{what}", show(name), meant(name, names))
    raise RefusalError(400, None, [wrong])


def meant(name: str, valid: Iterable[str]) -> str:
    """A cure that names the nearest valid name, if one is near; never all of them."""
    cure = nearest(name, valid)
    return "" if cure.startswith("valid") else cure
