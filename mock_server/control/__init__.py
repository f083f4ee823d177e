"""The control API at ``/_mock/``: how a test or a developer controls the mock.

Its other modules are imported at the first request for it, because a mock must start quickly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..contract.document.spec import Spec
from ..contract.exchange import Request, Response
from ..http.admin_access import AdminAccess
from ..operations.call import Context
from ..state import session_names
from .health import Health

if TYPE_CHECKING:
    from .routing import ControlApi

__all__ = ["control_api", "respond"]


def respond(
    context: Context, health: Health, admin_access: AdminAccess, request: Request
) -> Response | None:
    """Return the response to a request for the control API; None for any other request."""
    if not session_names.is_control_path(request.path):
        return None
    from . import routing

    return routing.respond(context, health, admin_access, request)


def control_api(spec: Spec | None = None) -> ControlApi:
    """Return the control API, with the names of a document, or else of ``control.yaml``."""
    from . import routing

    return routing.control_api(spec)
