-- Whether old mail is kept to shorten new mail on the link with an office.
ALTER TABLE offices ADD COLUMN history INTEGER NOT NULL DEFAULT 1;
