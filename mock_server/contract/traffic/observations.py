"""What traffic has shown of each resource, to judge how it changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

MAX_RESOURCES = 2_000  # of which the last observation is kept


@dataclass
class Observations:
    """The last observation of each resource, by ``Type/key``. Thread-safe, and bounded."""

    _last: OrderedDict[str, tuple[Mapping[str, Any], datetime]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def before(self, keys: Iterable[str], sent: datetime) -> dict[str, Mapping[str, Any]]:
        """Return the observations of resources that were received before a request was sent."""
        with self._lock:
            known = ((key, self._last[key]) for key in keys if key in self._last)
            return {key: value for key, (value, received) in known if received <= sent}

    def add(self, resources: Mapping[str, Mapping[str, Any]], received: datetime) -> None:
        """Remember resources as a response shows them, unless a later response has come."""
        with self._lock:
            for key, value in resources.items():
                earlier = self._last.get(key)
                if earlier is None or earlier[1] <= received:
                    self._last[key] = value, received
                    self._last.move_to_end(key)
            while len(self._last) > MAX_RESOURCES:
                self._last.popitem(last=False)

    def forget(self, keys: Iterable[str]) -> None:
        """Forget resources whose next state need not follow from the last one."""
        with self._lock:
            for key in keys:
                self._last.pop(key, None)
