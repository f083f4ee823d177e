"""A file that is an SQLite database of ours: its connections, and what is lost with it."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import LifoQueue
from typing import Any

from .protocol import StoreUnavailableError

TABLES = Path(__file__).with_name("tables.sql")
VERSION = 0x6D6F636B  # of the tables, as user_version says: another number for other tables
PATIENCE = 5.0  # seconds for which a write waits for those of others
CONNECTIONS = 8  # that are open at most, beside the one that looks for those who wait
BUSY = 0.02  # seconds between two tries where SQLite itself does not wait


class DatabaseFile:
    """A file, made if it is not there, and what runs statements on it. Any thread may ask.

    patience: seconds for which a write waits for other writers. Raises StoreUnavailableError for a
    file that cannot be opened or is not a store.
    """

    def __init__(self, path: Path, patience: float) -> None:
        self._path, self._patience = path.absolute(), patience
        self._free: LifoQueue[sqlite3.Connection | None] = LifoQueue()  # None: not made yet
        for _ in range(CONNECTIONS):
            self._free.put(None)
        self._writer = threading.Lock()  # threads wait for each other here, and SQLite for none
        self._marks = threading.Lock()
        self._closed = False
        with self._lost():
            # it stays open, so that no other file gets the number of this one
            self._marking = self._connected()
            try:
                _try_to_write(self._marking)
                self._file = self._seen()
            except BaseException:
                self._marking.close()
                raise

    def mark(self) -> int:
        """Another one whenever another connection has written; so it has one for itself."""
        with self._lost(), self._marks:
            self._check()
            (version,) = self._marking.execute("PRAGMA data_version").fetchone()
            return int(version)

    @contextmanager
    def asking(self) -> Iterator[Any]:
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
    def writing(self) -> Iterator[Any]:
        """A transaction: it happens wholly, or not at all when the block raises."""
        if not self._writer.acquire(timeout=self._patience):
            raise StoreUnavailableError(f"{self._path} is busy")
        try:
            with self.asking() as do:
                do("BEGIN IMMEDIATE")
                yield do
                do("COMMIT")
        finally:
            self._writer.release()

    def close(self) -> None:
        """Closes every connection; a thread that has one gives it back before."""
        self._closed = True
        with self._marks:
            self._marking.close()
        for _ in range(CONNECTIONS):
            connection = self._free.get()
            if connection is not None:
                connection.close()
            self._free.put(None)

    @contextmanager
    def _lost(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.ProgrammingError:
            raise
        except (sqlite3.DatabaseError, OSError) as error:
            raise StoreUnavailableError(f"{self._path}: {error}") from error

    def _check(self) -> None:
        """What is written to a file that was removed would be acknowledged, and gone."""
        if self._closed:
            raise StoreUnavailableError(f"{self._path} is closed")
        if self._seen() != self._file:
            raise StoreUnavailableError(
                f"{self._path} is another file than it was; start the mock anew"
            )

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


def _try_to_write(connection: sqlite3.Connection) -> None:
    """Raises sqlite3.OperationalError for a file that cannot be written; leaves it as it is."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("ROLLBACK")


def _prepare(connection: sqlite3.Connection, until: float) -> None:
    """Makes the tables if there are none. Raises sqlite3.DatabaseError for a file that is none of
    ours."""
    do = connection.execute
    do("BEGIN")  # one snapshot for both: in between, another process could create the tables
    (version,) = do("PRAGMA user_version").fetchone()
    (tables,) = do("SELECT count(*) FROM sqlite_schema").fetchone()
    do("COMMIT")
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
