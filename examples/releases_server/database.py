"""The SQLite file: its making, and transactions on it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

FOLDER = Path(__file__).parent
APPLICATION_ID = 0x52454C53
WAIT_SECONDS = 30.0


def prepare(path: Path) -> None:
    """Makes the file with its seed data, or checks the one that is there.

    Raises sqlite3.Error when the file cannot be opened or belongs to another program.
    """
    with closing(connect(path)) as db:
        if db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
            schema = (FOLDER / "schema.sql").read_text("utf-8")
            seed = (FOLDER / "seed.sql").read_text("utf-8")
            identity = f"PRAGMA application_id = {APPLICATION_ID};"
            db.executescript(f"BEGIN IMMEDIATE;{schema}{seed}{identity}COMMIT;")
        if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise sqlite3.DatabaseError("it belongs to another program")
    with writing(path):
        pass  # a file that cannot be written shows itself here


def connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path.absolute(), timeout=WAIT_SECONDS, isolation_level=None)
    db.row_factory = sqlite3.Row
    return db


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """One unchanging view of the whole file."""
    with closing(connect(path)) as db:
        db.execute("BEGIN")
        yield db


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """A transaction that no other writes beside; what is raised inside undoes it."""
    with closing(connect(path)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield db
        db.execute("COMMIT")
