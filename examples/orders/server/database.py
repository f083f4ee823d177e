"""The data in SQLite: one connection, which one request uses at a time."""

import json
import sqlite3
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from problems import ProblemError

SCHEMA = Path(__file__).with_name("schema.sql")
IN_JSON = ("address", "items")
HIDDEN = ("token",)
NULLABLE = ("paid_at", "shipped_at")  # shown also when they are null
LARGEST_KEY = 2**63 - 1


def now():
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Database:
    """The tables of the shop."""

    def __init__(self):
        self._connection = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False
        )
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript(SCHEMA.read_text("utf-8"))
        self._lock = threading.Lock()

    @contextmanager
    def transaction(self):
        """Run a request. An error undoes its changes."""
        with self._lock:
            self._connection.execute("BEGIN")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def commit(self):
        """Keep the changes so far, also if an error follows."""
        self._connection.execute("COMMIT")
        self._connection.execute("BEGIN")

    def get(self, table, key):
        """Return a row. Raises ProblemError (404)."""
        row = self.find(table, "id = ?", key) if key <= LARGEST_KEY else None
        if row is None:
            raise ProblemError(404)
        return row

    def find(self, table, where, *values):
        """Return the first row with a condition; None if there is none."""
        return next(iter(self.all(table, where, *values)), None)

    def all(self, table, where="1", *values, order="id"):
        """Return all rows with a condition."""
        query = f"SELECT * FROM {table} WHERE {where} ORDER BY {order}, id"  # noqa: S608
        return [_shown(row) for row in self._connection.execute(query, values)]

    def insert(self, table, values):
        """Add a row. Returns it."""
        stored = _stored(values)
        names, marks = ", ".join(stored), ", ".join("?" * len(stored))
        query = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
        cursor = self._connection.execute(query, list(stored.values()))
        return self.get(table, cursor.lastrowid)

    def free_key(self, table, largest):
        """Return the next key; after the largest possible one, the smallest that is free."""
        used = {row["id"] for row in self.all(table)}
        following = max(used, default=0) + 1
        return following if following <= largest else min(set(range(1, len(used) + 2)) - used)

    def update(self, table, key, values):
        """Change a row. Returns it."""
        stored = _stored(values)
        changes = ", ".join(f"{name} = ?" for name in stored)
        query = f"UPDATE {table} SET {changes} WHERE id = ?"  # noqa: S608
        self._connection.execute(query, [*stored.values(), key])
        return self.get(table, key)

    def delete(self, table, column, value):
        """Remove all rows with a value."""
        self._connection.execute(f"DELETE FROM {table} WHERE {column} = ?", [value])  # noqa: S608


def _stored(values):
    return {
        name: json.dumps(each) if name in IN_JSON and each is not None else each
        for name, each in values.items()
    }


def _shown(row):
    """Return a row as JSON: without what is not set, and without secrets."""
    values = {name: row[name] for name in row.keys() if name not in HIDDEN}  # noqa: SIM118
    kept = {n: v for n, v in values.items() if v is not None or n in NULLABLE}
    return {n: json.loads(v) if n in IN_JSON else v for n, v in kept.items()}
