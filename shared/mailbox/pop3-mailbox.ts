import { createHash } from "node:crypto";
import { Maildir, type MaildirEntry, type MaildirFile, NotAMessageError, NotFoundError } from "node-maildir";
import type { Pop3Message } from "./pop3-transaction.ts";
import { OctetCounter } from "./pop3-wire.ts";

/**
 * Reads a mailbox for one session and removes from it; holds no promise before `remove`, which resolves when the
 * removal is durable. Reading changes nothing: a message stays in `new/` with its flags.
 */
export interface Pop3Mailbox {
  readonly messages: readonly Pop3Message[];
  /** Undefined when another program has removed the message meanwhile. */
  open(index: number): Promise<MaildirFile | undefined>;
  /** The errors of what could not be removed; a message that has vanished is no error. */
  remove(indexes: readonly number[]): Promise<unknown[]>;
}

/** Sizes must be octets as sent (RFC 1939 §11), so all is read once. A mailbox too big for this time gets file sizes. */
const MEASURE_MS = 10_000;
/** Removals at once: the directory is synced once for those that come together. */
const REMOVE_TOGETHER = 16;
/** Sizes remembered, a few megabytes of memory: clients that leave mail on the server ask for all of them each time. */
const MAX_KNOWN_SIZES = 50_000;

/** Octets of messages, by mailbox and unique name. A message never changes, so they hold for good. */
export class KnownSizes {
  readonly #octets = new Map<string, number>();

  get(key: string): number | undefined {
    return this.#octets.get(key);
  }

  set(key: string, octets: number): void {
    if (this.#octets.size >= MAX_KNOWN_SIZES) {
      for (const oldest of this.#octets.keys()) {
        this.#octets.delete(oldest);
        break;
      }
    }
    this.#octets.set(key, octets);
  }
}

/**
 * Lists and measures what can be read; a symlink, a FIFO or a directory is left out and reported.
 *
 * @param wanted asked before each message: false stops the work, the client has gone
 * @throws what the disk throws
 */
export async function openPop3Mailbox(
  path: string,
  sizes: KnownSizes,
  wanted: () => boolean,
  report: (error: Error) => void,
): Promise<Pop3Mailbox> {
  const maildir = new Maildir(path);
  const until = performance.now() + MEASURE_MS;
  const entries: MaildirEntry[] = [];
  const messages: Pop3Message[] = [];
  for (const entry of await listMaildir(maildir)) {
    if (!wanted()) break;
    const octets = await measure(maildir, entry, sizes, performance.now() < until, report);
    if (octets === undefined) continue;
    entries.push(entry);
    messages.push({ uid: uidOf(entry.unique), octets });
  }
  return {
    messages,
    open: (index) => openIfThere(maildir, entryAt(entries, index)),
    remove: (indexes) =>
      removeAll(
        maildir,
        indexes.map((index) => entryAt(entries, index)),
      ),
  };
}

/** Stable over restarts and from `new/` to `cur/`, in the characters and length of RFC 1939 §7. */
export function uidOf(unique: string): string {
  if (/^[!-~]{1,70}$/.test(unique)) return unique;
  return createHash("sha256").update(unique).digest("base64url");
}

async function listMaildir(maildir: Maildir): Promise<MaildirEntry[]> {
  try {
    return await maildir.list();
  } catch (error) {
    // Nobody has written to this person yet: the maildir is made by the first delivery.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

async function measure(
  maildir: Maildir,
  entry: MaildirEntry,
  sizes: KnownSizes,
  hasTime: boolean,
  report: (error: Error) => void,
): Promise<number | undefined> {
  const key = `${maildir.path}/${entry.unique}`;
  const known = sizes.get(key);
  if (known !== undefined) return known;
  try {
    await using file = await maildir.open(entry);
    if (!hasTime) return file.size;
    const counter = new OctetCounter();
    for await (const piece of file.stream()) counter.add(piece);
    sizes.set(key, counter.octets);
    return counter.octets;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    // One unreadable message must not keep the others from their reader (EACCES, a bad block).
    if (error instanceof Error && (error instanceof NotAMessageError || "code" in error)) {
      report(error);
      return undefined;
    }
    throw error;
  }
}

async function openIfThere(maildir: Maildir, entry: MaildirEntry): Promise<MaildirFile | undefined> {
  try {
    return await maildir.open(entry);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

async function removeAll(maildir: Maildir, entries: readonly MaildirEntry[]): Promise<unknown[]> {
  const errors: unknown[] = [];
  for (let at = 0; at < entries.length; at += REMOVE_TOGETHER) {
    const together = entries.slice(at, at + REMOVE_TOGETHER).map((entry) => maildir.remove(entry));
    for (const result of await Promise.allSettled(together)) {
      if (result.status === "rejected") errors.push(result.reason);
    }
  }
  return errors;
}

function entryAt(entries: readonly MaildirEntry[], index: number): MaildirEntry {
  const entry = entries[index];
  if (entry === undefined) throw new RangeError(`Cannot find message ${index}: there are ${entries.length}`);
  return entry;
}
