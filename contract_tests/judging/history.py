"""What was seen of each release, and the exchanges that it takes to see it again."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from mock_server.contract.violations import Violation, show

from ..target.target import Exchange
from .comparison import instant

REMEMBERED = 8  # observations of a release
FRACTION = re.compile(r"\.([0-9]+)")
COARSEST = timedelta(seconds=2)  # within which instants of two runs may be printed alike


@dataclass(frozen=True)
class Observation:
    """A release with its logs, as an answer showed it."""

    release: Mapping[str, Any]
    exchange: Exchange


@dataclass
class History:
    """The last observations of each release, by its key, and the rebuild that they follow.

    starts: the properties that tell runs of a process apart.
    """

    starts: tuple[str, ...] = ()
    _seen: dict[str, deque[Observation]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=REMEMBERED))
    )
    _rebuilt: dict[str, Exchange] = field(default_factory=dict)
    _over: dict[str, dict[tuple[str, str], Exchange]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def before(self, key: str, exchange: Exchange) -> Observation | None:
        """The last observation that was complete before the request was sent."""
        seen = reversed(self._seen[key])
        return next((each for each in seen if each.exchange.received <= exchange.sent), None)

    def forget(self, keys: Iterable[str], exchange: Exchange) -> None:
        """A later run may have a started_at that a low precision makes equal to an earlier one."""
        for key in keys:
            for seen in self._seen[key]:
                for run in _runs(self.starts, seen.release):
                    # what was seen while the rebuild was under way may be what it has begun
                    earlier = seen.exchange.received <= exchange.sent
                    self._end(key, run, exchange, _precision(run[1]) if earlier else COARSEST)
            self._seen[key].clear()
            self._rebuilt[key] = exchange

    def _end(self, key: str, run: tuple[str, str], exchange: Exchange, margin: timedelta) -> None:
        if instant(run[1]) < exchange.now - margin:
            self._over[key].setdefault(run, exchange)

    def returned(
        self, key: str, release: Mapping[str, Any], exchange: Exchange
    ) -> Violation | None:
        """A run of a process that is shown although a rebuild had been answered before, or another
        look had shown it no more."""
        for run in _runs(self.starts, release):
            rebuilt = self._over[key].get(run) if key in self._over else None
            if rebuilt is not None and rebuilt.received <= exchange.sent:
                message = "a rebuild begins a new build, and no earlier one is shown any more"
                return Violation("rebuild-begins", message, f"/{run[0]}", show(run[1]))
        return None

    def remember(self, shown: Mapping[str, Mapping[str, Any]], exchange: Exchange) -> None:
        """Keeps what an answer showed, unless a rebuild overtook it."""
        for key, release in shown.items():
            rebuilt = self._rebuilt.get(key)
            if rebuilt is None or rebuilt is exchange or rebuilt.received <= exchange.sent:
                before = self.before(key, exchange)
                if before is not None:
                    shown_now = set(_runs(self.starts, release))
                    gone = set(_runs(self.starts, before.release)) - shown_now
                    for run in gone:
                        self._end(key, run, exchange, _precision(run[1]))
                self._seen[key].append(Observation(release, exchange))

    def steps(
        self, key: str | None, old: Observation | None, exchange: Exchange
    ) -> tuple[Exchange, ...]:
        """The exchanges that lead to what an answer shows of a release: its rebuild, an earlier
        look where a change is what matters, and this one."""
        rebuilt = self._rebuilt.get(key) if key else None
        led = [rebuilt, old.exchange if old else None, exchange]
        kept = [each for each in led if each is not None and each.sent <= exchange.sent]
        return tuple({id(each): each for each in kept}.values())


def _precision(text: str) -> timedelta:
    """Within which instants of two runs may be printed alike, by how this one is printed."""
    fraction = FRACTION.search(text)
    digits = fraction[1].rstrip("0") if fraction else ""
    return timedelta(seconds=2 / 10 ** min(len(digits), 3)) if digits else COARSEST


def _runs(starts: tuple[str, ...], release: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The runs of processes that a release shows: the property and when it began."""
    for name in starts:
        text = release.get(name)
        if isinstance(text, str):
            try:
                instant(text)
            except ValueError:
                continue
            yield name, text
