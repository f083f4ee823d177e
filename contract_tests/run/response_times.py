"""The response times of each operation, and whether one is really too slow."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import requests

from mock_server.contract.exchange import Exchange

REPETITIONS = 3  # of the slowest request of an operation
ENOUGH = 20  # responses that are enough to judge an operation as a whole
FEW = 8  # responses that are enough if every one is slow
OUTSIDE = ""  # the name for requests that reach no operation
# Slow responses, and their share of all, that a busy machine does not explain
MANY, SHARE = 8, 0.02


class TooSlowError(requests.RequestException):
    """Most responses of an operation are too slow for the other requests of a check."""


@dataclass
class ResponseTimes:
    """The response times by operation, in seconds, and the slowest exchange of each."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    slowest: dict[str, Exchange] = field(default_factory=dict)

    def add(self, operation: str, exchange: Exchange) -> None:
        """Add the response time of an exchange."""
        if not self.seconds[operation] or exchange.seconds > self.slowest[operation].seconds:
            self.slowest[operation] = exchange
        self.seconds[operation].append(exchange.seconds)

    def is_mostly_slow(self, operation: str, limit: float) -> bool:
        """Return whether most responses of an operation exceed a limit, in seconds.

        A complete run of such an operation would take hours.
        """
        times = self.seconds[operation]
        all_slow = len(times) >= FEW and min(times) > limit
        return all_slow or (len(times) >= ENOUGH and statistics.median(times) > limit)

    def confirmed_slow(
        self, operation: str, limit: float, repeat: Callable[[Exchange], Exchange] | None
    ) -> tuple[float, Exchange] | None:
        """Return the median time and an exchange if an operation exceeds a limit, in seconds.

        A busy machine can cause one slow response. Therefore the slowest request is sent again, and
        the median of the repetitions counts; except if many responses were slow while most were
        fast. repeat: sends a request again; None if that would change something, and then the
        median of all responses counts.
        """
        slowest = self.slowest.get(operation)
        if slowest is None or slowest.seconds <= limit:
            return None
        times = self.seconds[operation]
        slow = [seconds for seconds in times if seconds > limit]
        mostly_fast = statistics.median(times) < limit / 10
        if mostly_fast and len(slow) >= max(MANY, SHARE * len(times)):
            return statistics.median(slow), slowest
        if repeat is not None:
            times = [repeat(slowest).seconds for _ in range(REPETITIONS)]
        median = statistics.median(times)
        return (median, slowest) if median > limit else None
