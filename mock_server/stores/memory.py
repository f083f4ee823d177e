"""Records in the memory of this process."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

MOST_ITEMS = 50_000  # items of lists that are kept over all sessions; then the oldest go
MOST_LEFT = 1000  # numbers of items that left their lists, beside as many as there are items
MOST_BYTES = 32 * 1024 * 1024  # that they take together


class _Item(NamedTuple):
    number: int
    value: Any
    weight: int


Items = deque[_Item]


@dataclass
class _Kept:
    used: int
    numbers: dict[str, int] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    lists: dict[str, Items] = field(default_factory=dict)


class MemoryStore:
    """Records in the memory of this process."""

    shared, max_concurrent_calls = False, 1

    def __init__(self, most_items: int = MOST_ITEMS, most_bytes: int = MOST_BYTES) -> None:
        self._lock = threading.Lock()
        self._sessions: OrderedDict[str, _Kept] = OrderedDict()  # by use
        self._versions = count(1)
        self._most_items, self._most_bytes = most_items, most_bytes
        self._count = self._bytes = 0  # of the items that are kept
        self._oldest: deque[tuple[Items, int]] = deque()  # numbers, also of some that left
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

    def append(self, session: str, name: str, value: Any, bound: int, weight: int = 0) -> int:
        with self._lock:
            kept = self._kept(session)
            number = kept.numbers[name] = kept.numbers.get(name, 0) + 1
            items = kept.lists.get(name)
            if items is None:
                items = kept.lists[name] = deque()
            items.append(_Item(number, value, weight))
            self._oldest.append((items, number))
            self._count, self._bytes = self._count + 1, self._bytes + weight
            while len(items) > bound:
                self._remove(items)
            self._make_room()
            self._tell(session, name)
            return number

    def tail(self, session: str, name: str, after: int = 0) -> list[tuple[int, Any]]:
        with self._lock:
            kept, found = self._sessions.get(session), []
            for item in reversed(kept.lists.get(name, ()) if kept else ()):
                if item.number <= after:
                    break
                found.append((item.number, item.value))
        return found[::-1]

    def last(self, session: str, name: str) -> int:
        with self._lock:
            kept = self._sessions.get(session)
            items = kept.lists.get(name) if kept else None
            return items[-1].number if items else 0

    def forget(self, session: str, name: str) -> None:
        with self._lock:
            kept = self._sessions.get(session)
            if kept is None:
                return
            if name in kept.values:
                del kept.values[name], kept.numbers[name]
            self._clear(kept.lists.pop(name, deque()))

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

    def _make_room(self) -> None:
        """Lets the oldest items of all sessions go while they are too many, or take too much."""
        while self._count > self._most_items or self._bytes > self._most_bytes:
            items, number = self._oldest.popleft()
            if items and items[0].number == number:
                self._remove(items)
        if len(self._oldest) > 2 * self._count + MOST_LEFT:
            self._oldest = deque(
                (items, number)
                for items, number in self._oldest
                if items and items[0].number <= number
            )

    def _remove(self, items: Items) -> None:
        """Lets the oldest item of a list go."""
        self._count, self._bytes = self._count - 1, self._bytes - items.popleft().weight

    def _clear(self, items: Items) -> None:
        while items:
            self._remove(items)

    def _number(self, session: str, name: str) -> int:
        kept = self._sessions.get(session)
        return kept.numbers.get(name, 0) if kept else 0

    def _drop(self, session: str) -> bool:
        kept = self._sessions.pop(session, None)
        if kept is None:
            return False
        for items in kept.lists.values():
            self._clear(items)
        for waited, name in list(self._waiting):
            if waited == session:
                self._tell(session, name)
        return True

    def _tell(self, session: str, name: str) -> None:
        for changed in self._waiting.get((session, name), ()):
            changed.set()
