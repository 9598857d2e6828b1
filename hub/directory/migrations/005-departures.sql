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
