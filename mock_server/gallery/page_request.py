"""Who looks at a page of the gallery, and the trouble that a page may tell."""

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


@dataclass(frozen=True)
class Visit:
    """A request for a page, in its session.

    home: the prefix that the path has for the session, empty without one; real: the template of the
    real page's address.
    """

    context: Context
    admin_access: AdminAccess
    request: Request
    session: str
    home: str
    real: str | None

    @property
    def dataset(self) -> Dataset:
        return self.context.dataset

    @property
    def spec(self) -> Spec:
        return self.context.dataset.spec

    @property
    def base(self) -> str:
        """The path below which the pages are."""
        return self.home + control_api().base

    @property
    def origin(self) -> str:
        """Where the mock is, as the browser calls it."""
        return f"{SCHEME}://{self.request.headers.get('host', 'localhost')}"

    @property
    def guarded(self) -> bool:
        """Whether steering needs a token."""
        return self.admin_access.token is not None

    @property
    def query(self) -> Mapping[str, str]:
        return dict(self.request.query)


class TroubleError(Exception):
    """What is asked for cannot be shown: a status, what is wrong, and what to do."""

    def __init__(self, status: int, title: str, fix: str = "") -> None:
        super().__init__(status, title)
        self.status, self.title, self.fix = status, title, fix


def release_asked(visit: Visit) -> tuple[Resource, Fixture]:
    """The release that the query names, else the first, with its file. Raises TroubleError."""
    key = visit.query.get(visit.spec.entities[visit.spec.release].key)
    resources = visit.dataset.catalog.resources[visit.spec.release]
    resource = resources.get(next(iter(resources)) if key is None else key)
    if resource is None or resource.fixture is None:
        raise TroubleError(404, f"There is no release {key}", near(str(key), list(resources)))
    return resource, resource.fixture


def near(name: str, names: list[str]) -> str:
    """A fix that names the nearest name, or some of them."""
    fix = nearest(name, names)
    return fix[:1].upper() + fix[1:400]
