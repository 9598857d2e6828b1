import { canonicalDomain } from "#shared/mail/address.js";
import { hostProblem } from "./names.ts";
import type { Db } from "./open.ts";
import { refuse } from "./refusal.ts";

/** The organisation's own domains: synonyms, each person has her name in all of them. */
export interface Domain {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

export interface Domains {
  has(name: string): boolean;
  list(): Domain[];
  /** Throws `Refusal` for a name that is no domain, is there already or is an office's host. */
  add(name: string): Domain;
  /** Throws `Refusal` when it is unknown or the last one: without a domain nobody can be written to. */
  remove(name: string): void;
}

interface Row {
  name: string;
  created_at: number;
}

export function domainsTable(db: Db, now: () => number): Domains {
  const has = db.prepare<[string], unknown>("SELECT 1 FROM domains WHERE name = ?");
  const list = db.prepare<[], Row>("SELECT * FROM domains ORDER BY created_at, name");
  const insert = db.prepare<[string, number]>("INSERT INTO domains (name, created_at) VALUES (?, ?)");
  const remove = db.prepare<[string]>("DELETE FROM domains WHERE name = ?");
  const officeOf = db.prepare<[string], { name: string }>("SELECT name FROM offices WHERE host = ? AND own = 0");
  const aliasesOf = db.prepare<[string], { name: string }>(
    "SELECT name FROM aliases WHERE name LIKE '%@' || ? ORDER BY name",
  );

  const domains: Domains = {
    has: (name) => has.get(canonicalDomain(name)) !== undefined,
    list: () => list.all().map((row) => ({ name: row.name, createdAt: row.created_at })),
    add(given) {
      const name = canonicalDomain(given);
      const problem = hostProblem(name);
      if (problem !== undefined) refuse("bad", `Cannot add the domain: ${problem}`);
      if (domains.has(name)) refuse("conflict", `Cannot add ${name}: it is one of the organisation's domains already`);
      const office = officeOf.get(name);
      if (office !== undefined)
        refuse("conflict", `Cannot add ${name}: it is the host name of the office ${office.name}`);
      const createdAt = now();
      insert.run(name, createdAt);
      return { name, createdAt };
    },
    remove(given) {
      const name = canonicalDomain(given);
      if (!domains.has(name)) refuse("unknown", `Cannot remove ${name}: it is not one of the organisation's domains`);
      if (list.all().length === 1) refuse("conflict", `Cannot remove ${name}: it is the organisation's only domain`);
      const aliases = aliasesOf.all(name).map((row) => row.name);
      if (aliases.length > 0)
        refuse("conflict", `Cannot remove ${name}: these aliases belong to it: ${aliases.join(", ")}`);
      remove.run(name);
    },
  };
  return domains;
}
