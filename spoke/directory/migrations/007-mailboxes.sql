-- Mailboxes that shall follow their owners to another office, as headquarters lists them, until all of it is in the outbound queue.
CREATE TABLE leaving_mailboxes (
  name       TEXT NOT NULL PRIMARY KEY,
  recipient  TEXT NOT NULL,                 -- final address at the other office
  size_limit INTEGER,                       -- bytes of a message that are taken there; NULL: any
  since      INTEGER NOT NULL               -- ms since 1970, when headquarters first said so
) STRICT, WITHOUT ROWID;
