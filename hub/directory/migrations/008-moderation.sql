-- Whether what others write than those who may (007-posting.sql) is held for the owner's approval instead of refused.
ALTER TABLE aliases ADD COLUMN moderate INTEGER NOT NULL DEFAULT 0;
