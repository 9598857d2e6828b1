-- Whether mail for the pattern is taken from anybody (qmail's rcpthosts), not only from those who may send anywhere.
ALTER TABLE routes ADD COLUMN accept INTEGER NOT NULL DEFAULT 0;

-- Patterns with a local part are looked for by their domain.
CREATE INDEX routes_domain ON routes (substr(pattern, instr(pattern, '@') + 1));
