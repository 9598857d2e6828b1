import { canonicalDomain } from "#shared/mail/address.js";
import { hostProblem, officeNameProblem } from "./names.ts";
import { type OfficeRow, officeStatements } from "./office-statements.ts";
import type { Db } from "./open.ts";
import { refuse } from "./refusal.ts";

/** A place with its own node; the hub has one of its own. Times are milliseconds since 1970. */
export interface Office {
  /** One label, lower case; also the name of its queue. */
  readonly name: string;
  /** Host name; `name@host` is final at that office. */
  readonly host: string;
  /** The link's pre-shared key: 32 random bytes, base64url. Secret. */
  readonly key: string;
  /** Largest message that may wait for it, in bytes. */
  readonly limitBytes?: number;
  /** Its mail waits and its calls are refused. */
  readonly paused: boolean;
  /** How the hub calls it: `tls://HOST:PORT` or `qmtp://HOST:PORT`. Most offices call the hub. */
  readonly dial?: string;
  /** When the hub calls it: a cron expression, in `zone`. */
  readonly windows?: string;
  readonly zone?: string;
  /** A stock qmail office: what its virtualdomains puts before the local part. */
  readonly prefix?: string;
  /** Old mail is kept, so that new mail that repeats it crosses its link in fewer bytes. */
  readonly history: boolean;
  /** The hub's own office. */
  readonly own: boolean;
  readonly createdAt: number;
  readonly lastContactAt?: number;
  /** Raised by any change of this office's people. */
  readonly peopleVersion: number;
  /** The version that the office is known to have. */
  readonly sentVersion: number;
}

export interface NewOffice {
  readonly name: string;
  readonly host: string;
  readonly key: string;
  readonly own?: boolean;
  readonly limitBytes?: number;
}

/** Settings of an office; null takes one away, what is absent stays. */
export interface OfficeChange {
  readonly limitBytes?: number | null;
  readonly dial?: string | null;
  readonly windows?: string | null;
  readonly zone?: string | null;
  readonly prefix?: string | null;
  readonly history?: boolean;
}

export interface Offices {
  get(name: string): Office | undefined;
  byHost(host: string): Office | undefined;
  /** The hub's own. */
  own(): Office | undefined;
  list(): Office[];
  /** Throws `Refusal`, as all changes do. */
  add(office: NewOffice): Office;
  set(name: string, change: OfficeChange): Office;
  rekey(name: string, key: string): Office;
  pause(name: string, paused: boolean): Office;
  /** Refused while people are posted there. Its queue is not touched: see what waits first. */
  remove(name: string): void;
  contacted(name: string, at: number): void;
  /** The office confirmed that it has this version of its people. */
  sent(name: string, peopleVersion: number): void;
}

export function officesTable(db: Db, now: () => number): Offices {
  const sql = officeStatements(db);
  const known = (name: string): Office =>
    offices.get(name) ?? refuse("unknown", `There is no office "${name}": see \`qrelay hub office list\``);

  const offices: Offices = {
    get: (name) => from(sql.get.get(name)),
    byHost: (host) => from(sql.byHost.get(canonicalDomain(host))),
    own: () => from(sql.own.get()),
    list: () => sql.list.all().map(officeOf),
    add(office) {
      const host = canonicalDomain(office.host);
      const problem = officeNameProblem(office.name) ?? hostProblem(host);
      if (problem !== undefined) refuse("bad", `Cannot add the office: ${problem}`);
      if (offices.get(office.name) !== undefined)
        refuse("conflict", `Cannot add the office: ${office.name} exists already`);
      const taken = hostTaken(db, offices, host);
      if (taken !== undefined) refuse("conflict", `Cannot add the office ${office.name}: ${taken}`);
      sql.insert.run(office.name, host, office.key, office.limitBytes ?? null, office.own === true ? 1 : 0, now());
      return known(office.name);
    },
    set(name, change) {
      const old = known(name);
      const next = { ...old, ...change };
      sql.set.run(
        next.limitBytes ?? null,
        next.dial ?? null,
        next.windows ?? null,
        next.zone ?? null,
        next.prefix ?? null,
        next.history ? 1 : 0,
        name,
      );
      return known(name);
    },
    rekey(name, key) {
      known(name);
      sql.rekey.run(key, name);
      return known(name);
    },
    pause(name, paused) {
      if (known(name).own) refuse("conflict", `Cannot pause ${name}: it is the hub's own office`);
      sql.pause.run(paused ? 1 : 0, name);
      return known(name);
    },
    remove(name) {
      if (known(name).own) refuse("conflict", `Cannot remove ${name}: it is the hub's own office`);
      const people = sql.peopleOf.all(name).map((row) => row.name);
      if (people.length > 0) {
        refuse("conflict", `Cannot remove the office ${name}: move or remove its people first: ${people.join(", ")}`);
      }
      sql.remove.run(name);
    },
    contacted: (name, at) => void sql.contacted.run(at, name),
    sent: (name, version) => void sql.sent.run(version, name),
  };
  return offices;
}

/** An office's host means one office; the organisation's domains and their mailhub mean everybody. */
function hostTaken(db: Db, offices: Offices, host: string): string | undefined {
  const office = offices.byHost(host);
  if (office !== undefined) return `the host name ${host} belongs to the office ${office.name}`;
  const ours = db.prepare<[string, string], unknown>("SELECT 1 FROM domains WHERE name = ? OR 'mailhub.' || name = ?");
  if (ours.get(host, host) !== undefined) return `${host} is one of the organisation's domains`;
  return undefined;
}

function from(row: OfficeRow | undefined): Office | undefined {
  return row === undefined ? undefined : officeOf(row);
}

function officeOf(row: OfficeRow): Office {
  return {
    name: row.name,
    host: row.host,
    key: row.key,
    ...(row.limit_bytes === null ? {} : { limitBytes: row.limit_bytes }),
    paused: row.paused === 1,
    ...(row.dial === null ? {} : { dial: row.dial }),
    ...(row.windows === null ? {} : { windows: row.windows }),
    ...(row.zone === null ? {} : { zone: row.zone }),
    ...(row.prefix === null ? {} : { prefix: row.prefix }),
    history: row.history === 1,
    own: row.own === 1,
    createdAt: row.created_at,
    ...(row.last_contact_at === null ? {} : { lastContactAt: row.last_contact_at }),
    peopleVersion: row.people_version,
    sentVersion: row.sent_version,
  };
}
