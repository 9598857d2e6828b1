-- Bytes of old mail kept for the link with an office, each direction; NULL: the usual, 0: none.
ALTER TABLE offices ADD COLUMN history_bytes INTEGER;
