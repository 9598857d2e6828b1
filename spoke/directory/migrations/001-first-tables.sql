-- Who has a mailbox in this office. `listed`: given by the hub, so the hub's next list replaces the row.
CREATE TABLE people (
  name        TEXT PRIMARY KEY,             -- local part, lower case, NFC
  full_name   TEXT,
  password    TEXT,                         -- PHC string
  password_at INTEGER,                      -- ms since 1970, when the password was set
  suspended   INTEGER NOT NULL DEFAULT 0,
  listed      INTEGER NOT NULL DEFAULT 0,
  changed_at  INTEGER NOT NULL              -- ms since 1970
) STRICT, WITHOUT ROWID;

-- One row per window that was opened, for the status page and the estimates.
CREATE TABLE journal (
  id                INTEGER PRIMARY KEY,
  link              TEXT NOT NULL,
  opened_at         INTEGER NOT NULL,
  closed_at         INTEGER NOT NULL,
  ended             TEXT NOT NULL,          -- drained, time, budget, cut, refused, unreachable
  sent_messages     INTEGER NOT NULL,
  sent_bytes        INTEGER NOT NULL,       -- as stored
  received_messages INTEGER NOT NULL,
  received_bytes    INTEGER NOT NULL,
  wire_up           INTEGER NOT NULL,       -- on the carrier, TLS included
  wire_down         INTEGER NOT NULL
) STRICT;
CREATE INDEX journal_link ON journal (link, opened_at);

-- Single facts: see settings.ts for the keys.
CREATE TABLE settings (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
