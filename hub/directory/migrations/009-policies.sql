-- How the queues treat mail of a kind. NULL is what hub.toml says.
CREATE TABLE policies (
  name TEXT NOT NULL PRIMARY KEY,
  lifetime_ms INTEGER,
  delay_notice_ms INTEGER,   -- 0: none
  max_message INTEGER,       -- bytes
  bounce_from TEXT,
  double_bounce_to TEXT,
  concurrency INTEGER,
  source_address TEXT,
  relay TEXT,
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What chooses a policy; the key keeps two policies from claiming the same mail.
CREATE TABLE policy_selectors (
  kind TEXT NOT NULL,        -- account, listener or sender-domain
  value TEXT NOT NULL,
  policy TEXT NOT NULL REFERENCES policies (name) ON DELETE CASCADE,
  PRIMARY KEY (kind, value)
) STRICT, WITHOUT ROWID;
