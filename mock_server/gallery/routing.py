"""The gallery: pages for people, below the path of the admin API and beside it.

A page that shows what the files say needs no token, since the API itself tells as much; what a
session holds does, and changing anything is the admin API's alone. The way of a request: path →
guard (403, 401) → session (400) → page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from ..contract.exchange import Request, Response
from ..control import control_api
from ..http import error_responses
from ..http.admin_access import AdminAccess
from ..http.routing import Router
from ..operations.call import Context
from ..state import session_names, sessions
from . import console, pages
from .page_request import TroubleError, Visit
from .rendering import render

STATIC = Path(__file__).with_name("static")
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
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
    """A page below the path of the control API.

    private: the page shows the state of a session, which an admin token protects; browser_only:
    for any other client the path does not exist.
    """

    template: str
    page: Page
    private: bool = False
    browser_only: bool = False


def asset(_visit: Visit, name: str) -> Response:
    """A style sheet, script or picture."""
    found = _assets().get(name)
    if found is None:
        raise TroubleError(404, f"There is no file {name}")
    return found


ROUTES = (
    Route("", pages.states, browser_only=True),
    Route("/", pages.states, browser_only=True),
    Route("/states/{name}.json", pages.state_json),
    Route("/states/{name}", pages.state),
    Route("/console", console.console),
    Route("/console/seen", console.seen, private=True),
    Route("/console/journal", console.exchanges, private=True),
    Route("/map", pages.space),
    Route("/map/{name}.yaml", pages.candidate),
    Route("/contract", pages.contract),
    Route("/static/{name}", asset),
)


@cache
def _router() -> Router[Route]:
    base = control_api().base
    return Router(("GET", base + route.template, route) for route in ROUTES)


def respond(
    context: Context, admin_access: AdminAccess, real: str | None, request: Request
) -> Response | None:
    """Return the response to a request for a page; None for any other request."""
    base, (name, path) = control_api().base, session_names.split_path(request.path)
    if request.parse_error is not None or (path != base and not path.startswith(base + "/")):
        return None
    reads = request.method in ("GET", "HEAD")
    from_browser = reads and "text/html" in request.headers.get("accept", "")
    match = _router().match("GET", path)
    route = match.endpoint if match else None
    if (route is None or route.browser_only) and not from_browser:
        return None
    if route is None and control_api().router.match("GET", path) is not None:
        return None
    if match is not None and not reads:
        return _other_method(admin_access, request, match.allow)
    home = "" if name is None else f"{session_names.PREFIX}{name}"
    visit = Visit(context, admin_access, request, "", home, real)
    return _shown(visit, route, match.path if match else {}).with_headers(HEADERS)


def _shown(visit: Visit, route: Route | None, parameters: Mapping[str, str]) -> Response:
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
        return route.page(replace(visit, session=session), **parameters)
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


def _other_method(
    admin_access: AdminAccess, request: Request, methods: tuple[str, ...]
) -> Response:
    outside, allow = control_api().api.outside, [("Allow", ", ".join(methods))]
    foreign = admin_access.foreign(request)
    if foreign is not None:
        return error_responses.error(outside[403], None, [foreign])
    if request.method == "OPTIONS":
        return Response(204, tuple(allow))
    return error_responses.error(outside[405]).with_headers(allow)


@cache
def _assets() -> dict[str, Response]:
    return {
        path.name: Response(200, (("Content-Type", KINDS[path.suffix]),), path.read_bytes())
        for path in sorted(STATIC.iterdir())
        if path.suffix in KINDS
    }
