/**
 * Takes over what waits in a Maildir that qmail-local filled, through the front door. A message is durable here before
 * its old file goes, if it goes at all, and its mail id follows from its old name and is remembered: a crash in
 * between, or a second import, meets it again and delivers nothing twice.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { failed, type Outcome } from "#shared/mail/outcome.js";
import type { Accept } from "#shared/queue/accept.js";
import { type OpenEntry, Queue, UnreadableEntryError } from "#shared/queue/queue.js";
import { Spool } from "#shared/queue/spool.js";
import type { Store } from "#shared/queue/store.js";
import type { Waiting } from "./draft-plan.ts";

export interface Adopted {
  readonly maildir: string;
  /** Messages that are here now. */
  readonly taken: number;
  /** Files that stay for this time, with the reason. */
  readonly left: readonly string[];
}

/** The node that takes the mail. */
export interface Door {
  readonly accept: Accept;
  readonly store: Store;
}

/** How a Maildir is taken over. */
export interface Taking {
  /** What qmail put before the recipients: of those that fit the longest is taken off. */
  readonly prefixes: readonly string[];
  /** Who is written to, where it is not who the file says. */
  readonly recipient?: string;
  /** The old file stays. */
  readonly keep?: boolean;
}

/** Messages that wait in a Maildir; 0 when there is no such Maildir. */
export async function waitingIn(maildir: string, store: Store): Promise<number> {
  return (await isMaildirHere(maildir)) ? (await old(maildir, store).list()).length : 0;
}

/** One Maildir may hold the mail of several places: `.qmail-default` catches what has no file of its own. */
export function adoptMail(maildir: string, all: readonly Waiting[], door: Door): Promise<Adopted> {
  const here = all.filter((one) => one.maildir === maildir);
  return takeMaildir(maildir, { prefixes: here.map(({ prefix }) => prefix) }, door);
}

export async function takeMaildir(maildir: string, taking: Taking, door: Door): Promise<Adopted> {
  const left: string[] = [];
  let taken = 0;
  if (!(await isMaildirHere(maildir))) return { maildir, taken, left };
  const from = old(maildir, door.store);
  for (const entry of await from.list()) {
    const reason = await takeOne(from, entry, taking, door);
    if (reason === undefined) taken += 1;
    else if (reason !== GONE) left.push(reason);
  }
  return { maildir, taken, left };
}

/** Somebody else has taken it meanwhile. */
const GONE = "gone";

/** @returns why it stays; undefined when it has been taken */
async function takeOne(
  from: Queue,
  entry: Parameters<Queue["open"]>[0],
  taking: Taking,
  door: Door,
): Promise<string | undefined> {
  try {
    const open = await from.open(entry);
    if (open === undefined) return GONE;
    try {
      const outcome = await bringIn(open, taking, door);
      if (outcome.kind !== "delivered") return `${entry.name}: ${outcome.text}`;
    } finally {
      await open.close();
    }
    if (taking.keep !== true) await from.remove(entry);
    return undefined;
  } catch (error) {
    if (!(error instanceof UnreadableEntryError)) throw error;
    return error.message;
  }
}

async function bringIn(open: OpenEntry, taking: Taking, { accept, store }: Door): Promise<Outcome> {
  const { id, envelope } = open.head;
  const written = envelope.recipients[0]?.address ?? "";
  const recipient = taking.recipient ?? withoutPrefix(written, taking.prefixes);
  if (recipient === undefined)
    return failed("5.1.1", `its recipient "${written}" does not begin with ${taking.prefixes.join(" or ")}`);
  const spool = new Spool(store.partial);
  try {
    for await (const piece of open.message()) await spool.write(piece);
    const { outcomes } = await accept({
      envelope: { ...envelope, recipients: [{ address: recipient }] },
      spool,
      mailId: id,
      once: true,
      // Taken from its sender long ago: that nobody is here is told by a bounce. Of a copy nobody need be told.
      refusals: taking.keep === true ? "answer" : "bounce",
      origin: { relay: true },
      peer: { from: "qmail", with: "local" },
    });
    return outcomes[0] ?? failed("5.1.1", "it has no recipient");
  } finally {
    await spool.discard();
  }
}

/** The longest one: `qrelay-` would take `qrelay-herat-holly` for somebody called herat-holly. */
function withoutPrefix(recipient: string, prefixes: readonly string[]): string | undefined {
  const fitting = prefixes.filter((prefix) => recipient.startsWith(prefix));
  const longest = fitting.sort((a, b) => b.length - a.length)[0];
  return longest === undefined ? undefined : recipient.slice(longest.length);
}

function old(maildir: string, store: Store): Queue {
  return new Queue("imported", maildir, { host: store.host });
}

export async function isMaildirHere(path: string): Promise<boolean> {
  const info = await stat(join(path, "new")).catch(() => undefined);
  return info?.isDirectory() === true;
}
