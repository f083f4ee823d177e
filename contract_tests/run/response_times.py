"""How long answers take, told only of what is slow again when it is asked again, or often is."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from ..target.target import Exchange

AGAIN = 3  # times that the slowest request of an operation is sent again
ENOUGH = 20  # answers from which it can be said that an operation crawls
OFTEN, SHARE = 8, 0.02  # slow answers, and their share, that no busy machine explains


@dataclass
class ResponseTimes:
    """The seconds that answers took, by operation, and of each the slowest exchange."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    slowest: dict[str, Exchange] = field(default_factory=dict)

    def took(self, operation: str, exchange: Exchange) -> None:
        """Notes how long an answer took."""
        if not self.seconds[operation] or exchange.seconds > self.slowest[operation].seconds:
            self.slowest[operation] = exchange
        self.seconds[operation].append(exchange.seconds)

    def crawls(self, operation: str, longest: float) -> bool:
        """Whether most answers of an operation are slow: all of a run would take hours."""
        times = self.seconds[operation]
        return len(times) >= ENOUGH and statistics.median(times) > longest

    def slow(
        self, operation: str, longest: float, again: Callable[[Exchange], Exchange] | None
    ) -> tuple[float, Exchange] | None:
        """The median of seconds and an exchange, when an operation is slower than ``longest``.

        One slow answer may be the fault of a busy machine: the slowest request is sent again, and
        only the median of those answers counts, unless many were slow while most are quick. again:
        sends a request again; None when that would change something, and then the median of all
        answers counts.
        """
        slowest = self.slowest.get(operation)
        if slowest is None or slowest.seconds <= longest:
            return None
        times = self.seconds[operation]
        slow = [each for each in times if each > longest]
        quick = statistics.median(times) < longest / 10
        if quick and len(slow) >= max(OFTEN, SHARE * len(times)):
            return statistics.median(slow), slowest
        if again is not None:
            times = [again(slowest).seconds for _ in range(AGAIN)]
        median = statistics.median(times)
        return (median, slowest) if median > longest else None
