/**
 * Takes over what waits in a Maildir that qmail-local filled. A message is durable in its queue here before its old
 * file goes, and its name here follows from its old name: a crash in between repeats it without a second copy.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Queue, UnreadableEntryError } from "#shared/queue/queue.js";
import type { Store } from "#shared/queue/store.js";
import type { Waiting } from "./draft-plan.ts";

export interface Adopted {
  readonly maildir: string;
  /** Messages, by the queue that has them now. */
  readonly taken: Readonly<Record<string, number>>;
  /** Files that are no such mail, with the reason; they stay. */
  readonly left: readonly string[];
}

/** Messages that wait in a Maildir; 0 when there is no such Maildir. */
export async function waitingIn(maildir: string, store: Store): Promise<number> {
  return (await isMaildirHere(maildir)) ? (await old(maildir, "", store).list()).length : 0;
}

/**
 * One Maildir may hold the mail of several places (`.qmail-default` catches what has no file of its own): the longest
 * prefix takes its own first, or `qrelay-` would take `qrelay-herat-holly` for somebody called herat-holly.
 */
export async function adoptMail(maildir: string, all: readonly Waiting[], store: Store): Promise<Adopted> {
  const taken: Record<string, number> = {};
  let left: string[] = [];
  if (!(await isMaildirHere(maildir))) return { maildir, taken, left };
  const here = all.filter((one) => one.maildir === maildir);
  for (const { prefix, queue } of here.toSorted((a, b) => b.prefix.length - a.prefix.length)) {
    const round = await takeFrom(old(maildir, prefix, store), queue, store);
    if (round.messages > 0) taken[queue] = (taken[queue] ?? 0) + round.messages;
    left = round.left;
  }
  return { maildir, taken, left };
}

async function takeFrom(from: Queue, queue: string, store: Store): Promise<{ messages: number; left: string[] }> {
  const left: string[] = [];
  let messages = 0;
  for (const entry of await from.list()) {
    try {
      const open = await from.open(entry);
      if (open === undefined) continue;
      try {
        await store.deliver({ kind: "queue", name: queue }, open.head, open.message());
      } finally {
        await open.close();
      }
      await from.remove(entry);
      messages += 1;
    } catch (error) {
      if (!(error instanceof UnreadableEntryError)) throw error;
      left.push(error.message);
    }
  }
  return { messages, left };
}

function old(maildir: string, prefix: string, store: Store): Queue {
  return new Queue("imported", maildir, { host: store.host, prefix: () => prefix });
}

export async function isMaildirHere(path: string): Promise<boolean> {
  const info = await stat(join(path, "new")).catch(() => undefined);
  return info?.isDirectory() === true;
}
