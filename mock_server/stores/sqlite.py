"""Records in one SQLite file, for the processes of one machine.

What is acknowledged is in the write-ahead log before the answer, so that a process that is killed
takes nothing with it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .change_watcher import ChangeWatcher, Key
from .sqlite_file import PATIENCE, DatabaseFile

# what is written begins a session, but nobody has said that it is used
BEGIN = "INSERT OR IGNORE INTO sessions VALUES (?, 0)"


class SqliteStore:
    """Records in a file, which is made if it is not there.

    patience: seconds for which a write waits for other writers. Raises StoreUnavailableError for a
    file that cannot be opened or is not a store.
    """

    shared, max_concurrent_calls = True, 1

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        self._file = DatabaseFile(path, patience)
        self._asking, self._writing = self._file.asking, self._file.writing
        self._lookout = ChangeWatcher(self._file.mark, self._numbers)

    def use(self, session: str, at: int, most: int, before: int) -> list[str] | None:
        with self._writing() as do:
            if do("UPDATE sessions SET used = ? WHERE session = ?", (at, session)).rowcount:
                return []
            (there,) = do("SELECT count(*) FROM sessions").fetchone()
            away = "SELECT session FROM sessions WHERE used <= ? ORDER BY used, session LIMIT ?"
            wanted = max(there + 1 - most, 0)
            dropped = [name for (name,) in do(away, (before, wanted))]
            if len(dropped) < wanted:
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
        with self._asking() as ask:
            return [name for (name,) in ask("SELECT session FROM sessions ORDER BY used, session")]

    def drop(self, session: str) -> bool:
        with self._writing() as do:
            return _drop(do, session)

    def read(self, session: str, name: str) -> tuple[int, Any]:
        with self._asking() as ask:
            found = ask(
                "SELECT number, value FROM records WHERE session = ? AND name = ?"
                " AND value IS NOT NULL",
                (session, name),
            ).fetchone()
        return (0, None) if found is None else (found[0], json.loads(found[1]))

    def compare_and_set(self, session: str, name: str, version: int, value: Any) -> bool:
        text = _text(value)
        with self._writing() as do:
            if _number(do, session, name) != version:
                return False
            # the clock tells the versions of a session from those of an earlier one of its name
            number = max(version + 1, time.time_ns() // 1000)
            do(BEGIN, (session,))
            do("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)", (session, name, number, text))
            return True

    def increment(self, session: str, name: str) -> int:
        with self._writing() as do:
            return _counted(do, session, name, "1")

    def append(
        self,
        session: str,
        name: str,
        value: Any,
        bound: int,
        weight: int = 0,  # noqa: ARG002 (there is room)
    ) -> int:
        text = _text(value)
        with self._writing() as do:
            number = _counted(do, session, name, None)
            do("INSERT INTO items VALUES (?, ?, ?, ?)", (session, name, number, text))
            if number > bound:
                old = "DELETE FROM items WHERE session = ? AND name = ? AND number <= ?"
                do(old, (session, name, number - bound))
            return number

    def tail(self, session: str, name: str, after: int = 0) -> list[tuple[int, Any]]:
        with self._asking() as ask:
            found = ask(
                "SELECT number, value FROM items WHERE session = ? AND name = ? AND number > ?"
                " ORDER BY number",
                (session, name, after),
            ).fetchall()
        return [(number, json.loads(text)) for number, text in found]

    def last(self, session: str, name: str) -> int:
        with self._asking() as ask:
            of = "SELECT max(number) FROM items WHERE session = ? AND name = ?"
            (number,) = ask(of, (session, name)).fetchone()
        return number or 0

    def forget(self, session: str, name: str) -> None:
        with self._writing() as do:
            its = (session, name)
            do("DELETE FROM items WHERE session = ? AND name = ?", its)
            of = "DELETE FROM records WHERE session = ? AND name = ? AND value IS NOT NULL"
            do(of, its)

    def wait(self, session: str, name: str, seen: int, seconds: float) -> int:
        return self._lookout.wait((session, name), seen, seconds)

    def close(self) -> None:
        self._file.close()

    def _numbers(self, keys: Sequence[Key]) -> list[int]:
        with self._asking() as ask:
            return [_number(ask, session, name) for session, name in keys]


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _number(ask: Any, session: str, name: str) -> int:
    of = "SELECT number FROM records WHERE session = ? AND name = ?"
    found = ask(of, (session, name)).fetchone()
    return found[0] if found else 0


def _counted(do: Any, session: str, name: str, first: str | None) -> int:
    """The next number of a record. first: 1 as its value, None of a list, which has none."""
    do(
        "INSERT INTO records VALUES (?, ?, 1, ?) ON CONFLICT (session, name) DO UPDATE SET"
        " number = number + 1, value = CASE WHEN value IS NULL THEN NULL ELSE number + 1 END",
        (session, name, first),
    )
    number = _number(do, session, name)
    if number == 1:
        do(BEGIN, (session,))
    return number


def _drop(do: Any, session: str) -> bool:
    for table in ("items", "records"):
        do(f"DELETE FROM {table} WHERE session = ?", (session,))  # noqa: S608 (a name of ours)
    return bool(do("DELETE FROM sessions WHERE session = ?", (session,)).rowcount)
