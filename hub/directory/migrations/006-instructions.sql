-- What people want done with their mail: dot-qmail's lines, for their own name and for extensions of it.
CREATE TABLE instructions (
  person TEXT NOT NULL,
  extension TEXT NOT NULL,
  text TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (person, extension)
) STRICT, WITHOUT ROWID;

-- Whose name is gone has no wishes; another person of that name begins anew.
CREATE TRIGGER instructions_of_removed_person AFTER DELETE ON people
BEGIN
  DELETE FROM instructions WHERE person = OLD.name;
END;

-- The person's office hears of it with its list of people.
CREATE TRIGGER people_of_new_instructions AFTER INSERT ON instructions
BEGIN
  UPDATE offices SET people_version = people_version + 1
  WHERE name = (SELECT office FROM people WHERE name = NEW.person AND domain = '');
END;

CREATE TRIGGER people_of_changed_instructions AFTER UPDATE ON instructions
BEGIN
  UPDATE offices SET people_version = people_version + 1
  WHERE name = (SELECT office FROM people WHERE name = NEW.person AND domain = '');
END;

CREATE TRIGGER people_of_removed_instructions AFTER DELETE ON instructions
BEGIN
  UPDATE offices SET people_version = people_version + 1
  WHERE name = (SELECT office FROM people WHERE name = OLD.person AND domain = '');
END;
