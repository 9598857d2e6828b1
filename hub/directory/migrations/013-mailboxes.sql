-- Whether the office that somebody has left shall send her mailbox after her.
ALTER TABLE transfers ADD COLUMN mailbox INTEGER NOT NULL DEFAULT 0;
