"""The journal: the exchanges of a session, bounded, credentials redacted."""

from __future__ import annotations

from .answers import Context
from .contract.exchange import Answer, Request
from .contract.spec import Operation


def note(
    _context: Context,
    _session: str,
    _now: int,
    _operation: Operation | None,
    _request: Request,
    _answer: Answer,
) -> None:
    """Writes an exchange down. ``now`` is the session's, in milliseconds."""
