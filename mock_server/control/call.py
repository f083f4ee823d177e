"""A call of the control API, and the lookups that many operations share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..contract.document.resources.types import key_text
from ..contract.requests import Accepted
from ..contract.violations import Violation, nearest, show
from ..operations.call import Context, RefusalError
from ..state.catalog import Resource
from ..state.session_state import SessionState
from ..state.view import View
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

    def session_state(self) -> SessionState:
        """Return the state of the session."""
        return self.context.sessions.session_state(self.session)

    def change(self, how: Callable[[SessionState], SessionState]) -> SessionState:
        """Change the state of the session with a function; return the new state."""
        return self.context.sessions.change(self.session, how)

    def view(self, session_state: SessionState | None = None) -> View:
        """Return what the session shows now. session_state: by default the current one."""
        state = session_state or self.session_state()
        return View(self.context.dataset, state, self.now(state))

    def now(self, session_state: SessionState) -> int:
        """Return the current time of the session (ms since 1970)."""
        return session_state.clock.now(self.context.sessions.wall())


def resource_of(call: ControlCall, values: Mapping[str, Any], prefix: str = "/") -> Resource:
    """Return the resource whose key a request names, in its body or query.

    prefix: of the location of the key in the request. Raises RefusalError: 404 if the key is
    unknown, 400 if the request names none.
    """
    view = call.view()
    given = [names for names in call.names.types if values.get(names.key) is not None]
    if len(given) != 1:
        known = " or ".join(names.key for names in call.names.types)
        found = " and ".join(names.key for names in given)
        violation = Violation("key", f"must have {known}", prefix.rstrip("/"), found)
        raise RefusalError(400, None, [violation])
    (names,) = given
    key = key_text(values[names.key])
    resource = view.find(names.type, key)
    if resource is None:
        fix = did_you_mean(key, (each.key for each in view.all(names.type)))
        message = f"must be the key of an existing {view.dataset.spec.types[names.type].label}"
        violation = Violation("key", message, f"{prefix}{names.key}", show(key), fix)
        raise RefusalError(404, names.not_found, [violation])
    return resource


def names_key(call: ControlCall, resource: Resource) -> dict[str, Any]:
    """Return the key of a resource, by its name in the control API."""
    names = call.names.of(resource.type.name)
    keys = resource.type.keys
    return {names.key: resource.value[keys[0]] if len(keys) == 1 else resource.key}


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
