"""The gallery: a page for each state, and a console that controls a session.

Its other modules are imported at the first request for a page, because a mock must start quickly.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..contract.exchange import Request, Response
from ..http.admin_access import AdminAccess
from ..operations.call import Context
from ..state import session_names
from . import index
from .live_pages.url_templates import PageTemplate, checked_page_urls

__all__ = ["PageTemplate", "checked_page_urls", "index", "respond"]


def respond(
    context: Context,
    admin_access: AdminAccess,
    page_templates: Sequence[PageTemplate],
    index_paths: frozenset[str],
    request: Request,
) -> Response | None:
    """Return the response to a request for a page; None for any other request.

    page_templates: the URLs of the user's own pages. index_paths: the paths outside of ``/_mock``
    at which the document has no operation.
    """
    request = index.document_request(request, index_paths)
    if not session_names.is_control_path(request.path):
        return None
    from . import routing

    return routing.respond(context, admin_access, page_templates, index_paths, request)
