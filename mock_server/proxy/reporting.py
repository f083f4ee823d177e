"""What breaks the contract, in a header of the response and in the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..contract.document.operation import is_json
from ..contract.exchange import Exchange
from ..contract.traffic import REQUEST, Breach, Judgement
from ..foundation.bounded_cache import BoundedCache
from ..foundation.clock import monotonic

log = logging.getLogger("mock_server")

HEADER = "X-Contract-Violations"
LONGEST_HEADER = 2_000  # characters
LISTED = 5  # violations in the header, and in the log
PAUSE = 30.0  # seconds until the same violation is logged again
MAX_KINDS = 512  # of violations that the log remembers


def of_api(judgement: Judgement, exchange: Exchange) -> tuple[Breach, ...]:
    """Return the breaches that concern the API: pages and images beside it are none."""
    if judgement.operation is None and not is_json(exchange.response.media_type):
        return ()
    return judgement.breaches


def header(breaches: Sequence[Breach]) -> tuple[str, str]:
    """Return the header that lists violations, as JSON in ASCII."""
    listed = [
        {
            "side": breach.side,
            "rule": breach.violation.rule,
            "pointer": breach.violation.pointer,
            "message": breach.violation.message,
            "found": breach.violation.found[:100],
        }
        for breach in breaches[:LISTED]
    ]
    text = json.dumps(listed)
    while len(text) > LONGEST_HEADER and len(listed) > 1:
        listed.pop()
        text = json.dumps(listed)
    return HEADER, text if len(text) <= LONGEST_HEADER else f'[{{"count": {len(breaches)}}}]'


@dataclass
class ViolationLog:
    """Logs violations. The same one is logged once in PAUSE seconds, with the number of times that
    it has occurred since: a page that polls would fill the screen."""

    _seen: BoundedCache[_Seen] = field(default_factory=lambda: BoundedCache(max_values=MAX_KINDS))

    def add(self, judgement: Judgement, breaches: Sequence[Breach]) -> None:
        """Log the violations of an exchange."""
        for breach in breaches[:LISTED]:
            operation = judgement.operation
            name = operation.id if operation else "the exchange"
            side = "the request" if breach.side == REQUEST else "the response"
            violation = breach.violation
            key = name, side, violation.rule, violation.pointer
            seen, now = self._seen.get(key) or self._seen.put(key, _Seen()), monotonic()
            seen.count += 1
            if now < seen.next_at:
                continue
            more = f" (and {seen.count - 1} more times)" if seen.count > 1 else ""
            log.warning("%s breaks the contract: %s: %s%s", name, side, violation, more)
            seen.count, seen.next_at = 0, now + PAUSE


@dataclass
class _Seen:
    count: int = 0
    next_at: float = 0.0
