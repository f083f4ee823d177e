"""The gallery: a page for each state, and a console that controls a session.

Its other modules are imported at the first request for a page, because a mock must start quickly.
"""

from __future__ import annotations

from ..contract.exchange import Request, Response
from ..http.admin_access import AdminAccess
from ..operations.call import Context
from ..state import session_names
from .page_links import checked_page_url

__all__ = ["checked_page_url", "respond"]


def respond(
    context: Context, admin_access: AdminAccess, page_url: str | None, request: Request
) -> Response | None:
    """Return the response to a request for a page; None for any other request.

    page_url: URL template of the user's own page.
    """
    if not session_names.is_control_path(request.path):
        return None
    from . import routing

    return routing.respond(context, admin_access, page_url, request)
