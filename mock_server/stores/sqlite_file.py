"""The SQLite file of a store: its connections, transactions and errors."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import LifoQueue
from typing import Any

from ..foundation.clock import monotonic
from .protocol import StoreUnavailableError

TABLES = Path(__file__).with_name("tables.sql")
VERSION = 0x6D6F636B  # the user_version of the database; change it with the tables
BUSY_TIMEOUT = 5.0  # seconds for which a write waits for other writers
MAX_CONNECTIONS = 8  # beside the one of the change watcher
RETRY_PAUSE = 0.02  # seconds between two tries where SQLite itself does not wait


class DatabaseFile:
    """A database file, created if it does not exist, with a pool of connections. Thread-safe.

    busy_timeout: seconds for which a write waits for other writers. Raises StoreUnavailableError
    for a file that cannot be opened or is not a store.
    """

    def __init__(self, path: Path, busy_timeout: float) -> None:
        self._path, self._busy_timeout = path.absolute(), busy_timeout
        self._free: LifoQueue[sqlite3.Connection | None] = LifoQueue()  # None: not opened yet
        for _ in range(MAX_CONNECTIONS):
            self._free.put(None)
        self._writer = threading.Lock()  # threads wait here, because SQLite would poll
        self._mark_lock = threading.Lock()
        self._closed = False
        with self._unavailable_on_error():
            # stays open, so that no other file gets the inode of this one
            self._mark_connection = self._connect()
            try:
                _try_to_write(self._mark_connection)
                self._identity = self._file_identity()
            except BaseException:
                self._mark_connection.close()
                raise

    def mark(self) -> int:
        """Return a number that changes when another connection writes.

        It has its own connection, so that it also sees the writes of this process.
        """
        with self._unavailable_on_error(), self._mark_lock:
            self._check()
            (version,) = self._mark_connection.execute("PRAGMA data_version").fetchone()
            return int(version)

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """Provide a function that executes a statement, on a connection of this thread alone."""
        with self._unavailable_on_error():
            connection = self._free.get()
            try:
                self._check()
                connection = connection or self._connect()
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
        """Provide the same function in a transaction, which is rolled back if the block raises."""
        if not self._writer.acquire(timeout=self._busy_timeout):
            raise StoreUnavailableError(f"{self._path} is busy")
        try:
            with self.reading() as do:
                do("BEGIN IMMEDIATE")
                yield do
                do("COMMIT")
        finally:
            self._writer.release()

    def close(self) -> None:
        """Close every connection, after the threads that use one have returned it."""
        self._closed = True
        with self._mark_lock:
            self._mark_connection.close()
        for _ in range(MAX_CONNECTIONS):
            connection = self._free.get()
            if connection is not None:
                connection.close()
            self._free.put(None)

    @contextmanager
    def _unavailable_on_error(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.ProgrammingError:
            raise
        except (sqlite3.DatabaseError, OSError) as error:
            raise StoreUnavailableError(f"{self._path}: {error}") from error

    def _check(self) -> None:
        """Raise if the file was replaced: a write to the old file would succeed, but be lost."""
        if self._closed:
            raise StoreUnavailableError(f"{self._path} is closed")
        if self._file_identity() != self._identity:
            raise StoreUnavailableError(
                f"{self._path} was replaced by another file; restart the mock"
            )

    def _file_identity(self) -> tuple[int, int]:
        status = self._path.stat()
        return status.st_dev, status.st_ino

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=self._busy_timeout, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection, monotonic() + self._busy_timeout)
        except BaseException:
            connection.close()
            raise
        return connection


def _try_to_write(connection: sqlite3.Connection) -> None:
    """Raise sqlite3.OperationalError if the file is read-only. Does not change the file."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("ROLLBACK")


def _prepare(connection: sqlite3.Connection, until: float) -> None:
    """Create the tables if the database is empty.

    Raises sqlite3.DatabaseError for a database that is not a store.
    """
    do = connection.execute
    do("BEGIN")  # one snapshot for both: in between, another process could create the tables
    (version,) = do("PRAGMA user_version").fetchone()
    (table_count,) = do("SELECT count(*) FROM sqlite_schema").fetchone()
    do("COMMIT")
    if version != VERSION and (version or table_count):
        raise sqlite3.DatabaseError("is a database, but not a store of this version of the mock")
    while do("PRAGMA journal_mode").fetchone() != ("wal",):
        with suppress(sqlite3.OperationalError):  # another process does the same
            do("PRAGMA journal_mode = wal")
            continue
        if monotonic() > until:
            raise sqlite3.OperationalError("database is locked")
        time.sleep(RETRY_PAUSE)
    do("PRAGMA synchronous = normal")  # a commit survives a killed process, not a power failure
    if version != VERSION:
        create_tables, set_version = TABLES.read_text("utf-8"), f"PRAGMA user_version = {VERSION};"
        connection.executescript(f"BEGIN IMMEDIATE; {create_tables} {set_version} COMMIT;")
