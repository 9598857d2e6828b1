import { addressKey, joinAddress, splitAddress } from "#shared/mail/address.js";
import type { Departures } from "./departures.ts";
import { localPartProblem } from "./names.ts";
import type { Db } from "./open.ts";
import { type PersonRow, personStatements } from "./person-statements.ts";
import { refuse } from "./refusal.ts";

/** Somebody with a mailbox. Times are milliseconds since 1970. */
export interface Person {
  /**
   * Local part, lower case, NFC; `local@domain` for people of a domain with its own: one text names a person everywhere but
   * in these tables. One namespace with the aliases.
   */
  readonly name: string;
  /** '' = the organisation's own domains; otherwise a domain with its own people. */
  readonly domain: string;
  /** Where she is posted. */
  readonly office: string;
  readonly fullName?: string;
  /** PHC string; absent = cannot log in. */
  readonly passwordHash?: string;
  /** When it was set, by the hub's clock: of two changes the newest wins. */
  readonly passwordAt?: number;
  /** No login, and mail is refused with 5.2.1. */
  readonly suspended: boolean;
  readonly createdAt: number;
  readonly changedAt: number;
}

export interface NewPerson {
  readonly name: string;
  readonly office: string;
  readonly fullName?: string;
  readonly passwordHash?: string;
}

/** Every change raises the people version of the offices it concerns, so that they hear of it. */
export interface People {
  get(name: string): Person | undefined;
  /** What routing asks for each recipient: the columns of a whole person cost as much as the look-up. */
  posting(name: string): Pick<Person, "name" | "office" | "suspended"> | undefined;
  /** In order of names; of one office when given. */
  list(office?: string): Person[];
  /** Of a domain with its own; '' of the organisation. */
  inDomain(domain: string): Person[];
  count(domain: string): number;
  /** Throws `Refusal`, as all changes do. */
  add(person: NewPerson): Person;
  /** Posts her elsewhere, remembers where she was for a while, and returns it. Mail that waits for her is the caller's to move. */
  move(name: string, office: string): { person: Person; from: string };
  /** `setAt`: when it was set, if that was elsewhere and earlier (milliseconds since 1970, by the hub's clock). */
  setPassword(name: string, hash: string | undefined, setAt?: number): Person;
  /** undefined takes it away. */
  setFullName(name: string, fullName: string | undefined): Person;
  suspend(name: string, suspended: boolean): Person;
  remove(name: string): Person;
}

export function peopleTable(db: Db, now: () => number, departures: Departures): People {
  const sql = personStatements(db);
  const changed = (office: string): void => void sql.raise.run(office);
  const known = (name: string): Person =>
    people.get(name) ?? refuse("unknown", `There is no person "${name}": see \`qrelay hub person list\``);
  const inOne = <T>(work: () => T): T => db.transaction(work).immediate();

  const people: People = {
    get: (name) => from(sql.get.get(...keyOf(name))),
    posting: (name) => {
      const row = sql.posting.get(...keyOf(name));
      return row && { name: addressKey(name), office: row.office, suspended: row.suspended === 1 };
    },
    list: (office) => (office === undefined ? sql.list.all() : sql.listOffice.all(office)).map(personOf),
    inDomain: (domain) => sql.listDomain.all(domain).map(personOf),
    count: (domain) => sql.count.get(domain)?.people ?? 0,
    add: (person) =>
      inOne(() => {
        const name = addressKey(person.name);
        const [local, domain] = keyOf(name);
        const problem = localPartProblem(local) ?? domainProblem(db, domain);
        if (problem !== undefined) refuse("bad", `Cannot add the person: ${problem}`);
        const taken = nameTaken(db, people, name);
        if (taken !== undefined) refuse("conflict", `Cannot add ${name}: ${taken}`);
        knownOffice(db, person.office);
        answersFor(db, person.office, domain);
        const at = now();
        sql.insert.run(
          local,
          domain,
          person.office,
          person.fullName ?? null,
          person.passwordHash ?? null,
          person.passwordHash === undefined ? null : at,
          at,
          at,
        );
        changed(person.office);
        departures.forget(name);
        return known(name);
      }),
    move: (name, office) =>
      inOne(() => {
        const before = known(name);
        knownOffice(db, office);
        answersFor(db, office, before.domain);
        if (before.office === office) refuse("conflict", `Cannot move ${before.name}: already posted at ${office}`);
        sql.move.run(office, now(), ...keyOf(before.name));
        changed(before.office);
        changed(office);
        departures.noteTransfer(before.name, before.office);
        return { person: known(before.name), from: before.office };
      }),
    setPassword: (name, hash, setAt = now()) =>
      inOne(() => {
        const person = known(name);
        sql.password.run(hash ?? null, setAt, now(), ...keyOf(person.name));
        changed(person.office);
        return known(person.name);
      }),
    setFullName: (name, fullName) =>
      inOne(() => {
        const person = known(name);
        sql.fullName.run(fullName ?? null, now(), ...keyOf(person.name));
        changed(person.office);
        return known(person.name);
      }),
    suspend: (name, suspended) =>
      inOne(() => {
        const person = known(name);
        sql.suspend.run(suspended ? 1 : 0, now(), ...keyOf(person.name));
        changed(person.office);
        return known(person.name);
      }),
    remove: (name) =>
      inOne(() => {
        const person = known(name);
        sql.remove.run(...keyOf(person.name));
        changed(person.office);
        return person;
      }),
  };
  return people;
}

