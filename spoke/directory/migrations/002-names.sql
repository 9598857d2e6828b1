-- The hub's list of names: all that exist in the organisation, so that a typing error is refused here and at once.
-- Version and date of the list are in settings; without them there is no list.
CREATE TABLE names (
  name      TEXT PRIMARY KEY,               -- local part, or local@domain; lower case, NFC
  full_name TEXT,                           -- in the address book only
  office    TEXT
) STRICT, WITHOUT ROWID;
