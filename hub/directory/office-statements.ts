import type { Db, Statement } from "./open.ts";

export interface OfficeRow {
  name: string;
  host: string;
  key: string;
  limit_bytes: number | null;
  paused: number;
  dial: string | null;
  windows: string | null;
  zone: string | null;
  prefix: string | null;
  history: number;
  own: number;
  created_at: number;
  last_contact_at: number | null;
  people_version: number;
  sent_version: number;
}

type Text = string | null;

export interface OfficeStatements {
  readonly get: Statement<[string], OfficeRow>;
  readonly byHost: Statement<[string], OfficeRow>;
  readonly own: Statement<[], OfficeRow>;
  readonly list: Statement<[], OfficeRow>;
  readonly peopleOf: Statement<[string], { name: string }>;
  readonly insert: Statement<[string, string, string, number | null, number, number]>;
  readonly set: Statement<[number | null, Text, Text, Text, Text, number, string]>;
  readonly rekey: Statement<[string, string]>;
  readonly pause: Statement<[number, string]>;
  readonly remove: Statement<[string]>;
  readonly contacted: Statement<[number, string]>;
  readonly sent: Statement<[number, string]>;
}

/** The SQL of the table `offices`. */
export function officeStatements(db: Db): OfficeStatements {
  return {
    get: db.prepare("SELECT * FROM offices WHERE name = ?"),
    byHost: db.prepare("SELECT * FROM offices WHERE host = ?"),
    own: db.prepare("SELECT * FROM offices WHERE own = 1"),
    list: db.prepare("SELECT * FROM offices ORDER BY name"),
    peopleOf: db.prepare(
      "SELECT name || iif(domain = '', '', '@' || domain) AS name FROM people WHERE office = ? ORDER BY name, domain",
    ),
    insert: db.prepare("INSERT INTO offices (name, host, key, limit_bytes, own, created_at) VALUES (?, ?, ?, ?, ?, ?)"),
    set: db.prepare(
      "UPDATE offices SET limit_bytes = ?, dial = ?, windows = ?, zone = ?, prefix = ?, history = ? WHERE name = ?",
    ),
    rekey: db.prepare("UPDATE offices SET key = ?, sent_version = 0 WHERE name = ?"),
    pause: db.prepare("UPDATE offices SET paused = ? WHERE name = ?"),
    remove: db.prepare("DELETE FROM offices WHERE name = ?"),
    contacted: db.prepare("UPDATE offices SET last_contact_at = ? WHERE name = ?"),
    sent: db.prepare("UPDATE offices SET sent_version = ? WHERE name = ?"),
  };
}
