"""Records in the memory of this process."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, NamedTuple

from ..contract.parts import Pause
from .protocol import StoreUnavailableError

MAX_ITEMS = 50_000  # list items of all sessions; the oldest are removed first
MAX_BYTES = 32 * 1024 * 1024  # of all list items
MAX_VALUE_BYTES = 32 * 1024 * 1024  # of the values of all sessions
MAX_REMOVED = 1000  # entries of removed items in the queue, beside one per stored item


class _Item(NamedTuple):
    number: int
    value: Any
    weight: int


Items = deque[_Item]


@dataclass
class _SessionData:
    used: int
    numbers: dict[str, int] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    weights: dict[str, int] = field(default_factory=dict)  # of the values
    lists: dict[str, Items] = field(default_factory=dict)


class MemoryStore:
    """Stores records in the memory of this process."""

    shared, max_concurrent_calls = False, 1

    def __init__(
        self,
        max_items: int = MAX_ITEMS,
        max_bytes: int = MAX_BYTES,
        max_value_bytes: int = MAX_VALUE_BYTES,
    ) -> None:
        self._lock = threading.Lock()
        self._sessions: OrderedDict[str, _SessionData] = OrderedDict()  # least recently used first
        self._versions = count(1)
        self._max_items, self._max_bytes = max_items, max_bytes
        self._max_value_bytes, self._value_bytes = max_value_bytes, 0
        self._count = self._bytes = 0  # of the stored items
        self._queue: deque[tuple[Items, int]] = deque()  # by age; also of removed items
        # by the record; each watch has a separate key
        self._watches: dict[tuple[str, str], dict[object, Callable[[], None]]] = {}

    def use(self, session: str, at: int, most: int, before: int) -> list[str] | None:
        dropped = []
        with self._lock:
            data = self._sessions.get(session)
            while data is None and len(self._sessions) >= most:
                name, oldest = next(iter(self._sessions.items()))
                if oldest.used > before:
                    return None
                self._drop(name)
                dropped.append(name)
            data = data or self._get_or_create(session)
            data.used = at
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
            data = self._sessions.get(session)
            if data is None or name not in data.values:
                return 0, None
            return data.numbers[name], data.values[name]

    def compare_and_set(
        self, session: str, name: str, version: int, value: Any, weight: int = 0
    ) -> bool:
        with self._lock:
            data = self._get_or_create(session)
            if data.numbers.get(name, 0) != version:
                return False
            more = weight - data.weights.get(name, 0)
            if more > 0 and self._value_bytes + more > self._max_value_bytes:
                most = f"all sessions hold at most {self._max_value_bytes} bytes"
                raise StoreUnavailableError(f"{most}; reset or delete some of them")
            self._value_bytes += more
            data.numbers[name] = next(self._versions)
            data.values[name], data.weights[name] = value, weight
            self._notify(session, name)
            return True

    def increment(self, session: str, name: str) -> int:
        with self._lock:
            data = self._get_or_create(session)
            number = data.numbers[name] = data.values[name] = data.numbers.get(name, 0) + 1
            return number

    def append(self, session: str, name: str, value: Any, bound: int, weight: int = 0) -> int:
        with self._lock:
            data = self._get_or_create(session)
            number = data.numbers[name] = data.numbers.get(name, 0) + 1
            items = data.lists.get(name)
            if items is None:
                items = data.lists[name] = deque()
            items.append(_Item(number, value, weight))
            self._queue.append((items, number))
            self._count, self._bytes = self._count + 1, self._bytes + weight
            while len(items) > bound:
                self._remove(items)
            if self._count > self._max_items or self._bytes > self._max_bytes:
                self._make_room()
            if len(self._queue) > 2 * self._count + MAX_REMOVED:
                self._forget_removed()
            if self._watches:
                self._notify(session, name)
            return number

    def tail(
        self, session: str, name: str, after: int = 0, most: int | None = None
    ) -> list[tuple[int, Any]]:
        with self._lock:
            data, tail = self._sessions.get(session), []
            for item in reversed(data.lists.get(name, ()) if data else ()):
                if item.number <= after:
                    break
                tail.append((item.number, item.value))
        return tail[::-1][:most]

    def last(self, session: str, name: str) -> int:
        with self._lock:
            data = self._sessions.get(session)
            items = data.lists.get(name) if data else None
            return items[-1].number if items else 0

    def forget(self, session: str, name: str) -> None:
        with self._lock:
            data = self._sessions.get(session)
            if data is None:
                return
            if name in data.values:
                del data.values[name], data.numbers[name]
                self._value_bytes -= data.weights.pop(name, 0)
            self._clear(data.lists.pop(name, deque()))

    def watch(
        self, session: str, name: str, previous: int, changed: Callable[[], None]
    ) -> Callable[[], None]:
        key, watch = (session, name), object()
        with self._lock:
            if self._number(session, name) != previous:
                changed()
            else:
                self._watches.setdefault(key, {})[watch] = changed

        def end() -> None:
            with self._lock:
                watches = self._watches.get(key, {})
                watches.pop(watch, None)
                if not watches:
                    self._watches.pop(key, None)

        return end

    def wait(self, session: str, name: str, previous: int, seconds: float) -> int:
        Pause(seconds, partial(self.watch, session, name, previous)).wait()
        with self._lock:
            return self._number(session, name)

    def close(self) -> None:
        pass

    def _get_or_create(self, session: str) -> _SessionData:
        """Return the session. A write creates it if needed, but does not count as a use."""
        data = self._sessions.get(session)
        if data is None:
            data = self._sessions[session] = _SessionData(used=0)
            self._sessions.move_to_end(session, last=False)
        return data

    def _make_room(self) -> None:
        """Remove the oldest items of all sessions until both limits are met."""
        while self._count > self._max_items or self._bytes > self._max_bytes:
            items, number = self._queue.popleft()
            if items and items[0].number == number:
                self._remove(items)

    def _forget_removed(self) -> None:
        """Take the items that are removed out of the queue."""
        self._queue = deque(
            (items, number) for items, number in self._queue if items and items[0].number <= number
        )

    def _remove(self, items: Items) -> None:
        """Remove the oldest item of a list."""
        self._count, self._bytes = self._count - 1, self._bytes - items.popleft().weight

    def _clear(self, items: Items) -> None:
        while items:
            self._remove(items)

    def _number(self, session: str, name: str) -> int:
        data = self._sessions.get(session)
        return data.numbers.get(name, 0) if data else 0

    def _drop(self, session: str) -> bool:
        data = self._sessions.pop(session, None)
        if data is None:
            return False
        self._value_bytes -= sum(data.weights.values())
        for items in data.lists.values():
            self._clear(items)
        for watched, name in list(self._watches):
            if watched == session:
                self._notify(session, name)
        return True

    def _notify(self, session: str, name: str) -> None:
        for changed in self._watches.pop((session, name), {}).values():
            changed()
