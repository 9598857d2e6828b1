-- How a route's host is called, and how it is known whether it has a recipient. NULL: nothing is said.
ALTER TABLE routes ADD COLUMN tls TEXT;       -- require, verify, implicit or off
ALTER TABLE routes ADD COLUMN ca TEXT;        -- PEM: authorities beside the system's
ALTER TABLE routes ADD COLUMN login TEXT;
ALTER TABLE routes ADD COLUMN password TEXT;  -- as it is sent: this file is its owner's only
ALTER TABLE routes ADD COLUMN checked TEXT;   -- probe or list

-- The recipients that a route's host has: `name` or `name@domain`.
CREATE TABLE route_names (
  pattern TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (pattern, name)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER names_of_removed_route AFTER DELETE ON routes
BEGIN
  DELETE FROM route_names WHERE pattern = OLD.pattern;
END;

-- A route of one of our own domains takes every name there: offices hear of it as of the alias `@domain` (004-names.sql).
CREATE TRIGGER name_of_new_fallback AFTER INSERT ON routes
WHEN NEW.pattern IN (SELECT name FROM domains)
BEGIN
  INSERT INTO name_changes (name) VALUES ('@' || NEW.pattern);
END;

CREATE TRIGGER name_of_removed_fallback AFTER DELETE ON routes
WHEN OLD.pattern IN (SELECT name FROM domains)
BEGIN
  INSERT INTO name_changes (name) VALUES ('@' || OLD.pattern);
END;

-- Routes that were there before their domain was ours: names of it, and the domain itself.
CREATE TRIGGER names_of_routed_domain AFTER INSERT ON domains
BEGIN
  INSERT INTO name_changes (name) SELECT '@' || pattern FROM routes WHERE pattern = NEW.name;
  INSERT INTO name_changes (name) SELECT pattern FROM routes WHERE instr(pattern, '@') > 0
    AND substr(pattern, instr(pattern, '@') + 1) = NEW.name;
END;

CREATE TRIGGER names_of_removed_domain AFTER DELETE ON domains
BEGIN
  INSERT INTO name_changes (name) SELECT '@' || pattern FROM routes WHERE pattern = OLD.name;
  INSERT INTO name_changes (name) SELECT pattern FROM routes WHERE instr(pattern, '@') > 0
    AND substr(pattern, instr(pattern, '@') + 1) = OLD.name;
END;
