-- The names of the aliases that an office keeps for itself, as it has told them over the link. What they stand for is
-- known in the office only: here they say that mail for NAME@HOST of the office is wanted there.
CREATE TABLE office_names (
  office TEXT NOT NULL REFERENCES offices (name) ON DELETE CASCADE,
  name   TEXT NOT NULL,                     -- local part, lower case, NFC
  PRIMARY KEY (office, name)
) STRICT, WITHOUT ROWID;

-- A new key is for a machine that joins anew, perhaps with an empty database; it tells its names with the first session.
CREATE TRIGGER office_names_of_rekeyed_office AFTER UPDATE OF key ON offices WHEN OLD.key IS NOT NEW.key
BEGIN
  DELETE FROM office_names WHERE office = NEW.name;
END;
