/**
 * Takes the mail over that waits for the hub, and no other thing by itself: people are headquarters', rules and aliases
 * the administrator's. Old mail of people is copied when asked for, and never taken away.
 */
import { createLog } from "#shared/log/log.js";
import { type Adopted, adoptMail, type Door, takeMaildir, waitingIn } from "#shared/qmail/adopt-mail.js";
import { type ImportDone, wrongLines } from "#shared/qmail/import-report.js";
import { locatedPlan, readTree, type TreeOptions } from "#shared/qmail/read-tree.js";
import { createAccept } from "#shared/queue/accept.js";
import type { Store } from "#shared/queue/store.js";
import { type OfficeImport, planOfficeImport } from "#spoke/importers/plan.js";
import { spokeRouter, spokeStore, spokeView } from "#spoke/node.js";
import type { Office } from "./open-office.ts";

export interface ImportQmail extends TreeOptions {
  readonly dir: string;
  readonly dryRun: boolean;
  readonly keepMail: boolean;
  /** Old mail of people who have a mailbox here is copied into it. */
  readonly copyMailboxes: boolean;
}

export interface SpokeImport extends ImportDone {
  readonly plan: OfficeImport;
  readonly copied: readonly (Adopted & { readonly name: string })[];
  /** Old mail of people, where it is. */
  readonly mailboxes: readonly {
    readonly name: string;
    readonly maildir: string;
    readonly messages: number;
    /** Has a mailbox here. */
    readonly here: boolean;
  }[];
}

export async function importQmail(office: Office, options: ImportQmail): Promise<SpokeImport> {
  const { config, directory } = office;
  const store = spokeStore(config);
  const tree = await readTree(options.dir, options);
  const person = (name: string) => directory.people.get(name);
  const planned = planOfficeImport(tree, { office: config.office, host: config.host, domains: config.domains, person });
  const plan = { ...planned, ...(await locatedPlan(options.dir, planned)) };
  const problems = wrongLines(plan);
  const maildirs = [...new Set(plan.waiting.map(({ maildir }) => maildir))];
  const take = problems.length === 0 && !options.dryRun;
  const taken = take ? await takeMail(office, plan, maildirs, options) : NOTHING;
  const mailboxes = await Promise.all(
    plan.mailboxes.map(async ({ name, maildir }) => ({
      ...{ name, maildir, messages: await waitingIn(maildir, store) },
      here: person(name) !== undefined,
    })),
  );
  const waiting = await waitingAll(maildirs, store);
  return { dryRun: options.dryRun, plan, problems, waiting, mailboxes, ...taken };
}

type Taken = Pick<SpokeImport, "adopted" | "copied">;

const NOTHING: Taken = { adopted: [], copied: [] };

async function takeMail(
  office: Office,
  plan: OfficeImport,
  maildirs: readonly string[],
  { keepMail, copyMailboxes }: ImportQmail,
): Promise<Taken> {
  const door = doorOf(office);
  const adopted: Adopted[] = [];
  for (const maildir of keepMail ? [] : maildirs) adopted.push(await adoptMail(maildir, plan.waiting, door));
  const copied: SpokeImport["copied"][number][] = [];
  for (const { name, maildir } of copyMailboxes ? plan.mailboxes : []) {
    if (office.directory.people.get(name) === undefined) continue;
    const taking = { prefixes: [""], recipient: `${name}@${office.config.host}`, keep: true };
    copied.push({ name, ...(await takeMaildir(maildir, taking, door)) });
  }
  return { adopted, copied };
}

/** The front door beside a daemon that may run: it sorts what is written here, and this process sorts nothing. */
function doorOf({ config, directory }: Office): Door {
  const store = spokeStore(config);
  const accept = createAccept({
    store,
    route: spokeRouter(spokeView(config, directory, Date.now), directory, () => true),
    memory: directory.memory,
    trace: directory.trace,
    log: createLog({ level: "warn" }).event,
    now: Date.now,
  });
  return { accept, store };
}

async function waitingAll(maildirs: readonly string[], store: Store): Promise<ImportDone["waiting"]> {
  const found = await Promise.all(
    maildirs.map(async (maildir) => ({ maildir, messages: await waitingIn(maildir, store) })),
  );
  return found.filter(({ messages }) => messages > 0);
}
