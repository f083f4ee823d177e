"""A request for a page of the gallery, and the error that a page can show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..contract.document.spec import Spec
from ..contract.exchange import Request
from ..contract.violations import nearest
from ..control import control_api
from ..http.admin_access import SCHEME, AdminAccess
from ..operations.call import Context
from ..state.catalog import Resource
from ..state.dataset import Dataset
from ..state.session_state import new_session_state
from ..state.view import View
from .index import DOCUMENTS
from .live_pages.url_templates import PageTemplate

MAX_HINT = 400  # characters
# Path, title and name of pages in the navigation
OF_TIMELINES = (("/console", "Console", "console"), ("/map", "State map", "map"))
OPERATIONS = ("/operations", "Operations", "operations")
OWN_PAGE = ("/page", "Your page", "page")


@dataclass(frozen=True)
class PageRequest:
    """A request for a page, in its session.

    session: name of the session.
    session_path: the session's prefix of the path, ``/_s/NAME``; empty if the path has none.
    page_templates: the URLs of the user's own pages.
    index_paths: the paths outside of ``/_mock`` at which the document has no operation.
    """

    context: Context
    admin_access: AdminAccess
    request: Request
    session: str
    session_path: str
    page_templates: Sequence[PageTemplate]
    index_paths: frozenset[str] = frozenset()

    @property
    def dataset(self) -> Dataset:
        return self.context.dataset

    @property
    def spec(self) -> Spec:
        return self.context.dataset.spec

    @property
    def root(self) -> str:
        """Path of the mock in this session: the mount point and the session's prefix."""
        return self.request.mount + self.session_path

    @property
    def base(self) -> str:
        """Path of the gallery and of the control API in this session."""
        return self.root + control_api().base

    @property
    def origin(self) -> str:
        """Origin of the mock, as the browser addresses it."""
        return f"{SCHEME}://{self.request.headers.get('host', 'localhost')}"

    @property
    def wall(self) -> int:
        """Time at which a new session starts (ms since 1970)."""
        sessions = self.context.sessions
        return sessions.wall() if sessions.starts_at is None else sessions.starts_at

    @cached_property
    def initial_view(self) -> View:
        """What a new session shows at its start."""
        return View(self.dataset, new_session_state(self.wall, self.wall), self.wall)

    def session_view(self) -> View:
        """Return what the session shows now."""
        sessions = self.context.sessions
        session_state = sessions.session_state(self.session)
        return View(self.dataset, session_state, session_state.clock.now(sessions.wall()))

    @property
    def needs_token(self) -> bool:
        """Whether the control API requires the admin token."""
        return self.admin_access.token is not None

    @property
    def has_states(self) -> bool:
        """Whether there is a fixture to show."""
        return bool(self.dataset.fixtures.fixtures)

    @property
    def navigation(self) -> tuple[tuple[str, str, str], ...]:
        """Path, title and name of each page in the navigation: those that have a content."""
        spec = self.spec
        others = any(spec.type_of(operation) is None for operation in spec.operations.values())
        return (
            ("/", "States", "states") if self.has_states else ("/", "Operations", "operations"),
            *([OWN_PAGE] if self.has_states else []),
            *(OF_TIMELINES if spec.with_timelines else ()),
            *([OPERATIONS] if self.has_states and others else []),
            ("/contract", "API reference", "reference"),
        )

    @property
    def documents(self) -> tuple[tuple[str, str], ...]:
        """Name and path of each file with the document; below ``/_mock`` if the API has it."""
        return tuple(
            (path[1:], (self.root if path in self.index_paths else self.base) + path)
            for path in DOCUMENTS
        )

    @property
    def query(self) -> Mapping[str, str]:
        return dict(self.request.query)


class PageError(Exception):
    """An error page: its HTTP status, its title, and a hint how to fix the request."""

    def __init__(self, status: int, title: str, hint: str = "") -> None:
        super().__init__(status, title)
        self.status, self.title, self.hint = status, title, hint


def requested_resource(page: PageRequest, view: View) -> Resource:
    """Return the resource that the query names by its key, by default the first with a timeline.

    Raise PageError (404) if it does not exist.
    """
    for names in control_api(page.spec).names.types:
        key = page.query.get(names.key)
        if key is not None:
            found = view.find(names.type, key)
            if found is None:
                label = page.spec.types[names.type].label
                hint = hint_for(key, [each.key for each in view.all(names.type)])
                raise PageError(404, f"Unknown {label} {key}", hint)
            return found
    first = next((each for kind in page.spec.with_timelines for each in view.all(kind.name)), None)
    if first is None:
        labels = " or ".join(each.label for each in page.spec.with_timelines)
        raise PageError(404, f"There is no {labels}", "Add one to the fixtures.")
    return first


def key_member(spec: Spec, resource: Resource) -> dict[str, Any]:
    """Return the key of a resource, by its name in the control API."""
    keys, name = resource.type.keys, control_api(spec).names.of(resource.type.name).key
    return {name: resource.value[keys[0]] if len(keys) == 1 else resource.key}


def hint_for(name: str, valid: list[str]) -> str:
    """Return "Did you mean X?" for an unknown name, or a list of valid names."""
    hint = nearest(name, valid)
    return hint[:1].upper() + hint[1:MAX_HINT]
