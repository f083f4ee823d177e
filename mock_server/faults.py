"""Faults: named disturbances of an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .answers import Context
from .contract.exchange import Answer
from .contract.spec import Operation


def disturb(
    _context: Context,
    _session: str,
    _faults: Sequence[Mapping[str, Any]],
    _operation: Operation,
    answer: Answer,
) -> Answer:
    """The answer as the faults of a session that concern the operation leave it."""
    return answer
