"""Records in one SQLite file, for the processes of one machine.

What is acknowledged is in the write-ahead log before the answer, so that a process that is killed
takes nothing with it.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import LifoQueue
from typing import Any

from .looking import Key, Lookout
from .protocol import StoreLostError

TABLES = Path(__file__).with_name("tables.sql")
VERSION = 0x6D6F636B  # of the tables, as user_version says: another number for other tables
PATIENCE = 5.0  # seconds for which a write waits for those of others
CONNECTIONS = 8  # that are open at most, beside the one that looks for those who wait
BUSY = 0.02  # seconds between two tries where SQLite itself does not wait


class SqliteStore:
    """Records in a file, which is made if it is not there.

    patience: seconds for which a write waits for those of others. Raises StoreLostError for a file
    that cannot be had, or is no store.
    """

    shared = True

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        self._path, self._patience = path.absolute(), patience
        self._free: LifoQueue[sqlite3.Connection | None] = LifoQueue()  # None: not made yet
        for _ in range(CONNECTIONS):
            self._free.put(None)
        self._writer = threading.Lock()  # threads wait for each other here, and SQLite for none
        self._marks = threading.Lock()
        self._lookout = Lookout(self._mark, self._numbers)
        self._closed = False
        with self._lost():
            # it stays open, so that no other file gets the number of this one
            self._marking = self._connected()
            self._file = self._seen()

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
            _write(do, session, name, max(version + 1, time.time_ns() // 1000), text)
            return True

    def increment(self, session: str, name: str) -> int:
        with self._writing() as do:
            number = _number(do, session, name) + 1
            _write(do, session, name, number, str(number))
            return number

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
            number = _number(do, session, name) + 1
            _write(do, session, name, number, None)
            do("INSERT INTO items VALUES (?, ?, ?, ?)", (session, name, number, text))
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
        self._closed = True
        with self._marks:
            self._marking.close()
        for _ in range(CONNECTIONS):
            connection = self._free.get()
            if connection is not None:
                connection.close()
            self._free.put(None)

    def _numbers(self, keys: Sequence[Key]) -> list[int]:
        with self._asking() as ask:
            return [_number(ask, session, name) for session, name in keys]

    def _mark(self) -> int:
        """Another one whenever another connection has written; so it has one for itself."""
        with self._lost(), self._marks:
            self._check()
            (version,) = self._marking.execute("PRAGMA data_version").fetchone()
            return int(version)

    @contextmanager
    def _asking(self) -> Iterator[Any]:
        """A connection for this thread alone: what runs a statement on it."""
        with self._lost():
            connection = self._free.get()
            try:
                self._check()
                connection = connection or self._connected()
                yield connection.execute
            except BaseException:
                if connection is not None:
                    connection.close()
                connection = None
                raise
            finally:
                self._free.put(connection)

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        """A transaction: it happens wholly, or not at all when the block raises."""
        if not self._writer.acquire(timeout=self._patience):
            raise StoreLostError(f"{self._path} is busy")
        try:
            with self._asking() as do:
                do("BEGIN IMMEDIATE")
                yield do
                do("COMMIT")
        finally:
            self._writer.release()

    @contextmanager
    def _lost(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.ProgrammingError:
            raise
        except (sqlite3.DatabaseError, OSError) as error:
            raise StoreLostError(f"{self._path}: {error}") from error

    def _check(self) -> None:
        """What is written to a file that was removed would be acknowledged, and gone."""
        if self._closed:
            raise StoreLostError(f"{self._path} is closed")
        if self._seen() != self._file:
            raise StoreLostError(f"{self._path} is another file than it was; start the mock anew")

    def _seen(self) -> tuple[int, int]:
        about = self._path.stat()
        return about.st_dev, about.st_ino

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=self._patience, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection, time.monotonic() + self._patience)
        except BaseException:
            connection.close()
            raise
        return connection


def _prepare(connection: sqlite3.Connection, until: float) -> None:
    """Makes the tables if there are none. Raises sqlite3.DatabaseError for a file that is none of
    ours."""
    do = connection.execute
    (version,), (tables,) = (
        do(ask).fetchone() for ask in ("PRAGMA user_version", "SELECT count(*) FROM sqlite_schema")
    )
    if version != VERSION and (version or tables):
        raise sqlite3.DatabaseError("is a database, but no store of this version of the mock")
    while do("PRAGMA journal_mode").fetchone() != ("wal",):
        with suppress(sqlite3.OperationalError):  # somebody else does the same
            do("PRAGMA journal_mode = wal")
            continue
        if time.monotonic() > until:
            raise sqlite3.OperationalError("database is locked")
        time.sleep(BUSY)
    do("PRAGMA synchronous = normal")  # a commit is with the system before it is acknowledged
    if version != VERSION:
        made = f"PRAGMA user_version = {VERSION};"
        connection.executescript(f"BEGIN IMMEDIATE; {TABLES.read_text('utf-8')} {made} COMMIT;")


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _number(ask: Any, session: str, name: str) -> int:
    of = "SELECT number FROM records WHERE session = ? AND name = ?"
    found = ask(of, (session, name)).fetchone()
    return found[0] if found else 0


def _write(do: Any, session: str, name: str, number: int, text: str | None) -> None:
    """A list has a number, and no value of its own. What is written begins a session, but nobody
    has said that it is used."""
    do("INSERT OR IGNORE INTO sessions VALUES (?, 0)", (session,))
    do("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)", (session, name, number, text))


def _drop(do: Any, session: str) -> bool:
    for table in ("items", "records"):
        do(f"DELETE FROM {table} WHERE session = ?", (session,))  # noqa: S608 (a name of ours)
    return bool(do("DELETE FROM sessions WHERE session = ?", (session,)).rowcount)
