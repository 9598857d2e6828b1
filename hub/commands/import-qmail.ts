/**
 * The directory changes in one transaction. Queues and mailboxes are made before it, because an office or a person
 * without one would be a promise that the first message breaks; after a failure empty ones may stay. Waiting mail is
 * taken over last: until then it is qmail's.
 */
import { Maildir } from "node-maildir";
import { identityOf } from "#hub/config.js";
import { applyPlan } from "#hub/importers/apply-plan.js";
import type { HubPlan } from "#hub/importers/change.js";
import { planImport } from "#hub/importers/plan.js";
import { officeTrace } from "#hub/link/office-trace.js";
import { hubRouter } from "#hub/router.js";
import { ROLES } from "#hub/routing/roles.js";
import { createLog } from "#shared/log/log.js";
import { type Adopted, adoptMail, type Door, waitingIn } from "#shared/qmail/adopt-mail.js";
import { type ImportDone, wrongLines } from "#shared/qmail/import-report.js";
import { locatedPlan, readTree, type TreeOptions } from "#shared/qmail/read-tree.js";
import { createAccept } from "#shared/queue/accept.js";
import type { Store } from "#shared/queue/store.js";
import { queuePath } from "./change-office.ts";
import { maildirOf } from "./change-person.ts";
import type { Hub } from "./open-hub.ts";

export interface ImportQmail extends TreeOptions {
  readonly dir: string;
  readonly dryRun: boolean;
  readonly keepMail: boolean;
}

export type HubImport = ImportDone & { readonly plan: HubPlan };

export async function importQmail(hub: Hub, store: Store, options: ImportQmail): Promise<HubImport> {
  const { directory, view } = hub;
  const tree = await readTree(options.dir, options);
  // Those of the roles are there from the beginning: a catch-all took their mail in qmail as well.
  const plain = directory.aliases.list().some(({ name }) => !name.includes("@") && !ROLES.includes(name));
  const plan = await locatedPlan(
    options.dir,
    directory.read(() => planImport(tree, view, plain)),
  );
  const problems = [...wrongLines(plan), ...applyPlan(directory, view, plan, true)];
  const take = problems.length === 0 && !options.dryRun;
  if (take) {
    await makePlaces(hub, plan);
    problems.push(...applyPlan(directory, view, plan, false));
  }
  const maildirs = [...new Set(plan.waiting.map(({ maildir }) => maildir))];
  const adopted: Adopted[] = [];
  if (take && problems.length === 0 && !options.keepMail) {
    const door = doorOf(hub, store);
    for (const maildir of maildirs) adopted.push(await adoptMail(maildir, plan.waiting, door));
  }
  const waiting: ImportDone["waiting"][number][] = [];
  for (const maildir of maildirs) {
    const messages = await waitingIn(maildir, store);
    if (messages > 0) waiting.push({ maildir, messages });
  }
  return { dryRun: options.dryRun, plan, problems, adopted, waiting };
}

async function makePlaces(hub: Hub, plan: HubPlan): Promise<void> {
  for (const { change } of plan.changes) {
    if (change.kind === "office") await new Maildir(queuePath(hub, change.name)).create();
    if (change.kind === "person" && change.office === hub.config.office)
      await new Maildir(maildirOf(hub, change.name)).create();
  }
}

/** The front door beside a daemon that may run: it sorts and sends what is written here, and this process does not. */
function doorOf({ directory, config }: Hub, store: Store): Door {
  const accept = createAccept({
    store,
    route: hubRouter(directory, identityOf(config)),
    memory: directory.memory,
    trace: officeTrace(directory.trace),
    log: createLog({ level: "warn" }).event,
    now: Date.now,
  });
  return { accept, store };
}
