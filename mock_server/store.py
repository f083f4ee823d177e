"""Where records are kept: one narrow interface, and the memory of one process behind it.

A record is a JSON value with a version that only ever grows, a number, or a bounded list. Whoever
keeps records elsewhere implements these few functions and nothing above changes.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Protocol


class Store(Protocol):
    """Records of sessions, by the session's name and the record's."""

    def read(self, session: str, name: str) -> tuple[int, Any]:
        """The version and value of a record; version 0 and None when there is none."""

    def compare_and_set(self, session: str, name: str, version: int, value: Any) -> bool:
        """Writes a record if it still has this version. Returns whether it was written."""

    def increment(self, session: str, name: str) -> int:
        """Counts a number up by one; returns it, 1 the first time."""

    def append(self, session: str, name: str, value: Any, bound: int) -> int:
        """Appends to a list of which the last ``bound`` items are kept; returns the item's number,
        counted from 1 over all that were ever appended."""

    def tail(self, session: str, name: str, after: int = 0) -> list[tuple[int, Any]]:
        """The kept items of a list with their numbers, those after a number."""

    def forget(self, session: str, name: str) -> None:
        """Empties a list, or makes a number begin again. Numbers of items go on."""

    def drop(self, session: str) -> bool:
        """Forgets a session whole. Returns whether there was anything."""

    def wait(self, session: str, name: str, seen: int, seconds: float) -> int:
        """Waits until a record's version, or a list's last number, is above ``seen``, at most so
        many seconds; returns it."""


@dataclass
class _Kept:
    versions: dict[str, int] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    lists: dict[str, deque[tuple[int, Any]]] = field(default_factory=dict)
    changed: dict[str, threading.Condition] = field(default_factory=dict)


class MemoryStore:
    """Records in the memory of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: dict[str, _Kept] = {}

    def read(self, session: str, name: str) -> tuple[int, Any]:
        kept = self._sessions.get(session)
        if kept is None:
            return 0, None
        with self._lock:
            return kept.versions.get(name, 0), kept.values.get(name)

    def compare_and_set(self, session: str, name: str, version: int, value: Any) -> bool:
        with self._lock:
            kept = self._kept(session)
            if kept.versions.get(name, 0) != version:
                return False
            kept.versions[name] = version + 1
            kept.values[name] = value
            self._tell(kept, name)
            return True

    def increment(self, session: str, name: str) -> int:
        with self._lock:
            kept = self._kept(session)
            kept.values[name] = kept.values.get(name, 0) + 1
            number: int = kept.values[name]
            return number

    def append(self, session: str, name: str, value: Any, bound: int) -> int:
        with self._lock:
            kept = self._kept(session)
            number = kept.versions.get(name, 0) + 1
            kept.versions[name] = number
            items = kept.lists.get(name)
            if items is None or items.maxlen != bound:
                items = kept.lists[name] = deque(items or (), maxlen=bound)
            items.append((number, value))
            self._tell(kept, name)
            return number

    def tail(self, session: str, name: str, after: int = 0) -> list[tuple[int, Any]]:
        kept = self._sessions.get(session)
        if kept is None:
            return []
        with self._lock:
            return [item for item in kept.lists.get(name, ()) if item[0] > after]

    def forget(self, session: str, name: str) -> None:
        with self._lock:
            kept = self._kept(session)
            kept.lists.pop(name, None)
            kept.values.pop(name, None)

    def drop(self, session: str) -> bool:
        with self._lock:
            kept = self._sessions.pop(session, None)
            if kept is None:
                return False
            for name in kept.changed:
                self._tell(kept, name)
            return True

    def wait(self, session: str, name: str, seen: int, seconds: float) -> int:
        with self._lock:
            kept = self._kept(session)
            changed = kept.changed.setdefault(name, threading.Condition(self._lock))
            if kept.versions.get(name, 0) <= seen:
                changed.wait(seconds)
            return kept.versions.get(name, 0)

    def _kept(self, session: str) -> _Kept:
        return self._sessions.setdefault(session, _Kept())

    @staticmethod
    def _tell(kept: _Kept, name: str) -> None:
        changed = kept.changed.get(name)
        if changed is not None:
            changed.notify_all()
