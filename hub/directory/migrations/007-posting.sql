-- Who may write to an alias: NULL is anybody; members, organisation or owner.
ALTER TABLE aliases ADD COLUMN post TEXT;
