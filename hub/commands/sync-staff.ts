/**
 * Makes the directory equal to a list of staff: all of it in one transaction, or nothing. The mail that waits for
 * those who moved follows after it; which of it is still to be moved stands in the directory from the same
 * transaction on, so that the command, given again after a crash or a full disk, finishes it.
 */
import { isDeepStrictEqual } from "node:util";
import type { Problem } from "#hub/staff/csv.js";
import { listProblems, type StaffDiff, staffDiff, suspicion } from "#hub/staff/staff-diff.js";
import type { StaffList } from "#hub/staff/staff-list.js";
import { EXIT } from "#shared/cli/exit-codes.js";
import { Failure } from "#shared/cli/failure.js";
import { aliasesTo, type MoveQueued, makeMailbox, moveWaiting, removePerson } from "./change-person.ts";
import type { Hub } from "./open-hub.ts";

export interface StaffPlan {
  readonly diff: StaffDiff;
  /** In order of lines. */
  readonly problems: readonly Problem[];
  /** People who are not in the list and cannot be removed, with why. */
  readonly held: readonly string[];
  /** Why the list looks broken, if it does. */
  readonly suspicion: string | undefined;
}

/** What the list would change, and what stands against it; changes nothing. */
export function planStaff(hub: Hub, list: StaffList): StaffPlan {
  return hub.directory.read(() => {
    const people = hub.directory.people.list();
    const diff = staffDiff(people, list);
    const offices = new Set(hub.directory.offices.list().map(({ name }) => name));
    const found = listProblems(list, offices, (name) => hub.directory.aliases.targets(name));
    // Somebody whose line is wrong looks as if she had left.
    const leavers = list.problems.length > 0 ? [] : diff.removed;
    const held = leavers.flatMap(({ name }) => {
      const aliases = aliasesTo(hub, name);
      return aliases.length === 0 ? [] : [`${name} is not in the list, but aliases lead there: ${aliases.join(", ")}`];
    });
    const problems = [...list.problems, ...found].toSorted((a, b) => a.line - b.line);
    return { diff, problems, held, suspicion: suspicion(diff, list, people) };
  });
}

/** Carries a plan without problems out. Failure 75 when the directory is no longer what the plan was made for. */
export async function applyStaff(hub: Hub, list: StaffList, { diff }: StaffPlan): Promise<void> {
  // The mailboxes first, as `person add` does: one too many does no harm.
  for (const { name, office } of diff.added) await makeMailbox(hub, name, office);
  for (const { name, to } of diff.moved) await makeMailbox(hub, name, to);
  hub.directory.transaction(() => {
    if (!isDeepStrictEqual(staffDiff(hub.directory.people.list(), list), diff))
      throw new Failure(
        EXIT.tempFail,
        "Cannot sync: the directory was changed meanwhile, nothing was done; give the same command again",
      );
    change(hub, diff);
    remember(hub, [...unmoved(hub), ...diff.moved.map(({ name, from }) => ({ name, from }))]);
  });
}

function change(hub: Hub, diff: StaffDiff): void {
  const { people } = hub.directory;
  for (const { name, office, fullName, suspended } of diff.added) {
    people.add({ name, office, ...(fullName === undefined ? {} : { fullName }) });
    if (suspended) people.suspend(name, true);
  }
  for (const { name, to } of diff.moved) people.move(name, to);
  for (const { name, fullName } of diff.changed) people.setFullName(name, fullName.to ?? undefined);
  for (const name of diff.suspended) people.suspend(name, true);
  for (const name of diff.resumed) people.suspend(name, false);
  for (const { name } of diff.removed) removePerson(hub, name);
}

export interface FollowedMail {
  readonly messages: number;
  /** Aliases that still name somebody at an office she has left. */
  readonly stale: readonly { readonly name: string; readonly aliases: readonly string[] }[];
}

/** Moves what waits for all who were posted elsewhere, also by a run that did not come so far. Failure 75 with all that failed. */
export async function followStaff(hub: Hub, moveQueued: MoveQueued): Promise<FollowedMail> {
  let messages = 0;
  const stale: { name: string; aliases: readonly string[] }[] = [];
  const failed: string[] = [];
  const done = new Set<string>();
  for (const move of unmoved(hub)) {
    try {
      if (hub.directory.people.get(move.name) !== undefined) {
        const moved = await moveWaiting(hub, move.name, move.from, moveQueued);
        messages += moved.messages;
        if (moved.stale.length > 0) stale.push({ name: move.name, aliases: moved.stale });
      }
      done.add(keyOf(move));
    } catch (error) {
      failed.push(error instanceof Error ? error.message : String(error));
    }
  }
  // Once at the end: to move what has moved already finds nothing, so a crash costs only time.
  hub.directory.transaction(() =>
    remember(
      hub,
      unmoved(hub).filter((move) => !done.has(keyOf(move))),
    ),
  );
  if (failed.length > 0) throw new Failure(EXIT.tempFail, failed.join("\n"));
  return { messages, stale };
}

/** Of the directory's settings: moves whose mail has not followed yet. */
const UNMOVED = "staff.unmoved";

interface Unmoved {
  readonly name: string;
  readonly from: string;
}

function keyOf({ name, from }: Unmoved): string {
  return `${name} ${from}`;
}

function unmoved(hub: Hub): Unmoved[] {
  return JSON.parse(hub.directory.settings.get(UNMOVED) ?? "[]") as Unmoved[];
}

function remember(hub: Hub, moves: readonly Unmoved[]): void {
  if (moves.length === 0) hub.directory.settings.remove(UNMOVED);
  else hub.directory.settings.set(UNMOVED, JSON.stringify(moves));
}
