"""A store in an SQLite file, for several processes on one machine.

A write is in the write-ahead log before the call returns, so that it survives a killed process.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from ..foundation.clock import wall_ns
from .change_watcher import ChangeWatcher, Key
from .sqlite_file import BUSY_TIMEOUT, DatabaseFile

# a write creates the session, but does not count as a use
CREATE_SESSION = "INSERT OR IGNORE INTO sessions VALUES (?, 0)"


class SqliteStore:
    """Stores records in a file, which is created if it does not exist.

    busy_timeout: seconds for which a write waits for other writers. Raises StoreUnavailableError
    for a file that cannot be opened or is not a store.
    """

    shared, max_concurrent_calls = True, 1

    def __init__(self, path: Path, busy_timeout: float = BUSY_TIMEOUT) -> None:
        self._file = DatabaseFile(path, busy_timeout)
        self._reading, self._writing = self._file.reading, self._file.writing
        self._watcher = ChangeWatcher(self._file.mark, self._numbers)

    def use(self, session: str, at: int, most: int, before: int) -> list[str] | None:
        with self._writing() as do:
            if do("UPDATE sessions SET used = ? WHERE session = ?", (at, session)).rowcount:
                return []
            (count,) = do("SELECT count(*) FROM sessions").fetchone()
            oldest = "SELECT session FROM sessions WHERE used <= ? ORDER BY used, session LIMIT ?"
            surplus = max(count + 1 - most, 0)
            dropped = [name for (name,) in do(oldest, (before, surplus))]
            if len(dropped) < surplus:
                return None
            for name in dropped:
                _drop(do, name)
            do("INSERT INTO sessions VALUES (?, ?)", (session, at))
            return dropped

    def renew(self, sessions: Iterable[str], at: int) -> None:
        with self._writing() as do:
            for session in sessions:
                do("UPDATE sessions SET used = ? WHERE session = ?", (at, session))

    def names(self) -> list[str]:
        with self._reading() as do:
            return [name for (name,) in do("SELECT session FROM sessions ORDER BY used, session")]

    def drop(self, session: str) -> bool:
        with self._writing() as do:
            return _drop(do, session)

    def read(self, session: str, name: str) -> tuple[int, Any]:
        with self._reading() as do:
            row = do(
                "SELECT number, value FROM records WHERE session = ? AND name = ?"
                " AND value IS NOT NULL",
                (session, name),
            ).fetchone()
        return (0, None) if row is None else (row[0], json.loads(row[1]))

    def compare_and_set(
        self,
        session: str,
        name: str,
        version: int,
        value: Any,
        weight: int = 0,  # noqa: ARG002 (this store has no memory limit)
    ) -> bool:
        text = _text(value)
        with self._writing() as do:
            if _number(do, session, name) != version:
                return False
            # the time makes the versions differ from those of an earlier session with this name
            number = max(version + 1, wall_ns() // 1000)
            do(CREATE_SESSION, (session,))
            do("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)", (session, name, number, text))
            return True

    def increment(self, session: str, name: str) -> int:
        with self._writing() as do:
            return _increment(do, session, name, "1")

    def append(
        self,
        session: str,
        name: str,
        value: Any,
        bound: int,
        weight: int = 0,  # noqa: ARG002 (this store has no memory limit)
    ) -> int:
        text = _text(value)
        with self._writing() as do:
            number = _increment(do, session, name, None)
            do("INSERT INTO items VALUES (?, ?, ?, ?)", (session, name, number, text))
            if number > bound:
                old = "DELETE FROM items WHERE session = ? AND name = ? AND number <= ?"
                do(old, (session, name, number - bound))
            return number

    def tail(
        self, session: str, name: str, after: int = 0, most: int | None = None
    ) -> list[tuple[int, Any]]:
        with self._reading() as do:
            rows = do(
                "SELECT number, value FROM items WHERE session = ? AND name = ? AND number > ?"
                " ORDER BY number LIMIT ?",
                (session, name, after, -1 if most is None else most),
            ).fetchall()
        return [(number, json.loads(text)) for number, text in rows]

    def last(self, session: str, name: str) -> int:
        with self._reading() as do:
            query = "SELECT max(number) FROM items WHERE session = ? AND name = ?"
            (number,) = do(query, (session, name)).fetchone()
        return number or 0

    def forget(self, session: str, name: str) -> None:
        with self._writing() as do:
            record = (session, name)
            do("DELETE FROM items WHERE session = ? AND name = ?", record)
            values = "DELETE FROM records WHERE session = ? AND name = ? AND value IS NOT NULL"
            do(values, record)

    def watch(
        self, session: str, name: str, previous: int, changed: Callable[[], None]
    ) -> Callable[[], None]:
        return self._watcher.watch((session, name), previous, changed)

    def wait(self, session: str, name: str, previous: int, seconds: float) -> int:
        return self._watcher.wait((session, name), previous, seconds)

    def close(self) -> None:
        self._file.close()

    def _numbers(self, keys: Sequence[Key]) -> list[int]:
        with self._reading() as do:
            return [_number(do, session, name) for session, name in keys]


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _number(do: Any, session: str, name: str) -> int:
    query = "SELECT number FROM records WHERE session = ? AND name = ?"
    row = do(query, (session, name)).fetchone()
    return row[0] if row else 0


def _increment(do: Any, session: str, name: str, first: str | None) -> int:
    """Increment the number of a record and return it.

    first: the value of a new record: 1 for a count, None for a list.
    """
    do(
        "INSERT INTO records VALUES (?, ?, 1, ?) ON CONFLICT (session, name) DO UPDATE SET"
        " number = number + 1, value = CASE WHEN value IS NULL THEN NULL ELSE number + 1 END",
        (session, name, first),
    )
    number = _number(do, session, name)
    if number == 1:
        do(CREATE_SESSION, (session,))
    return number


def _drop(do: Any, session: str) -> bool:
    for table in ("items", "records"):
        do(f"DELETE FROM {table} WHERE session = ?", (session,))  # noqa: S608 (a constant name)
    return bool(do("DELETE FROM sessions WHERE session = ?", (session,)).rowcount)
