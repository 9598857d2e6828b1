/**
 * The directory changes in one transaction. Queues and mailboxes are made before it, because an office or a person
 * without one would be a promise that the first message breaks; after a failure empty ones may stay. Waiting mail is
 * taken over last: until then it is qmail's.
 */
import { join } from "node:path";
import { Maildir } from "node-maildir";
import { type Adopted, adoptMail, isMaildirHere, waitingIn } from "#hub/importers/adopt-mail.js";
import { apply, rehearse } from "#hub/importers/apply-plan.js";
import type { Plan, Waiting } from "#hub/importers/draft-plan.js";
import { planImport } from "#hub/importers/plan.js";
import { readTree, type TreeOptions } from "#hub/importers/read-tree.js";
import type { Problem } from "#shared/qmail/lines.js";
import type { Store } from "#shared/queue/store.js";
import { queuePath } from "./change-office.ts";
import { maildirOf } from "./change-person.ts";
import type { Hub } from "./open-hub.ts";

export interface ImportQmail extends TreeOptions {
  readonly dir: string;
  readonly dryRun: boolean;
  readonly keepMail: boolean;
}

export interface ImportDone {
  readonly dryRun: boolean;
  readonly plan: Plan;
  /** With one of them nothing was imported. */
  readonly problems: readonly Problem[];
  readonly adopted: readonly Adopted[];
  /** Mail that is still in the old Maildirs. */
  readonly waiting: readonly { readonly maildir: string; readonly messages: number }[];
}

export async function importQmail(hub: Hub, store: Store, options: ImportQmail): Promise<ImportDone> {
  const { directory, view } = hub;
  const tree = await readTree(options.dir, options);
  const planned = directory.read(() => planImport(tree, view));
  const plan = { ...planned, waiting: await Promise.all(planned.waiting.map((one) => located(options.dir, one))) };
  const wrong = plan.rows.filter(({ verdict }) => verdict === "bad");
  const problems: Problem[] = [
    ...wrong.map(({ becomes, cure = "", verdict: _, ...line }) => ({
      ...line,
      says: becomes,
      cure,
      weight: "bad" as const,
    })),
    ...rehearse(directory, view, plan),
  ];
  const take = problems.length === 0 && !options.dryRun;
  if (take) {
    await makePlaces(hub, plan);
    problems.push(...apply(directory, view, plan));
  }
  const maildirs = [...new Set(plan.waiting.map(({ maildir }) => maildir))];
  const adopted: Adopted[] = [];
  if (take && problems.length === 0 && !options.keepMail)
    for (const maildir of maildirs) adopted.push(await adoptMail(maildir, plan.waiting, store));
  const waiting: ImportDone["waiting"][number][] = [];
  for (const maildir of maildirs) {
    const messages = await waitingIn(maildir, store);
    if (messages > 0) waiting.push({ maildir, messages });
  }
  return { dryRun: options.dryRun, plan, problems, adopted, waiting };
}

/** In a copy of a tree, paths from the root mean the copy: the original may still be in use. */
async function located(dir: string, waiting: Waiting): Promise<Waiting> {
  const copy = join(dir, waiting.maildir);
  return (await isMaildirHere(copy)) ? { ...waiting, maildir: copy } : waiting;
}

async function makePlaces(hub: Hub, plan: Plan): Promise<void> {
  for (const { change } of plan.changes) {
    if (change.kind === "office") await new Maildir(queuePath(hub, change.name)).create();
    if (change.kind === "person" && change.office === hub.config.office)
      await new Maildir(maildirOf(hub, change.name)).create();
  }
}
