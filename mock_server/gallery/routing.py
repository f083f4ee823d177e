"""Route requests to the pages of the gallery, which share the path of the control API.

A page that shows only the files is open to every client, as the API itself is. A page that shows
the state of a session requires the admin token. No page changes anything: the control API does.
Each request passes these steps: access (403, 401) → session (400) → page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

from ..contract.exchange import Request, Response
from ..contract.routing import Router
from ..control import control_api
from ..http import error_responses
from ..http.admin_access import AdminAccess
from ..operations.call import Context
from ..state import session_names, sessions
from . import console, index, pages
from .document import pages as document_pages
from .exchanges import exchange_view, real_server
from .live_pages import pages as live_pages
from .live_pages.url_templates import PageTemplate
from .operations import pages as operation_pages
from .page_request import PageError, PageRequest
from .reference import pages as reference_pages
from .rendering import render

STATIC = Path(__file__).with_name("static")
MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-cache"),
)
NO_TIMELINES = "No states in this document"
NO_TIMELINES_HINT = (
    "This page shows resources whose status changes over time, and the document describes none. "
    "docs/resources.md explains how to describe them."
)
View = Callable[..., Response]  # (page, **path parameters)


@dataclass(frozen=True)
class Route:
    """A page below the path of the control API.

    private: the page shows the state of a session, which an admin token protects.
    needs: the property of the spec that must not be empty: what the page shows.
    frames: whether the page shows the user's own page.
    """

    template: str
    view: View
    private: bool = False
    needs: Literal["", "types", "with_timelines"] = ""
    frames: bool = False


def static_file(_page: PageRequest, name: str) -> Response:
    """Return a style sheet, script or icon. Raise PageError (404) if it is unknown."""
    response = _static_files().get(name)
    if response is None:
        raise PageError(404, f"Unknown file {name}")
    return response


def home(page: PageRequest) -> Response:
    """Return the page that the gallery opens with: the states, or without any the operations.

    A client that is not a browser gets the index as text.
    """
    if not index.accepts_html(page.request):
        return index.text_response(page.context, page.request)
    return (pages.states if page.has_states else operation_pages.operation_list)(page)


ROUTES = (
    Route("", home),
    Route("/", home),
    Route("/operations", operation_pages.operation_list),
    Route("/operations/{name}", operation_pages.operation_page),
    Route("/states/{name}.json", pages.state_json, needs="types"),
    Route("/states/{name}", pages.state, needs="types", frames=True),
    Route("/page", live_pages.own_page, needs="types", frames=True),
    Route("/page/problem", live_pages.problem_panel, private=True, needs="types"),
    Route("/console", console.console, needs="with_timelines", frames=True),
    Route("/console/resource", console.resource_panel, private=True, needs="with_timelines"),
    Route("/console/request", console.request_panel, private=True, needs="with_timelines"),
    Route("/console/journal", console.journal_panel, private=True),
    Route("/console/exchange", exchange_view.exchange_panel, private=True),
    Route("/real-server", real_server.panel, private=True),
    Route("/real-server/{number}/{position}.yaml", real_server.fixture, private=True),
    Route("/map", pages.state_map, needs="with_timelines"),
    Route("/map/missing", pages.missing_states, needs="with_timelines"),
    Route("/map/{name}.yaml", pages.candidate, needs="with_timelines"),
    Route("/contract", reference_pages.api_reference),
    Route("/openapi.json", document_pages.document_json),
    Route("/openapi.yaml", document_pages.document_yaml),
    Route("/static/{name}", static_file),
)


@cache
def _router() -> Router[Route]:
    base = control_api().base
    return Router(("GET", base + route.template, route) for route in ROUTES)


def respond(
    context: Context,
    admin_access: AdminAccess,
    page_templates: Sequence[PageTemplate],
    index_paths: frozenset[str],
    request: Request,
) -> Response | None:
    """Return the response to a request for a page; None for any other request.

    page_templates, index_paths: as for ``gallery.respond``. A browser gets an error page for a path
    below ``/_mock`` that neither the gallery nor the control API has.
    """
    base, (session, path) = control_api().base, session_names.split_path(request.path)
    if request.parse_error is not None or (path != base and not path.startswith(base + "/")):
        return None
    reads = request.method in ("GET", "HEAD")
    match = _router().match("GET", path)
    route = match.endpoint if match else None
    own = route is not None or control_api().router.match("GET", path) is None
    if not own or (route is None and not (reads and index.accepts_html(request))):
        return None
    if match is not None and not reads:
        return _method_not_allowed(admin_access, request, match.allow)
    session_path = "" if session is None else f"{session_names.PREFIX}{session}"
    page = PageRequest(
        context, admin_access, request, "", session_path, page_templates, index_paths
    )
    policy = ("Content-Security-Policy", _policy(page, route))
    return _response(page, route, match.path if match else {}).with_headers([policy, *HEADERS])


def _policy(page: PageRequest, route: Route | None) -> str:
    """Return the policy of a page: it frames nothing but the user's own pages."""
    origins = dict.fromkeys(each.origin for each in page.page_templates)
    if route is None or not route.frames or not origins:
        return POLICY
    return f"{POLICY}; frame-src {' '.join(origins)}"


