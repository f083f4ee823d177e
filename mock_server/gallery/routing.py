"""The gallery: pages for people, below the path of the admin API and beside it.

A page that shows what the files say needs no token, since the API itself tells as much; what a
session holds does, and changing anything is the admin API's alone. The way of a request: path →
guard (403, 401) → session (400) → page.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from ..contract.exchange import Request, Response, with_implied
from ..control import control_api
from ..http import error_responses
from ..http.admin_access import AdminAccess
from ..operations.call import Context
from ..state import session_names, sessions
from . import console, pages
from .page_request import TroubleError, Visit
from .rendering import render

STATIC = Path(__file__).with_name("static")
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
METHODS = ("GET",)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    ("Content-Security-Policy", POLICY),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-cache"),
)
Page = Callable[..., Response]


@dataclass(frozen=True)
class Route:
    """A page below the path of the admin API; ``private``: it tells what a session holds."""

    pattern: re.Pattern[str]
    page: Page
    private: bool = False


def asset(_visit: Visit, name: str) -> Response:
    """A style sheet, script or picture."""
    found = _assets().get(name)
    if found is None:
        raise TroubleError(404, f"There is no file {name}")
    return found


ROUTES = (
    Route(re.compile(r"/states/([^/]+)\.json"), pages.state_json),
    Route(re.compile(r"/states/([^/]+)"), pages.state),
    Route(re.compile(r"/console"), console.console),
    Route(re.compile(r"/console/seen"), console.seen, private=True),
    Route(re.compile(r"/console/journal"), console.exchanges, private=True),
    Route(re.compile(r"/map"), pages.space),
    Route(re.compile(r"/map/([^/]+)\.yaml"), pages.candidate),
    Route(re.compile(r"/contract"), pages.contract),
    Route(re.compile(r"/static/([^/]+)"), asset),
)
FRONT = Route(re.compile(r"/?"), pages.states)  # a path that is a page for browsers alone


def respond(
    context: Context, admin_access: AdminAccess, real: str | None, request: Request
) -> Response | None:
    """The answer to a request for a page; None to any other."""
    base, (name, path) = control_api().base, session_names.split_path(request.path)
    if request.broken is not None or (path != base and not path.startswith(base + "/")):
        return None
    inside = path.removeprefix(base)
    route, parts = _route(inside)
    reads = request.method in ("GET", "HEAD")
    browser = reads and "text/html" in request.headers.get("accept", "")
    if route is None and not browser:
        return None
    if route is None and FRONT.pattern.fullmatch(inside):
        route = FRONT
    if route is None and any(each.pattern.fullmatch(path) for each in control_api().routes):
        return None
    if not reads:
        return _other_method(admin_access, request)
    home = "" if name is None else f"{session_names.PREFIX}{name}"
    visit = Visit(context, admin_access, request, "", home, real)
    return _shown(visit, route, parts).with_headers(HEADERS)


def _shown(visit: Visit, route: Route | None, parts: tuple[str, ...]) -> Response:
    """A page, or in words why there is none."""
    outside = control_api().api.outside
    foreign = visit.admin_access.foreign(_without_site(visit.request))
    if foreign is not None:
        return _trouble(visit, TroubleError(403, "This page is not for you", str(foreign)))
    if route is not None and route.private and not visit.admin_access.knows(visit.request):
        return error_responses.error(outside[401])
    try:
        session, _ = session_names.session_of(visit.request)
        if route is None:
            raise TroubleError(404, "There is no such page")
        if route.page is console.console:  # whatever cookie there is, it steers what it says
            visit = replace(visit, home=f"{session_names.PREFIX}{session}")
        return route.page(replace(visit, session=session), *parts)
    except TroubleError as error:
        return _trouble(visit, error)
    except session_names.SessionNameError as error:
        told = TroubleError(400, "There can be no such session", str(error.violation))
        return _trouble(replace(visit, home=""), told)
    except (sessions.TooManySessionsError, sessions.TooManyStreamsError):
        return error_responses.error(outside[503])


def _trouble(visit: Visit, error: TroubleError) -> Response:
    html = render("trouble.html", visit=visit, spec=visit.spec, error=error)
    return Response(error.status, pages.HTML, html)


def _without_site(request: Request) -> Request:
    """The request as if it came from here, when a person follows a link from elsewhere: a page that
    changes nothing may be opened so, and whoever links to it sees nothing of it."""
    headers = request.headers
    if headers.get("sec-fetch-mode") != "navigate" or headers.get("sec-fetch-dest") != "document":
        return request
    return replace(
        request, headers={n: v for n, v in headers.items() if n not in ("sec-fetch-site", "origin")}
    )


def _other_method(admin_access: AdminAccess, request: Request) -> Response:
    outside, allow = control_api().api.outside, [("Allow", ", ".join(with_implied(METHODS)))]
    foreign = admin_access.foreign(request)
    if foreign is not None:
        return error_responses.error(outside[403], None, [foreign])
    if request.method == "OPTIONS":
        return Response(204, tuple(allow))
    return error_responses.error(outside[405]).with_headers(allow)


def _route(inside: str) -> tuple[Route | None, tuple[str, ...]]:
    for route in ROUTES:
        match = route.pattern.fullmatch(inside)
        if match:
            return route, match.groups()
    return None, ()


@cache
def _assets() -> dict[str, Response]:
    return {
        path.name: Response(200, (("Content-Type", KINDS[path.suffix]),), path.read_bytes())
        for path in sorted(STATIC.iterdir())
        if path.suffix in KINDS
    }
