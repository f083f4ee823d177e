"""The earlier observations of each release, and the exchanges that reproduce them."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from mock_server.contract.violations import Violation, show

from ..target.target import Exchange
from .comparison import parse_timestamp

OBSERVATIONS_PER_RELEASE = 8
FRACTION = re.compile(r"\.([0-9]+)")
# Two builds that start within this time may have equal timestamps, if these have whole seconds.
COARSEST = timedelta(seconds=2)
REBUILD_STARTS_A_BUILD = "a rebuild starts a new build, and no response shows an earlier one again"

Start = tuple[str, str]  # a property with the role `started_at`, and its timestamp: one process run


@dataclass(frozen=True)
class Observation:
    """A release with its logs, and the exchange whose response showed it."""

    release: Mapping[str, Any]
    exchange: Exchange


@dataclass
class History:
    """The last observations of each release by its key, and the rebuild before them.

    starts: the properties with the role `started_at`. They identify the run of a process.
    """

    starts: tuple[str, ...] = ()
    _observations: dict[str, deque[Observation]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=OBSERVATIONS_PER_RELEASE))
    )
    _rebuilds: dict[str, Exchange] = field(default_factory=dict)
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

    def record_rebuild(self, keys: Iterable[str], exchange: Exchange) -> None:
        """Record a rebuild: no later response may show the builds observed so far."""
        for key in keys:
            for observation in self._observations[key]:
                for start in _starts(self.starts, observation.release):
                    # What was observed during the rebuild may already be the new build.
                    earlier = observation.exchange.received <= exchange.sent
                    margin = _precision(start[1]) if earlier else COARSEST
                    self._mark_replaced(key, start, exchange, margin)
            self._observations[key].clear()
            self._rebuilds[key] = exchange

    def forget(self, keys: Iterable[str]) -> None:
        """Forget resources that were created or deleted: a key can be used again."""
        for key in keys:
            self._observations.pop(key, None)

    def _mark_replaced(self, key: str, start: Start, exchange: Exchange, margin: timedelta) -> None:
        # With low precision, a new build can have the timestamp of a recent one.
        if parse_timestamp(start[1]) < exchange.now - margin:
            self._replaced[key].setdefault(start, exchange)

    def outdated_build(
        self, key: str, release: Mapping[str, Any], exchange: Exchange
    ) -> Violation | None:
        """Return a violation if a release shows a build that a rebuild replaced, or that an
        earlier response no longer showed."""
        for start in _starts(self.starts, release):
            replaced_by = self._replaced[key].get(start) if key in self._replaced else None
            if replaced_by is not None and replaced_by.received <= exchange.sent:
                return Violation(
                    "rebuild-begins", REBUILD_STARTS_A_BUILD, f"/{start[0]}", show(start[1])
                )
        return None

    def record(self, releases: Mapping[str, Mapping[str, Any]], exchange: Exchange) -> None:
        """Record the releases of a response, unless a rebuild overtook the exchange."""
        for key, release in releases.items():
            rebuild = self._rebuilds.get(key)
            if rebuild is None or rebuild is exchange or rebuild.received <= exchange.sent:
                previous = self.previous(key, exchange)
                if previous is not None:
                    release = _with_shared_lists(release, previous.release)
                    current = set(_starts(self.starts, release))
                    for start in set(_starts(self.starts, previous.release)) - current:
                        self._mark_replaced(key, start, exchange, _precision(start[1]))
                self._observations[key].append(Observation(release, exchange))

    def steps(
        self, key: str | None, old: Observation | None, exchange: Exchange
    ) -> tuple[Exchange, ...]:
        """Return the exchanges that reproduce what a response shows of a release: its rebuild, an
        earlier observation if the violation is about a change, and the exchange itself."""
        rebuild = self._rebuilds.get(key) if key else None
        candidates = [rebuild, old.exchange if old else None, exchange]
        steps = [each for each in candidates if each is not None and each.sent <= exchange.sent]
        return tuple({id(each): each for each in steps}.values())


def _with_shared_lists(
    release: Mapping[str, Any], previous: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return an equal release that shares lists with an earlier one, for the sake of long logs."""
    shared = {}
    for name, value in release.items():
        earlier = previous.get(name)
        if isinstance(value, list) and isinstance(earlier, list) and earlier:
            if value == earlier:
                shared[name] = earlier
            elif value[: len(earlier)] == earlier:
                shared[name] = [*earlier, *value[len(earlier) :]]
    return {**release, **shared} if shared else release


def _precision(timestamp: str) -> timedelta:
    """Return the time within which two builds may have equal timestamps, by the digits of one."""
    fraction = FRACTION.search(timestamp)
    digits = fraction[1].rstrip("0") if fraction else ""
    return timedelta(seconds=2 / 10 ** min(len(digits), 3)) if digits else COARSEST


def _starts(names: tuple[str, ...], release: Mapping[str, Any]) -> Iterator[Start]:
    """Yield each of these properties that has a valid timestamp, with the timestamp."""
    for name in names:
        text = release.get(name)
        if isinstance(text, str):
            try:
                parse_timestamp(text)
            except ValueError:
                continue
            yield name, text
