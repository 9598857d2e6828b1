-- Addresses of this office that stand for others. name is a local part, lower case, NFC: NAME@HOST of the office.
CREATE TABLE aliases (
  name       TEXT PRIMARY KEY,
  owner      TEXT,                          -- who is responsible: the envelope sender of what it forwards
  created_at INTEGER NOT NULL,              -- ms since 1970
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE alias_targets (
  alias    TEXT NOT NULL REFERENCES aliases (name) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  target   TEXT NOT NULL,
  PRIMARY KEY (alias, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX alias_targets_target ON alias_targets (target);

-- Headquarters is told the names (not what they stand for). Triggers, so that no door can forget it.
CREATE TRIGGER names_of_new_alias AFTER INSERT ON aliases
BEGIN
  INSERT INTO settings (key, value) VALUES ('aliasesVersion', '1')
  ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT);
END;

CREATE TRIGGER names_of_removed_alias AFTER DELETE ON aliases
BEGIN
  INSERT INTO settings (key, value) VALUES ('aliasesVersion', '1')
  ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT);
END;
