import { ROLES } from "#hub/routing/roles.js";
import { compareNames, type KnownName, listedFullName } from "#shared/link/names-update.js";
import { joinAddress } from "#shared/mail/address.js";
import type { Db } from "./open.ts";

/**
 * Every name that the hub answers in its domains: people, aliases, who has left lately, routes of local parts, and roles. `@host`,
 * for which the route of a domain of ours stands too, and `sales-*@host` stand for all that they match. `*@host` says that host has
 * people of its own, whose names are there with it. The log of changes says which names an older copy may have wrong; what is right
 * is looked up now.
 */
export interface NameList {
  /** Of the newest change. */
  version(): number;
  /** A copy of this version or a later one lacks nothing. @param book whose name it is counts as well */
  newest(book: boolean): number;
  /** In the order of `compareNames`. */
  all(book: boolean): KnownName[];
  /** Names that were added, removed or changed after `version`; undefined when the log no longer reaches so far. */
  changedSince(version: number, book: boolean): readonly string[] | undefined;
}

/** Changes that are remembered; also in migrations/004-names.sql. */
const LOG_KEPT = 10_000;

interface PersonRow {
  name: string;
  domain: string;
  full_name: string | null;
  office: string;
}

export function nameList(db: Db): NameList {
  const version = db.prepare<[], number>("SELECT coalesce(max(version), 0) FROM name_changes").pluck();
  const ofNames = db.prepare<[], number>("SELECT coalesce(max(version), 0) FROM name_changes WHERE book = 0").pluck();
  const people = db.prepare<[], PersonRow>("SELECT name, domain, full_name, office FROM people");
  const others = db
    .prepare<[], string>(
      `SELECT name FROM aliases UNION SELECT name FROM leavers
       UNION SELECT '*@' || name FROM domains WHERE own_people = 1
       UNION SELECT pattern FROM routes WHERE instr(pattern, '@') > 0
         AND substr(pattern, instr(pattern, '@') + 1) IN (SELECT name FROM domains)
       UNION SELECT '@' || pattern FROM routes WHERE pattern IN (SELECT name FROM domains)`,
    )
    .pluck();
  const changed = db
    .prepare<[number, number], string>("SELECT DISTINCT name FROM name_changes WHERE version > ? AND book <= ?")
    .pluck();
  /** What the log has forgotten may have been a change of any kind. */
  const forgotten = (): number => Math.max(0, (version.get() ?? 0) - LOG_KEPT);

  return {
    version: () => version.get() ?? 0,
    newest: (book) => (book ? (version.get() ?? 0) : Math.max(ofNames.get() ?? 0, forgotten())),
    all: (book) => {
      const names = new Map<string, KnownName>([...ROLES, ...others.all()].map((name) => [name, { name }]));
      for (const { name: local, domain, ...row } of people.all()) {
        const name = joinAddress(local, domain);
        names.set(name, book ? inBook({ name, ...row }) : { name });
      }
      return [...names.values()].sort((one, two) => compareNames(one.name, two.name));
    },
    changedSince: (since, book) => {
      if (since < forgotten() || since > (version.get() ?? 0)) return undefined;
      return changed.all(since, book ? 1 : 0);
    },
  };
}

function inBook({ name, full_name: given, office }: Omit<PersonRow, "domain">): KnownName {
  const fullName = listedFullName(given ?? undefined);
  return { name, office, ...(fullName === undefined ? {} : { fullName }) };
}
