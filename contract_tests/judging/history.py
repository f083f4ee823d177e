"""The earlier observations of each resource, and the exchanges that reproduce them."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from mock_server.contract.exchange import Exchange
from mock_server.contract.violations import Violation, show

from .comparison import parse_timestamp

OBSERVATIONS_PER_RESOURCE = 8
FRACTION = re.compile(r"\.([0-9]+)")
# Two starts within this time may have equal timestamps, if these have whole seconds.
COARSEST = timedelta(seconds=2)
NO_EARLIER_START = "after a restart, no response shows an earlier start"

Start = tuple[str, str]  # a property with the role `started_at`, and its timestamp: one process run


@dataclass(frozen=True)
class Observation:
    """A resource with its logs, and the exchange whose response showed it."""

    resource: Mapping[str, Any]
    exchange: Exchange


@dataclass
class History:
    """The last observations of each resource by its key, and the restart before them.

    starts: the properties with the role `started_at`. They identify the run of a process.
    """

    starts: tuple[str, ...] = ()
    _observations: dict[str, deque[Observation]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=OBSERVATIONS_PER_RESOURCE))
    )
    _restarts: dict[str, Exchange] = field(default_factory=dict)
    _replaced: dict[str, dict[Start, Exchange]] = field(default_factory=lambda: defaultdict(dict))

    def previous(self, key: str, exchange: Exchange) -> Observation | None:
        """Return the last observation that was received before an exchange was sent."""
        return next(
            (
                each
                for each in reversed(self._observations[key])
                if each.exchange.received <= exchange.sent
            ),
            None,
        )

    def record_restart(self, keys: Iterable[str], exchange: Exchange) -> None:
        """Record a restart: no later response may show the starts observed so far."""
        for key in keys:
            for observation in self._observations[key]:
                for start in _starts(self.starts, observation.resource):
                    # What was observed during the restart may already be the new start.
                    earlier = observation.exchange.received <= exchange.sent
                    margin = _precision(start[1]) if earlier else COARSEST
                    self._mark_replaced(key, start, exchange, margin)
            self._observations[key].clear()
            self._restarts[key] = exchange

    def forget(self, keys: Iterable[str]) -> None:
        """Forget resources that were created or deleted: a key can be used again."""
        for key in keys:
            self._observations.pop(key, None)

    def _mark_replaced(self, key: str, start: Start, exchange: Exchange, margin: timedelta) -> None:
        # With low precision, a new start can have the timestamp of a recent one.
        if parse_timestamp(start[1]) < exchange.now - margin:
            self._replaced[key].setdefault(start, exchange)

    def outdated_start(
        self, key: str, resource: Mapping[str, Any], exchange: Exchange
    ) -> Violation | None:
        """Return a violation if a resource shows a start that a restart replaced, or that an
        earlier response no longer showed."""
        for start in _starts(self.starts, resource):
            replaced_by = self._replaced[key].get(start) if key in self._replaced else None
            if replaced_by is not None and replaced_by.received <= exchange.sent:
                return Violation("restart-begins", NO_EARLIER_START, f"/{start[0]}", show(start[1]))
        return None

    def record(self, resources: Mapping[str, Mapping[str, Any]], exchange: Exchange) -> None:
        """Record the resources of a response, unless a restart overtook the exchange."""
        for key, resource in resources.items():
            restart = self._restarts.get(key)
            if restart is None or restart is exchange or restart.received <= exchange.sent:
                previous = self.previous(key, exchange)
                if previous is not None:
                    resource = _with_shared_lists(resource, previous.resource)
                    current = set(_starts(self.starts, resource))
                    for start in set(_starts(self.starts, previous.resource)) - current:
                        self._mark_replaced(key, start, exchange, _precision(start[1]))
                self._observations[key].append(Observation(resource, exchange))

    def steps(
        self, key: str | None, old: Observation | None, exchange: Exchange
    ) -> tuple[Exchange, ...]:
        """Return the exchanges that reproduce what a response shows of a resource: its restart, an
        earlier observation if the violation is about a change, and the exchange itself."""
        restart = self._restarts.get(key) if key else None
        candidates = [restart, old.exchange if old else None, exchange]
        steps = [each for each in candidates if each is not None and each.sent <= exchange.sent]
        return tuple({id(each): each for each in steps}.values())


def _with_shared_lists(
    resource: Mapping[str, Any], previous: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return an equal resource that shares lists with an earlier one, for the sake of long logs."""
    shared = {}
    for name, value in resource.items():
        earlier = previous.get(name)
        if isinstance(value, list) and isinstance(earlier, list) and earlier:
            if value == earlier:
                shared[name] = earlier
            elif value[: len(earlier)] == earlier:
                shared[name] = [*earlier, *value[len(earlier) :]]
    return {**resource, **shared} if shared else resource


def _precision(timestamp: str) -> timedelta:
    """Return the time within which two starts may have equal timestamps, by the digits of one."""
    fraction = FRACTION.search(timestamp)
    digits = fraction[1].rstrip("0") if fraction else ""
    return timedelta(seconds=2 / 10 ** min(len(digits), 3)) if digits else COARSEST


def _starts(names: tuple[str, ...], resource: Mapping[str, Any]) -> Iterator[Start]:
    """Yield each of these properties that has a valid timestamp, with the timestamp."""
    for name in names:
        text = resource.get(name)
        if isinstance(text, str):
            try:
                parse_timestamp(text)
            except ValueError:
                continue
            yield name, text
