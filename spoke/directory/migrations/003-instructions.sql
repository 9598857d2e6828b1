-- What people here want done with their mail, as headquarters lists it: dot-qmail's lines, by extension.
CREATE TABLE instructions (
  person    TEXT NOT NULL,                  -- a listed person
  extension TEXT NOT NULL,                  -- empty for her own name
  text      TEXT NOT NULL,
  PRIMARY KEY (person, extension)
) STRICT, WITHOUT ROWID;
