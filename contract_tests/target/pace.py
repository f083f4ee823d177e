"""The pace of a run: its requests per second, and the pauses that the target requests."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import requests
from werkzeug.http import parse_date

from mock_server.contract.exchange import Response

BUSY = (429, 503)  # statuses with which Retry-After is a request to wait (RFC 9110, 10.2.3)
LONGEST_PAUSE = 60.0  # seconds, in total for one request
SHORTEST_PAUSE = 0.1  # seconds; doubled for each further pause


class TargetBusyError(requests.RequestException):
    """The target wants the run to wait longer than it waits for one request."""


@dataclass
class Pace:
    """Decides when the next request is sent; all threads of a run share it.

    rate: requests per second, at most; None for no limit. now: returns the current time in seconds.
    """

    rate: float | None = None
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _next: float = -math.inf
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self) -> None:
        """Wait until the next request may be sent."""
        with self._lock:
            now = self.now()
            start = max(now, self._next)
            if self.rate is not None:
                self._next = start + 1 / self.rate
        if start > now:
            self.sleep(start - now)

    def pause(self, seconds: float) -> None:
        """Send no request of any thread in the next seconds."""
        with self._lock:
            self._next = max(self._next, self.now() + seconds)


@dataclass
class Pauses:
    """The pauses for one request."""

    pace: Pace
    count: int = 0
    seconds: float = 0.0

    def pause(self, response: Response, now: datetime) -> bool:
        """Return whether to send the request again, after a pause that the response requests.

        Raises TargetBusyError if all pauses together would be too long.
        """
        requested = retry_after(response, now)
        if requested is None:
            return False
        seconds = max(requested, SHORTEST_PAUSE * 2**self.count)
        if self.seconds + seconds > LONGEST_PAUSE:
            raise TargetBusyError(
                f"it is busy: {response.status} with"
                f" Retry-After: {response.header('retry-after')}, and a request waits"
                f" {LONGEST_PAUSE:g} s at most; use --rate, or another target"
            )
        self.count, self.seconds = self.count + 1, self.seconds + seconds
        self.pace.pause(seconds)
        return True


def retry_after(response: Response, now: datetime) -> float | None:
    """Return the seconds to wait before the request is sent again (RFC 9110, section 10.2.3).

    None if the response does not request it, or the header is invalid. now: the time of receiving,
    for a response without `Date`.
    """
    value = (response.header("retry-after") or "").strip()
    if response.status not in BUSY or not value:
        return None
    if value.isascii() and value.isdecimal():
        return float(value)
    date = parse_date(value)
    if date is None:
        return None
    sent = parse_date(response.header("date")) or now.astimezone(UTC)
    return max(0.0, (date - sent).total_seconds())