/** How the table has a person. */
function keyOf(name: string): [local: string, domain: string] {
  const { local, domain } = splitAddress(addressKey(name));
  return [local, domain];
}

function domainProblem(db: Db, domain: string): string | undefined {
  const found = db.prepare<[string], unknown>("SELECT 1 FROM domains WHERE name = ? AND own_people = 1").get(domain);
  if (domain === "" || found !== undefined) return undefined;
  return `${domain} is no domain with people of its own: add it with \`qrelay hub domain add ${domain} --own-people\``;
}

/** People and aliases share one namespace: two rows for one address would make its mail go by luck. */
function nameTaken(db: Db, people: People, name: string): string | undefined {
  const person = people.get(name);
  if (person !== undefined) return `there is a person of that name, posted at ${person.office}`;
  const targets = db
    .prepare<[string], { target: string }>("SELECT target FROM alias_targets WHERE alias = ? ORDER BY position")
    .all(name)
    .map((row) => row.target);
  return targets.length === 0 ? undefined : `there is an alias of that name, for ${targets.join(", ")}`;
}

/** A stock qmail office has accounts, and hears nothing of other domains: such mail would come back from there. */
function answersFor(db: Db, office: string, domain: string): void {
  if (domain === "") return;
  const stock = db
    .prepare<[string], unknown>("SELECT 1 FROM offices WHERE name = ? AND (prefix IS NOT NULL OR dial LIKE 'qmtp:%')")
    .get(office);
  if (stock !== undefined)
    refuse("conflict", `${office} is a qmail office, which cannot have people of ${domain}: choose another office`);
}

function knownOffice(db: Db, office: string): void {
  const found = db.prepare<[string], unknown>("SELECT 1 FROM offices WHERE name = ?").get(office);
  if (found === undefined) refuse("unknown", `There is no office "${office}": see \`qrelay hub office list\``);
}

function from(row: PersonRow | undefined): Person | undefined {
  return row === undefined ? undefined : personOf(row);
}

function personOf(row: PersonRow): Person {
  return {
    name: joinAddress(row.name, row.domain),
    domain: row.domain,
    office: row.office,
    ...(row.full_name === null ? {} : { fullName: row.full_name }),
    ...(row.password_hash === null ? {} : { passwordHash: row.password_hash }),
    ...(row.password_at === null ? {} : { passwordAt: row.password_at }),
    suspended: row.suspended === 1,
    createdAt: row.created_at,
    changedAt: row.changed_at,
  };
}
