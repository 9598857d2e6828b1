-- How much mail somebody's mailbox may hold, in bytes; NULL: as much as the disk. The name of somebody in a domain with people
-- of its own has the domain in it: info@shop.example.
ALTER TABLE people ADD COLUMN quota INTEGER;
