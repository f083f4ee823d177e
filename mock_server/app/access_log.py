"""The access log: one line for each exchange, at level INFO.

What the open pages of the gallery read again and again is at level DEBUG.
"""

from __future__ import annotations

import logging
import time

from ..contract.exchange import Request, Response
from ..state.session_names import is_control_path

log = logging.getLogger("mock_server")

MAX_PATH = 200  # characters


def log_exchange(request: Request, response: Response, started_at: float) -> None:
    """Log an exchange. ``started_at``: the performance counter when the request was read (s)."""
    if not log.isEnabledFor(logging.INFO):
        return
    reads = request.method in ("GET", "HEAD") and response.status < 400
    level = logging.DEBUG if reads and is_control_path(request.path) else logging.INFO
    if log.isEnabledFor(level):
        spent = (time.perf_counter() - started_at) * 1000
        path = _printable(request.path)
        log.log(level, "%s %s → %d (%.1f ms)", request.method, path, response.status, spent)


def _printable(path: str) -> str:
    """The path without control characters. The query is left out, as it may hold a token."""
    return "".join(c if c.isprintable() else "\ufffd" for c in path)[:MAX_PATH]
