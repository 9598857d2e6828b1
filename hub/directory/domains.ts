import { canonicalDomain } from "#shared/mail/address.js";
import { hostProblem } from "./names.ts";
import type { Db } from "./open.ts";
import { refuse } from "./refusal.ts";

/**
 * The domains that the hub serves. The organisation's own are synonyms: each person has her name in all of them. Others have
 * people of their own: info@shop.example is not info@example.org.
 */
export interface Domain {
  readonly name: string;
  readonly ownPeople: boolean;
  /** The person who manages the people of this domain, and nothing else. */
  readonly owner?: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

export interface Domains {
  /** One of the organisation's own. */
  has(name: string): boolean;
  /** One with people of its own. */
  hasOwnPeople(name: string): boolean;
  get(name: string): Domain | undefined;
  /** Of both kinds. */
  list(): Domain[];
  /** Names of the organisation's own. */
  synonyms(): string[];
  /** Throws `Refusal` for a name that is no domain, is there already or is an office's host. */
  add(name: string, options?: { readonly ownPeople?: boolean }): Domain;
  /** @param owner a person as `people` names her; undefined: nobody. Throws `Refusal` for a domain of the organisation's. */
  setOwner(name: string, owner: string | undefined): Domain;
  /**
   * Throws `Refusal` when it is unknown, still has people or aliases, or is the organisation's last one: without a domain
   * nobody can be written to.
   */
  remove(name: string): void;
}

interface Row {
  name: string;
  own_people: number;
  owner: string | null;
  created_at: number;
}

export function domainsTable(db: Db, now: () => number): Domains {
  const has = db.prepare<[string, number], unknown>("SELECT 1 FROM domains WHERE name = ? AND own_people = ?");
  const get = db.prepare<[string], Row>("SELECT * FROM domains WHERE name = ?");
  const list = db.prepare<[], Row>("SELECT * FROM domains ORDER BY created_at, name");
  const insert = db.prepare<[string, number, number]>(
    "INSERT INTO domains (name, own_people, created_at) VALUES (?, ?, ?)",
  );
  const setOwner = db.prepare<[string | null, string]>("UPDATE domains SET owner = ? WHERE name = ?");
  const remove = db.prepare<[string]>("DELETE FROM domains WHERE name = ?");
  const officeOf = db.prepare<[string, number], { name: string }>(
    "SELECT name FROM offices WHERE host = ? AND own <= ?",
  );
  const peopleOf = db.prepare<[string], { name: string }>("SELECT name FROM people WHERE domain = ? ORDER BY name");
  const aliasesOf = db.prepare<[string], { name: string }>(
    "SELECT name FROM aliases WHERE name LIKE '%@' || ? ORDER BY name",
  );
  const known = (name: string, what: string): Domain =>
    domains.get(name) ??
    refuse("unknown", `${what} ${name}: it is not one of our domains: see \`qrelay hub domain list\``);

  const domains: Domains = {
    has: (name) => has.get(canonicalDomain(name), 0) !== undefined,
    hasOwnPeople: (name) => has.get(canonicalDomain(name), 1) !== undefined,
    get: (name) => {
      const row = get.get(canonicalDomain(name));
      return row && domainOf(row);
    },
    list: () => list.all().map(domainOf),
    synonyms: () =>
      domains
        .list()
        .filter(({ ownPeople }) => !ownPeople)
        .map(({ name }) => name),
    add(given, { ownPeople = false } = {}) {
      const name = canonicalDomain(given);
      const problem = hostProblem(name);
      if (problem !== undefined) refuse("bad", `Cannot add the domain: ${problem}`);
      const there = domains.get(name);
      if (there !== undefined) refuse("conflict", `Cannot add ${name}: it is ${kindInWords(there)} already`);
      // The hub's own host may be a synonym, for it means the same people.
      const office = officeOf.get(name, ownPeople ? 1 : 0);
      if (office !== undefined)
        refuse("conflict", `Cannot add ${name}: it is the host name of the office ${office.name}`);
      insert.run(name, ownPeople ? 1 : 0, now());
      return known(name, "Cannot add");
    },
    setOwner(given, owner) {
      const { name, ownPeople } = known(canonicalDomain(given), "Cannot set the owner of");
      if (!ownPeople)
        refuse("bad", `Cannot set the owner of ${name}: it is ${kindInWords({ ownPeople })}, and they have none`);
      setOwner.run(owner ?? null, name);
      return known(name, "Cannot set the owner of");
    },
    remove(given) {
      const { name, ownPeople } = known(canonicalDomain(given), "Cannot remove");
      if (!ownPeople && domains.synonyms().length === 1)
        refuse("conflict", `Cannot remove ${name}: it is the organisation's only domain`);
      const people = ownPeople ? peopleOf.all(name) : [];
      if (people.length > 0)
        refuse("conflict", `Cannot remove ${name}: remove its people first: ${some(people.map((row) => row.name))}`);
      const aliases = aliasesOf.all(name);
      if (aliases.length > 0)
        refuse(
          "conflict",
          `Cannot remove ${name}: these aliases belong to it: ${some(aliases.map((row) => row.name))}`,
        );
      remove.run(name);
    },
  };
  return domains;
}

function kindInWords({ ownPeople }: Pick<Domain, "ownPeople">): string {
  return ownPeople ? "a domain with people of its own" : "one of the organisation's domains";
}

/** As many names as one line can hold. */
const MAX_NAMED = 20;

function some(names: readonly string[]): string {
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : "";
  return `${names.slice(0, MAX_NAMED).join(", ")}${more}`;
}

function domainOf({ name, own_people: ownPeople, owner, created_at: createdAt }: Row): Domain {
  return { name, ownPeople: ownPeople === 1, ...(owner === null ? {} : { owner }), createdAt };
}
