import type { Db, Statement } from "./open.ts";

export interface PersonRow {
  name: string;
  domain: string;
  office: string;
  full_name: string | null;
  password_hash: string | null;
  password_at: number | null;
  suspended: number;
  created_at: number;
  changed_at: number;
}

export interface PersonStatements {
  readonly get: Statement<[string, string], PersonRow>;
  readonly posting: Statement<[string, string], Pick<PersonRow, "office" | "suspended">>;
  readonly list: Statement<[], PersonRow>;
  readonly listOffice: Statement<[string], PersonRow>;
  readonly listDomain: Statement<[string], PersonRow>;
  readonly count: Statement<[string], { people: number }>;
  readonly raise: Statement<[string]>;
  readonly insert: Statement<[string, string, string, string | null, string | null, number | null, number, number]>;
  readonly move: Statement<[string, number, string, string]>;
  readonly password: Statement<[string | null, number, number, string, string]>;
  readonly fullName: Statement<[string | null, number, string, string]>;
  readonly suspend: Statement<[number, number, string, string]>;
  readonly remove: Statement<[string, string]>;
}

/** The SQL of the table `people`; a person is her name and her domain, in this order. */
export function personStatements(db: Db): PersonStatements {
  return {
    get: db.prepare("SELECT * FROM people WHERE name = ? AND domain = ?"),
    posting: db.prepare("SELECT office, suspended FROM people WHERE name = ? AND domain = ?"),
    list: db.prepare("SELECT * FROM people ORDER BY name, domain"),
    listOffice: db.prepare("SELECT * FROM people WHERE office = ? ORDER BY name, domain"),
    listDomain: db.prepare("SELECT * FROM people WHERE domain = ? ORDER BY name"),
    count: db.prepare("SELECT count(*) AS people FROM people WHERE domain = ?"),
    raise: db.prepare("UPDATE offices SET people_version = people_version + 1 WHERE name = ?"),
    insert: db.prepare(
      "INSERT INTO people (name, domain, office, full_name, password_hash, password_at, created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    ),
    move: db.prepare("UPDATE people SET office = ?, changed_at = ? WHERE name = ? AND domain = ?"),
    password: db.prepare(
      "UPDATE people SET password_hash = ?, password_at = ?, changed_at = ? WHERE name = ? AND domain = ?",
    ),
    fullName: db.prepare("UPDATE people SET full_name = ?, changed_at = ? WHERE name = ? AND domain = ?"),
    suspend: db.prepare("UPDATE people SET suspended = ?, changed_at = ? WHERE name = ? AND domain = ?"),
    remove: db.prepare("DELETE FROM people WHERE name = ? AND domain = ?"),
  };
}
