"""The user's own page in every state: a frame for each fixture, with a session for each frame."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from ...control import control_api
from ...fixtures.values import Fixture
from ...http.admin_access import is_loopback
from ...state.session_names import PREFIX
from ..page_request import PageRequest
from ..preview import StatusLabel, status_label
from ..states import filters
from ..states.selection import Setting
from .url_templates import PageTemplate, page_url_of

PATH = "/page"  # below the path of the gallery
SETTINGS = (
    Setting(filters.WIDTH, "Width", {"390": "390 px", "768": "768 px", "1280": "1280 px"}),
    Setting(
        filters.SCHEME,
        "Color scheme",
        {"system": "System", "light": "Light", "dark": "Dark"},
    ),
)
LONGEST_NAME = 64  # characters of the name of a session
HASH = 8  # characters
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]")


@dataclass(frozen=True)
class Frame:
    """The user's page for a fixture.

    session: the name of the frame's session; control: the path of its control API; src: the URL of
    the page; console: the path of the console with the resource, in the frame's session.
    """

    fixture: Fixture
    label: StatusLabel | None
    session: str
    control: str
    src: str
    console: str | None


def frames(page: PageRequest, fixtures: Iterable[Fixture]) -> Iterator[Frame]:
    """Yield a frame for each fixture whose type has a page."""
    names = control_api(page.spec).names
    for fixture in fixtures:
        session = session_of_frame(page.session, fixture.name)
        resource = page.dataset.resource_of(fixture)
        src = page_url_of(page.page_templates, resource, session)
        if src is None:
            continue
        roles = fixture.type.timeline
        control = f"{page.request.mount}{PREFIX}{session}{control_api().base}"
        query = urlencode({names.of(fixture.type.name).key: fixture.key}) if roles else ""
        yield Frame(
            fixture,
            status_label(roles, fixture.status) if roles else None,
            session,
            control,
            src,
            f"{control}/console?{query}" if roles else None,
        )


def session_of_frame(session: str, fixture: str) -> str:
    """Return the name of the session of a frame: the same for each visit, so that they are few."""
    name = f"{session}.{fixture}"
    valid = NOT_IN_NAMES.sub("-", name)
    if valid == name and len(name) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:HASH]
    return f"{valid[: LONGEST_NAME - HASH - 1]}-{digest}"


def other_host(page: PageRequest, templates: Iterable[PageTemplate]) -> str | None:
    """Return the origin at which the gallery is on the same site as the user's page.

    A browser does not send the cookies of a page that is framed by another site, and ``localhost``
    and ``127.0.0.1`` are two sites. None if the hosts are the same, or not both of this machine.
    """
    own = urlsplit(page.origin)
    for each in templates:
        host = urlsplit(each.origin).hostname or ""
        if host != own.hostname and is_loopback(host) and is_loopback(own.hostname or ""):
            return f"{own.scheme}://{host}" + (f":{own.port}" if own.port else "")
    return None
