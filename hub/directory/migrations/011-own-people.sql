-- Domains with people of their own, who may manage those, and how much a mailbox may hold.

-- own_people = 0: a synonym of the organisation's. The owner is a person, who manages the people of this domain.
ALTER TABLE domains ADD COLUMN own_people INTEGER NOT NULL DEFAULT 0;
ALTER TABLE domains ADD COLUMN owner TEXT;

-- Elsewhere in these tables a person is one text: `holly` of the organisation, `info@shop.example` of such a domain.
-- subject: a person, or `@domain` for all of its people, `@` for the organisation's.
CREATE TABLE quotas (
  subject TEXT NOT NULL PRIMARY KEY,
  bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What goes with a person: another one of that name begins anew, and owns nothing.
DROP TRIGGER instructions_of_removed_person;
CREATE TRIGGER belongings_of_removed_person AFTER DELETE ON people
BEGIN
  DELETE FROM instructions WHERE person = OLD.name || iif(OLD.domain = '', '', '@' || OLD.domain);
  DELETE FROM quotas WHERE subject = OLD.name || iif(OLD.domain = '', '', '@' || OLD.domain);
  UPDATE domains SET owner = NULL WHERE owner = OLD.name || iif(OLD.domain = '', '', '@' || OLD.domain);
END;

CREATE TRIGGER quota_of_removed_domain AFTER DELETE ON domains
BEGIN
  DELETE FROM quotas WHERE subject = '@' || OLD.name;
END;

-- The person's office hears of it with its list of people.
DROP TRIGGER people_of_new_instructions;
CREATE TRIGGER people_of_new_instructions AFTER INSERT ON instructions
BEGIN
  UPDATE offices SET people_version = people_version + 1
  WHERE name = (SELECT office FROM people
    WHERE name = substr(NEW.person, 1, instr(NEW.person || '@', '@') - 1)
      AND domain = substr(NEW.person, instr(NEW.person || '@', '@') + 1));
END;

DROP TRIGGER people_of_changed_instructions;
CREATE TRIGGER people_of_changed_instructions AFTER UPDATE ON instructions
BEGIN
  UPDATE offices SET people_version = people_version + 1
  WHERE name = (SELECT office FROM people
    WHERE name = substr(NEW.person, 1, instr(NEW.person || '@', '@') - 1)
      AND domain = substr(NEW.person, instr(NEW.person || '@', '@') + 1));
END;

DROP TRIGGER people_of_removed_instructions;
CREATE TRIGGER people_of_removed_instructions AFTER DELETE ON instructions
BEGIN
  UPDATE offices SET people_version = people_version + 1
  WHERE name = (SELECT office FROM people
    WHERE name = substr(OLD.person, 1, instr(OLD.person || '@', '@') - 1)
      AND domain = substr(OLD.person, instr(OLD.person || '@', '@') + 1));
END;

-- Names that the hub answers (004-names.sql): those of such a domain have it in them. `*@domain` says that all of its names are there.
DROP TRIGGER name_of_new_person;
CREATE TRIGGER name_of_new_person AFTER INSERT ON people
BEGIN
  INSERT INTO name_changes (name) VALUES (NEW.name || iif(NEW.domain = '', '', '@' || NEW.domain));
END;

DROP TRIGGER name_of_removed_person;
CREATE TRIGGER name_of_removed_person AFTER DELETE ON people
BEGIN
  INSERT INTO name_changes (name) VALUES (OLD.name || iif(OLD.domain = '', '', '@' || OLD.domain));
END;

DROP TRIGGER book_of_changed_person;
CREATE TRIGGER book_of_changed_person AFTER UPDATE OF full_name, office ON people
WHEN OLD.full_name IS NOT NEW.full_name OR OLD.office IS NOT NEW.office
BEGIN
  INSERT INTO name_changes (name, book) VALUES (NEW.name || iif(NEW.domain = '', '', '@' || NEW.domain), 1);
END;

CREATE TRIGGER own_names_of_new_domain AFTER INSERT ON domains WHEN NEW.own_people = 1
BEGIN
  INSERT INTO name_changes (name) VALUES ('*@' || NEW.name);
END;

CREATE TRIGGER own_names_of_removed_domain AFTER DELETE ON domains WHEN OLD.own_people = 1
BEGIN
  INSERT INTO name_changes (name) VALUES ('*@' || OLD.name);
END;
