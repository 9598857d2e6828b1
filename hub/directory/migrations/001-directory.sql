-- The central directory. Times are milliseconds since 1970, UTC. Names are lower case.
-- Nothing here is mail: deleting this file loses settings and people, never a letter.

CREATE TABLE settings (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The organisation's own domains: all of them mean the same people.
CREATE TABLE domains (
  name TEXT NOT NULL PRIMARY KEY,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE offices (
  name TEXT NOT NULL PRIMARY KEY,
  host TEXT NOT NULL UNIQUE,
  key TEXT NOT NULL,
  limit_bytes INTEGER,
  paused INTEGER NOT NULL DEFAULT 0,
  dial TEXT,
  windows TEXT,
  zone TEXT,
  prefix TEXT,
  own INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  last_contact_at INTEGER,
  people_version INTEGER NOT NULL DEFAULT 0,
  sent_version INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- The hub stands in one place only.
CREATE UNIQUE INDEX offices_own ON offices (own) WHERE own = 1;

-- domain '' = the organisation's own domains.
CREATE TABLE people (
  name TEXT NOT NULL,
  domain TEXT NOT NULL DEFAULT '',
  office TEXT NOT NULL REFERENCES offices (name),
  full_name TEXT,
  password_hash TEXT,
  password_at INTEGER,
  suspended INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (name, domain)
) STRICT, WITHOUT ROWID;

CREATE INDEX people_office ON people (office);

-- name is `user` (in every own domain) or `user@host` (in that one).
CREATE TABLE aliases (
  name TEXT NOT NULL PRIMARY KEY,
  owner TEXT,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE alias_targets (
  alias TEXT NOT NULL REFERENCES aliases (name) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  target TEXT NOT NULL,
  PRIMARY KEY (alias, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX alias_targets_target ON alias_targets (target);

CREATE TABLE routes (
  pattern TEXT NOT NULL PRIMARY KEY,
  destination TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