def _response(page: PageRequest, route: Route | None, parameters: Mapping[str, str]) -> Response:
    """Return a page, or an error page."""
    errors = control_api().api.outside
    foreign = page.admin_access.foreign(_allowing_links(page.request))
    if foreign is not None:
        return _error_page(page, PageError(403, "Access denied", str(foreign)))
    if route is not None and route.private and not page.admin_access.knows(page.request):
        return error_responses.error(errors[401])
    try:
        session, _ = session_names.session_of(page.request)
        if route is None:
            raise PageError(404, "Page not found")
        if route.needs and not getattr(page.spec, route.needs):
            raise PageError(404, NO_TIMELINES, NO_TIMELINES_HINT)
        if route.view is console.console:  # its links name the session, even one from a cookie
            page = replace(page, session_path=f"{session_names.PREFIX}{session}")
        return route.view(replace(page, session=session), **parameters)
    except PageError as error:
        return _error_page(page, error)
    except session_names.SessionNameError as error:
        invalid = PageError(400, "Invalid session name", str(error.violation))
        return _error_page(replace(page, session_path=""), invalid)
    except (sessions.TooManySessionsError, sessions.TooManyStreamsError):
        return error_responses.error(errors[503])


def _error_page(page: PageRequest, error: PageError) -> Response:
    html = render("error.html", page=page, spec=page.spec, error=error)
    return Response(error.status, pages.HTML, html)


def _allowing_links(request: Request) -> Request:
    """Return the request without its origin if a user followed a link to the page.

    Opening a page changes nothing, and the site with the link cannot read it.
    """
    headers = request.headers
    if headers.get("sec-fetch-mode") != "navigate" or headers.get("sec-fetch-dest") != "document":
        return request
    return replace(
        request, headers={n: v for n, v in headers.items() if n not in ("sec-fetch-site", "origin")}
    )


def _method_not_allowed(
    admin_access: AdminAccess, request: Request, methods: tuple[str, ...]
) -> Response:
    """Return 405, or 204 to OPTIONS; both name the methods. 403 has priority."""
    errors, allow = control_api().api.outside, [("Allow", ", ".join(methods))]
    foreign = admin_access.foreign(request)
    if foreign is not None:
        return error_responses.error(errors[403], None, [foreign])
    if request.method == "OPTIONS":
        return Response(204, tuple(allow))
    return error_responses.error(errors[405]).with_headers(allow)


@cache
def _static_files() -> dict[str, Response]:
    return {
        path.name: Response(200, (("Content-Type", MEDIA_TYPES[path.suffix]),), path.read_bytes())
        for path in sorted(STATIC.iterdir())
        if path.suffix in MEDIA_TYPES
    }
