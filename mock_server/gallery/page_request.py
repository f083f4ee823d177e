"""Who looks at a page of the gallery, and the trouble that a page may tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..contract.document.spec import Spec
from ..contract.exchange import Request
from ..contract.violations import nearest
from ..control import admin
from ..fixtures.values import Fixture
from ..http.admin_access import SCHEME, Guard
from ..operations.call import Context
from ..state.catalog import Thing
from ..state.playback import Stock


@dataclass(frozen=True)
class Visit:
    """A request for a page, in its session.

    home: the prefix that the path has for the session, empty without one; real: the template of the
    real page's address.
    """

    context: Context
    guard: Guard
    request: Request
    session: str
    home: str
    real: str | None

    @property
    def stock(self) -> Stock:
        return self.context.stock

    @property
    def spec(self) -> Spec:
        return self.context.stock.spec

    @property
    def base(self) -> str:
        """The path below which the pages are."""
        return self.home + admin().base

    @property
    def origin(self) -> str:
        """Where the mock is, as the browser calls it."""
        return f"{SCHEME}://{self.request.headers.get('host', 'localhost')}"

    @property
    def guarded(self) -> bool:
        """Whether steering needs a token."""
        return self.guard.token is not None

    @property
    def query(self) -> Mapping[str, str]:
        return dict(self.request.query)


class TroubleError(Exception):
    """What is asked for cannot be shown: a status, what is wrong, and what to do."""

    def __init__(self, status: int, title: str, cure: str = "") -> None:
        super().__init__(status, title)
        self.status, self.title, self.cure = status, title, cure


def release_asked(visit: Visit) -> tuple[Thing, Fixture]:
    """The release that the query names, else the first, with its file. Raises TroubleError."""
    key = visit.query.get(visit.spec.entities[visit.spec.release].key)
    things = visit.stock.catalog.things[visit.spec.release]
    thing = things.get(next(iter(things)) if key is None else key)
    if thing is None or thing.fixture is None:
        raise TroubleError(404, f"There is no release {key}", near(str(key), list(things)))
    return thing, thing.fixture


def near(name: str, names: list[str]) -> str:
    """A cure that names the nearest name, or some of them."""
    cure = nearest(name, names)
    return cure[:1].upper() + cure[1:400]
