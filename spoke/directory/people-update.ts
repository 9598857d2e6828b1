import type { ListedPerson, PeopleList } from "#shared/link/people-update.js";
import type { SpokeDirectory } from "./directory.ts";
import type { Person } from "./people.ts";

/** What a list of the hub changed, by name; `ignored` says why it changed nothing. */
export type PeopleChange =
  | { readonly applied: true; readonly added: string[]; readonly removed: string[] }
  | { readonly applied: false; readonly ignored: string };

/**
 * Takes over the hub's list of this office's people, all or nothing. Mailboxes are not touched: who
 * leaves the list gets no more mail here, but what they have stays on disk.
 *
 * @param now ms since 1970
 */
export function applyPeople(directory: SpokeDirectory, office: string, list: PeopleList, now: number): PeopleChange {
  if (list.office !== office) return { applied: false, ignored: `the list is for office "${list.office}"` };
  return directory.transaction(() => {
    const held = directory.settings.get("peopleVersion") ?? 0;
    if (list.version < held) return { applied: false, ignored: `version ${list.version} is older than ${held}` };
    const plan = mergePeople(directory.people.list(), list.people, now);
    for (const name of plan.removed) {
      directory.people.remove(name);
      directory.instructions.put(name, {});
    }
    for (const person of plan.put) directory.people.put(person);
    for (const { name, instructions = {} } of list.people) directory.instructions.put(name, instructions);
    directory.moved.replace(list.moved ?? []);
    directory.leavingMailboxes.replace(list.mailboxes ?? [], now);
    directory.settings.set("peopleVersion", list.version);
    return { applied: true, added: plan.added, removed: plan.removed };
  });
}

interface Plan {
  readonly put: Person[];
  readonly added: string[];
  readonly removed: string[];
}

/**
 * The hub's list replaces all that it ever listed. A person made here whom the hub now lists becomes
 * the hub's; one it never listed stays, local only.
 */
export function mergePeople(held: readonly Person[], listed: readonly ListedPerson[], now: number): Plan {
  const before = new Map(held.map((person) => [person.name, person]));
  const names = new Set(listed.map((person) => person.name));
  return {
    put: listed.map((person) => takeOver(before.get(person.name), person, now)),
    added: listed.filter((person) => !before.has(person.name)).map((person) => person.name),
    removed: held.filter((person) => person.listed && !names.has(person.name)).map((person) => person.name),
  };
}

function takeOver(held: Person | undefined, listed: ListedPerson, now: number): Person {
  return {
    name: listed.name,
    ...(listed.fullName === undefined ? {} : { fullName: listed.fullName }),
    ...passwordOf(held, listed),
    suspended: listed.suspended ?? false,
    listed: true,
    ...(listed.quota === undefined ? {} : { quota: listed.quota }),
    changedAt: now,
  };
}

/** A password changed here stays until the hub has learnt of it; from then on the hub's word counts, which may be another. */
function passwordOf(held: Person | undefined, listed: ListedPerson): Pick<Person, "passwordHash" | "passwordAt"> {
  const { passwordHash, passwordAt } = held ?? {};
  if (passwordHash !== undefined && passwordAt !== undefined) return { passwordHash, passwordAt };
  const password = listed.password ?? passwordHash;
  return password === undefined ? {} : { passwordHash: password };
}
