-- The names that the hub answers, as the offices hold copies of them.

-- One row for each change of a name; the newest version is the largest, the oldest rows go (see the trigger).
-- `book`: only whose name it is has changed, which concerns the offices that hold the address book.
CREATE TABLE name_changes (
  version INTEGER NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  book INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX name_changes_names ON name_changes (version) WHERE book = 0;

-- Triggers, so that no door into the directory can forget it.
CREATE TRIGGER name_of_new_person AFTER INSERT ON people WHEN NEW.domain = ''
BEGIN
  INSERT INTO name_changes (name) VALUES (NEW.name);
END;

CREATE TRIGGER name_of_removed_person AFTER DELETE ON people WHEN OLD.domain = ''
BEGIN
  INSERT INTO name_changes (name) VALUES (OLD.name);
END;

CREATE TRIGGER book_of_changed_person AFTER UPDATE OF full_name, office ON people
WHEN NEW.domain = '' AND (OLD.full_name IS NOT NEW.full_name OR OLD.office IS NOT NEW.office)
BEGIN
  INSERT INTO name_changes (name, book) VALUES (NEW.name, 1);
END;

CREATE TRIGGER name_of_new_alias AFTER INSERT ON aliases
BEGIN
  INSERT INTO name_changes (name) VALUES (NEW.name);
END;

CREATE TRIGGER name_of_removed_alias AFTER DELETE ON aliases
BEGIN
  INSERT INTO name_changes (name) VALUES (OLD.name);
END;

-- 10,000 is also LOG_KEPT in name-list.ts. An office that holds an older version gets a full copy.
CREATE TRIGGER name_changes_bounded AFTER INSERT ON name_changes
BEGIN
  DELETE FROM name_changes WHERE version <= NEW.version - 10000;
END;

-- What each office may hold, and is known to hold. An office without a row has the defaults.
CREATE TABLE replicas (
  office TEXT NOT NULL PRIMARY KEY REFERENCES offices (name) ON DELETE CASCADE,
  policy TEXT NOT NULL DEFAULT 'names',  -- none, names or book
  held TEXT NOT NULL DEFAULT 'none',     -- the same words
  version INTEGER,                       -- NULL: not known, so that the next copy is a full one
  waiting TEXT                           -- the copy that is in its queue: kind, version, from
) STRICT, WITHOUT ROWID;

-- A new key is for a machine that joins anew, perhaps with an empty database.
CREATE TRIGGER replica_of_rekeyed_office AFTER UPDATE OF key ON offices WHEN OLD.key IS NOT NEW.key
BEGIN
  UPDATE replicas SET version = NULL WHERE office = NEW.name;
END;
