"""A request for a page of the gallery, and the error that a page can show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..contract.document.spec import Spec
from ..contract.exchange import Request
from ..contract.violations import nearest
from ..control import control_api
from ..fixtures.values import Fixture
from ..http.admin_access import SCHEME, AdminAccess
from ..operations.call import Context
from ..state.catalog import Resource
from ..state.dataset import Dataset

MAX_HINT = 400  # characters


@dataclass(frozen=True)
class PageRequest:
    """A request for a page, in its session.

    session: name of the session.
    session_path: the session's prefix of the path, ``/_s/NAME``; empty if the path has none.
    page_url: URL template of the user's own page, to link to.
    """

    context: Context
    admin_access: AdminAccess
    request: Request
    session: str
    session_path: str
    page_url: str | None

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

    @property
    def needs_token(self) -> bool:
        """Whether the control API requires the admin token."""
        return self.admin_access.token is not None

    @property
    def query(self) -> Mapping[str, str]:
        return dict(self.request.query)


class PageError(Exception):
    """An error page: its HTTP status, its title, and a hint how to fix the request."""

    def __init__(self, status: int, title: str, hint: str = "") -> None:
        super().__init__(status, title)
        self.status, self.title, self.hint = status, title, hint


def requested_release(page: PageRequest) -> tuple[Resource, Fixture]:
    """Return the release in the query, by default the first, and its fixture.

    Raise PageError (404) if it is unknown.
    """
    key = page.query.get(page.spec.key)
    resources = page.dataset.catalog.resources.get(page.spec.release, {})
    resource = resources.get(next(iter(resources), "") if key is None else key)
    if resource is None or resource.fixture is None:
        raise PageError(404, f"Unknown release {key}", hint_for(str(key), list(resources)))
    return resource, resource.fixture


def hint_for(name: str, valid: list[str]) -> str:
    """Return "Did you mean X?" for an unknown name, or a list of valid names."""
    hint = nearest(name, valid)
    return hint[:1].upper() + hint[1:MAX_HINT]
