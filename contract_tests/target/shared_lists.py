"""Equal bodies, and equal entries of logs, of several responses: each is stored once.

A log with 100,000 entries takes 30 MB, and each response of a running process has one entry more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Any

LONG = 1000  # entries
MOST_LISTS = 4
LARGE = 64 * 1024  # bytes
MOST_BODIES = 3


@dataclass
class SharedLists:
    """The last long lists, by the name of their property and their length, and the last bodies."""

    _lists: dict[tuple[str, int], list[Any]] = field(default_factory=dict)
    _bodies: dict[bytes, bytes] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def share(self, resource: dict[str, Any]) -> None:
        """Replace each long list in a new resource by one with the entries of an earlier one."""
        for name, value in resource.items():
            if isinstance(value, list) and len(value) > LONG:
                resource[name] = self._shared(name, value)

    def body(self, content: bytes) -> bytes:
        """Return an equal body of an earlier response, or else this one."""
        if len(content) <= LARGE:
            return content
        with self._lock:
            result = self._bodies.pop(content, content)
            if len(self._bodies) >= MOST_BODIES:
                self._bodies.pop(next(iter(self._bodies)))
            self._bodies[result] = result
            return result

    def _shared(self, name: str, value: list[Any]) -> list[Any]:
        with self._lock:
            result = value
            for key, earlier in reversed(self._lists.items()):
                if key[0] == name and (shared := _with_shared_entries(value, earlier)):
                    result = shared
                    break
            self._lists.pop((name, len(result)), None)
            if len(self._lists) >= MOST_LISTS:
                self._lists.pop(next(iter(self._lists)))
            self._lists[name, len(result)] = result
            return result


def _with_shared_entries(value: list[Any], earlier: list[Any]) -> list[Any] | None:
    """Return a list equal to ``value`` with the entries of a list that starts in the same way."""
    common = min(len(value), len(earlier))
    if earlier == value:
        return earlier
    if earlier[:common] != value[:common]:
        return None
    return [*earlier[:common], *value[common:]]
