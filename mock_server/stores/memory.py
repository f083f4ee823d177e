"""Records in the memory of this process."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

MOST_ITEMS = 50_000  # items of lists that are kept over all sessions; then the oldest go

Items = deque[tuple[int, Any]]


@dataclass
class _Kept:
    used: int
    numbers: dict[str, int] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    lists: dict[str, Items] = field(default_factory=dict)


class MemoryStore:
    """Records in the memory of this process."""

    shared = False

    def __init__(self, most_items: int = MOST_ITEMS) -> None:
        self._lock = threading.Lock()
        self._sessions: OrderedDict[str, _Kept] = OrderedDict()  # by use
        self._versions = count(1)
        self._most_items = most_items
        self._items: deque[tuple[Items, int]] = deque()  # where each item is, the oldest first
        self._waiting: dict[tuple[str, str], list[threading.Event]] = {}

    def use(self, session: str, at: int, most: int, before: int) -> list[str] | None:
        dropped = []
        with self._lock:
            kept = self._sessions.get(session)
            while kept is None and len(self._sessions) >= most:
                name, oldest = next(iter(self._sessions.items()))
                if oldest.used > before:
                    return None
                self._drop(name)
                dropped.append(name)
            kept = kept or self._kept(session)
            kept.used = at
            self._sessions.move_to_end(session)
            return dropped

    def renew(self, sessions: Iterable[str], at: int) -> None:
        with self._lock:
            for session in sessions:
                if session in self._sessions:
                    self._sessions[session].used = at
                    self._sessions.move_to_end(session)

    def names(self) -> list[str]:
        with self._lock:
            return list(self._sessions)

    def drop(self, session: str) -> bool:
        with self._lock:
            return self._drop(session)

    def read(self, session: str, name: str) -> tuple[int, Any]:
        with self._lock:
            kept = self._sessions.get(session)
            if kept is None or name not in kept.values:
                return 0, None
            return kept.numbers[name], kept.values[name]

    def compare_and_set(self, session: str, name: str, version: int, value: Any) -> bool:
        with self._lock:
            kept = self._kept(session)
            if kept.numbers.get(name, 0) != version:
                return False
            kept.numbers[name] = next(self._versions)
            kept.values[name] = value
            self._tell(session, name)
            return True

    def increment(self, session: str, name: str) -> int:
        with self._lock:
            kept = self._kept(session)
            number = kept.numbers[name] = kept.values[name] = kept.numbers.get(name, 0) + 1
            return number

    def append(self, session: str, name: str, value: Any, bound: int) -> int:
        with self._lock:
            kept = self._kept(session)
            number = kept.numbers[name] = kept.numbers.get(name, 0) + 1
            items = kept.lists.setdefault(name, deque())
            items.append((number, value))
            while len(items) > bound:
                items.popleft()
            self._items.append((items, number))
            while len(self._items) > self._most_items:
                oldest, its = self._items.popleft()
                if oldest and oldest[0][0] == its:
                    oldest.popleft()
            self._tell(session, name)
            return number

    def tail(self, session: str, name: str, after: int = 0) -> list[tuple[int, Any]]:
        with self._lock:
            kept, found = self._sessions.get(session), []
            for item in reversed(kept.lists.get(name, ()) if kept else ()):
                if item[0] <= after:
                    break
                found.append(item)
        return found[::-1]

    def last(self, session: str, name: str) -> int:
        with self._lock:
            kept = self._sessions.get(session)
            items = kept.lists.get(name) if kept else None
            return items[-1][0] if items else 0

    def forget(self, session: str, name: str) -> None:
        with self._lock:
            kept = self._sessions.get(session)
            if kept is None:
                return
            if name in kept.values:
                del kept.values[name], kept.numbers[name]
            kept.lists.pop(name, deque()).clear()

    def wait(self, session: str, name: str, seen: int, seconds: float) -> int:
        key, changed = (session, name), threading.Event()
        with self._lock:
            if (number := self._number(session, name)) != seen:
                return number
            self._waiting.setdefault(key, []).append(changed)
        changed.wait(max(seconds, 0))
        with self._lock:
            self._waiting[key].remove(changed)
            if not self._waiting[key]:
                del self._waiting[key]
            return self._number(session, name)

    def close(self) -> None:
        pass

    def _kept(self, session: str) -> _Kept:
        """The session, which what is written to it begins; nobody has said that it is used."""
        kept = self._sessions.get(session)
        if kept is None:
            kept = self._sessions[session] = _Kept(used=0)
            self._sessions.move_to_end(session, last=False)
        return kept

    def _number(self, session: str, name: str) -> int:
        kept = self._sessions.get(session)
        return kept.numbers.get(name, 0) if kept else 0

    def _drop(self, session: str) -> bool:
        kept = self._sessions.pop(session, None)
        if kept is None:
            return False
        for items in kept.lists.values():
            items.clear()
        for waited, name in list(self._waiting):
            if waited == session:
                self._tell(session, name)
        return True

    def _tell(self, session: str, name: str) -> None:
        for changed in self._waiting.get((session, name), ()):
            changed.set()
