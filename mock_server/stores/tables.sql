-- The tables of a store in SQLite.

CREATE TABLE IF NOT EXISTS sessions (
  session TEXT PRIMARY KEY,
  used INTEGER NOT NULL -- milliseconds since 1970
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS sessions_by_use ON sessions (used, session);

CREATE TABLE IF NOT EXISTS records (
  session TEXT,
  name TEXT,
  number INTEGER NOT NULL, -- a version, a count, or the number of a list's last item
  value TEXT, -- JSON; NULL for a list
  PRIMARY KEY (session, name)
);

CREATE TABLE IF NOT EXISTS items (
  session TEXT,
  name TEXT,
  number INTEGER,
  value TEXT NOT NULL, -- JSON
  PRIMARY KEY (session, name, number)
);
