import type { Person } from "#hub/directory/people.js";
import { ROLES } from "#hub/routing/roles.js";
import type { Problem } from "./csv.ts";
import { type Listed, type StaffList, tidyFullName } from "./staff-list.ts";

/** What has to change so that the directory says what the list says; each part in order of names. */
export interface StaffDiff {
  readonly added: readonly Added[];
  readonly moved: readonly { readonly name: string; readonly from: string; readonly to: string }[];
  readonly changed: readonly { readonly name: string; readonly fullName: { from: string | null; to: string | null } }[];
  readonly suspended: readonly string[];
  readonly resumed: readonly string[];
  readonly removed: readonly { readonly name: string; readonly office: string }[];
}

export interface Added {
  readonly name: string;
  readonly office: string;
  readonly fullName?: string;
  readonly suspended: boolean;
}

/** HR decides about people; role addresses and the people of virtual domains are not hers. */
export function isStaff({ name, domain }: Pick<Person, "name" | "domain">): boolean {
  return domain === "" && !ROLES.includes(name);
}

export function staffDiff(people: readonly Person[], list: StaffList): StaffDiff {
  const staff = new Map(people.filter(isStaff).map((person) => [person.name, person]));
  const listed = new Map(list.people.map((one) => [one.name, one]));
  const both = byName(list.people).flatMap((to) => {
    const from = staff.get(to.name);
    return from === undefined ? [] : [{ name: to.name, from, to }];
  });
  const turned = both.filter(({ from, to }) => list.tells.suspended && from.suspended !== to.suspended);
  return {
    added: byName(list.people.filter(({ name }) => !staff.has(name))).map(addedOf),
    moved: both
      .filter(({ from, to }) => from.office !== to.office)
      .map(({ name, from, to }) => ({ name, from: from.office, to: to.office })),
    changed: both
      .filter(({ from, to }) => list.tells.fullName && tidyFullName(from.fullName) !== to.fullName)
      .map(({ name, from, to }) => ({ name, fullName: { from: from.fullName ?? null, to: to.fullName ?? null } })),
    suspended: turned.filter(({ to }) => to.suspended).map(({ name }) => name),
    resumed: turned.filter(({ to }) => !to.suspended).map(({ name }) => name),
    removed: byName([...staff.values()].filter(({ name }) => !listed.has(name))).map(({ name, office }) => ({
      name,
      office,
    })),
  };
}

export function isEmpty(diff: StaffDiff): boolean {
  return Object.values(diff).every((part: readonly unknown[]) => part.length === 0);
}

/** What only the directory can tell. `aliasTargets`: of the alias of that name, if there is one. */
export function listProblems(
  list: StaffList,
  offices: ReadonlySet<string>,
  aliasTargets: (name: string) => readonly string[] | undefined,
): Problem[] {
  return list.people.flatMap(({ line, name, office }) => {
    const problems: Problem[] = [];
    if (!offices.has(office)) problems.push({ line, text: `there is no office "${office}" for ${name}` });
    const targets = aliasTargets(name);
    if (targets !== undefined)
      problems.push({
        line,
        text: `there is an alias ${name}, for ${targets.slice(0, 3).join(", ")}: remove it first`,
      });
    return problems;
  });
}

/** Leavers of one day: below this even half of a small organisation is believed. */
const FEW = 10;
/** Of all people. A list that was cut short loses more. */
const SHARE = 0.1;

/** Why the removals look like a broken list rather than like people who left; undefined when they do not. */
export function suspicion(diff: StaffDiff, list: StaffList, people: readonly Person[]): string | undefined {
  const all = people.filter(isStaff).length;
  const gone = diff.removed.length;
  if (list.people.length === 0 && gone > 0) return `the list names nobody, all ${all} people would be removed`;
  return gone > FEW && gone > all * SHARE ? `${gone} of ${all} people would be removed` : undefined;
}

function addedOf({ name, office, fullName, suspended }: Listed): Added {
  return { name, office, ...(fullName === undefined ? {} : { fullName }), suspended };
}

function byName<T extends { readonly name: string }>(people: readonly T[]): T[] {
  return people.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
