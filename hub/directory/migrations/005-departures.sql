-- Who was posted at an office until when: for a while mail for name@office.host goes on to where she is now.
CREATE TABLE transfers (
  name TEXT NOT NULL,
  office TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (name, office)
) STRICT, WITHOUT ROWID;

-- Who has left the organisation: for a while mail is forwarded, or its writers are told something.
CREATE TABLE leavers (
  name TEXT NOT NULL PRIMARY KEY,
  forward TEXT,
  notice TEXT,
  left_at INTEGER NOT NULL,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The hub answers these names too, so offices hear of them (004-names.sql).
CREATE TRIGGER name_of_new_leaver AFTER INSERT ON leavers
BEGIN
  INSERT INTO name_changes (name) VALUES (NEW.name);
END;

CREATE TRIGGER name_of_removed_leaver AFTER DELETE ON leavers
BEGIN
  INSERT INTO name_changes (name) VALUES (OLD.name);
END;

CREATE TRIGGER name_of_new_route AFTER INSERT ON routes WHEN instr(NEW.pattern, '@') > 0
BEGIN
  INSERT INTO name_changes (name) VALUES (NEW.pattern);
END;

CREATE TRIGGER name_of_removed_route AFTER DELETE ON routes WHEN instr(OLD.pattern, '@') > 0
BEGIN
  INSERT INTO name_changes (name) VALUES (OLD.pattern);
END;
