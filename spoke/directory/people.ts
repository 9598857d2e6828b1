import type { Database } from "better-sqlite3";
import { addressKey } from "#shared/mail/address.js";

/** Somebody with a mailbox in this office. */
export interface Person {
  /** Local part, lower case, NFC; `local@domain` of a domain with people of its own. */
  readonly name: string;
  readonly fullName?: string;
  /** PHC string; without one nobody can sign in, but mail is delivered. */
  readonly passwordHash?: string;
  /** When it was changed here, ms since 1970 by this machine's clock, as long as headquarters does not know of it. */
  readonly passwordAt?: number;
  /** Mail is refused and signing in is not possible; the mailbox stays. */
  readonly suspended: boolean;
  /** Given by the hub. Otherwise known in this office only. */
  readonly listed: boolean;
  /** How much mail the mailbox may hold, in bytes; absent: no limit. */
  readonly quota?: number;
  /** ms since 1970. */
  readonly changedAt: number;
}

/** Names are looked up in any case. */
export interface People {
  get(name: string): Person | undefined;
  /** All, sorted by name. */
  list(): Person[];
  put(person: Person): void;
  /** False when there was nobody of that name. */
  remove(name: string): boolean;
}

interface Row {
  name: string;
  full_name: string | null;
  password: string | null;
  password_at: number | null;
  suspended: number;
  listed: number;
  quota: number | null;
  changed_at: number;
}

const COLUMNS = "name, full_name, password, password_at, suspended, listed, quota, changed_at";

export function peopleTable(db: Pick<Database, "prepare">): People {
  const one = db.prepare<[string], Row>(`SELECT ${COLUMNS} FROM people WHERE name = ?`);
  const all = db.prepare<[], Row>(`SELECT ${COLUMNS} FROM people ORDER BY name`);
  const put = db.prepare<[Row]>(
    `INSERT OR REPLACE INTO people (${COLUMNS})
     VALUES (@name, @full_name, @password, @password_at, @suspended, @listed, @quota, @changed_at)`,
  );
  const remove = db.prepare<[string]>("DELETE FROM people WHERE name = ?");
  return {
    get: (name) => {
      const row = one.get(addressKey(name));
      return row === undefined ? undefined : toPerson(row);
    },
    list: () => all.all().map(toPerson),
    put: (person) => void put.run(toRow(person)),
    remove: (name) => remove.run(addressKey(name)).changes > 0,
  };
}

function toPerson(row: Row): Person {
  return {
    name: row.name,
    ...(row.full_name === null ? {} : { fullName: row.full_name }),
    ...(row.password === null ? {} : { passwordHash: row.password }),
    ...(row.password_at === null ? {} : { passwordAt: row.password_at }),
    suspended: row.suspended === 1,
    listed: row.listed === 1,
    ...(row.quota === null ? {} : { quota: row.quota }),
    changedAt: row.changed_at,
  };
}

function toRow(person: Person): Row {
  return {
    name: addressKey(person.name),
    full_name: person.fullName ?? null,
    password: person.passwordHash ?? null,
    password_at: person.passwordAt ?? null,
    suspended: person.suspended ? 1 : 0,
    listed: person.listed ? 1 : 0,
    quota: person.quota ?? null,
    changed_at: person.changedAt,
  };
}
