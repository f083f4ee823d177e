"""The SQLite file: create it, and open transactions."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

FOLDER = Path(__file__).parent
# Stored in the file, so that a file of another program is never changed.
APPLICATION_ID = 0x52454C53
LOCK_TIMEOUT_SECONDS = 30.0


def prepare(path: Path) -> None:
    """Create the file with the example data, or check that it is a file of this server.

    Raise sqlite3.Error if the file cannot be opened or written, or belongs to another program.
    """
    with closing(connect(path)) as db:
        if db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
            schema = (FOLDER / "schema.sql").read_text("utf-8")
            seed = (FOLDER / "seed.sql").read_text("utf-8")
            identity = f"PRAGMA application_id = {APPLICATION_ID};"
            db.executescript(f"BEGIN IMMEDIATE;{schema}{seed}{identity}COMMIT;")
        if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise sqlite3.DatabaseError("it belongs to another program")
    with write_transaction(path):
        pass  # raises if the file is read-only


def connect(path: Path) -> sqlite3.Connection:
    """Open a connection without implicit transactions. Close it after use."""
    db = sqlite3.connect(path.absolute(), timeout=LOCK_TIMEOUT_SECONDS, isolation_level=None)
    db.row_factory = sqlite3.Row
    return db


@contextmanager
def read_transaction(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection that sees one snapshot of the data."""
    with closing(connect(path)) as db:
        db.execute("BEGIN")
        yield db


@contextmanager
def write_transaction(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection that holds the write lock. An exception rolls the changes back."""
    with closing(connect(path)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield db
        db.execute("COMMIT")
