CREATE TABLE accounts (
  account_id      TEXT PRIMARY KEY NOT NULL,
  github_username TEXT NOT NULL UNIQUE,
  token           TEXT NOT NULL UNIQUE
);

CREATE TABLE packages (
  package_id         TEXT PRIMARY KEY NOT NULL,
  creator_account_id TEXT NOT NULL REFERENCES accounts,
  name               TEXT NOT NULL UNIQUE,
  description        TEXT,
  created_at         TEXT NOT NULL
);

CREATE TABLE releases (
  package_release_id TEXT PRIMARY KEY NOT NULL,
  package_id         TEXT NOT NULL REFERENCES packages,
  version            TEXT,
  commit_sha         TEXT,
  license            TEXT,
  is_locked          INTEGER NOT NULL CHECK (is_locked IN (0, 1)),
  is_latest          INTEGER NOT NULL CHECK (is_latest IN (0, 1)),
  created_at         TEXT NOT NULL,
  UNIQUE (package_id, version)
);

CREATE UNIQUE INDEX one_latest ON releases (package_id) WHERE is_latest;

-- The latest build of each release. A release without a row was never built.
CREATE TABLE builds (
  package_release_id TEXT PRIMARY KEY NOT NULL REFERENCES releases,
  rebuilds           INTEGER NOT NULL,  -- the number of rebuilds so far
  queued_at          TEXT NOT NULL,     -- RFC 3339 with milliseconds and Z
  duration_ms        INTEGER NOT NULL,  -- from queued_at to the end of the last process
  failing_process    TEXT CHECK (failing_process IN ('transpilation', 'circuit_json_build')),
  is_stale           INTEGER NOT NULL CHECK (is_stale IN (0, 1))
);
