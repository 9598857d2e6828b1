-- Who was here until lately and is answered for elsewhere, as headquarters lists it: mail that still comes for them goes on.
CREATE TABLE moved (
  name TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
