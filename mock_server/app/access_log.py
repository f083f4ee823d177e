"""The access log: one line for each exchange, at level INFO."""

from __future__ import annotations

import logging
import time

from ..contract.exchange import Request, Response

log = logging.getLogger("mock_server")

MAX_PATH = 200  # characters


def log_exchange(request: Request, response: Response, started_at: float) -> None:
    """Log an exchange. ``started_at``: the performance counter when the request was read (s)."""
    if log.isEnabledFor(logging.INFO):
        spent = (time.perf_counter() - started_at) * 1000
        path = _printable(request.path)
        log.info("%s %s → %d (%.1f ms)", request.method, path, response.status, spent)


def _printable(path: str) -> str:
    """The path without control characters. The query is left out, as it may hold a token."""
    return "".join(c if c.isprintable() else "\ufffd" for c in path)[:MAX_PATH]
