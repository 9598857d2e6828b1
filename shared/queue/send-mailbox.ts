import { existsSync } from "node:fs";
import { Maildir, type MaildirEntry, type MaildirFile, NotAMessageError, NotFoundError } from "node-maildir";
import { derivedMailId } from "#shared/mail/mail-id.js";
import type { Outcome } from "#shared/mail/outcome.js";
import type { EntryHead } from "./entry.ts";
import { OLD_MAIL_FIELDS } from "./old-mail.ts";
import type { Queue } from "./queue.ts";

/**
 * Sends what lies in a mailbox after its owner, who has been posted elsewhere. Each message is durable in the queue before its
 * file is set aside, and its name there follows from its old one: a crash in between repeats the step without a second copy. Nothing
 * is removed, for what a later node may refuse must still be somewhere.
 */
export interface SendMailboxOptions {
  /** Path of the Maildir. */
  readonly path: string;
  readonly queue: Queue;
  /** Final address at the other office. */
  readonly recipient: string;
  /** When she moved, in seconds: the age of the entries, and part of their names. */
  readonly at: number;
  /** Largest message, in bytes, that her new office takes; absent: any. */
  readonly limit?: number;
  /** Why the disk can take nothing more at the moment: a mailbox that is copied can fill it. */
  readonly space: () => Outcome | undefined;
  /** Bytes after which it stops for now; absent: goes on to the end. */
  readonly most?: number;
}

export interface SentMailbox {
  readonly messages: number;
  /** Messages that are too large for where she is now: they stay where they are. */
  readonly tooLarge: number;
  /** Where the old mail lies now; absent when nothing was sent. */
  readonly kept?: string;
  /** It is to be called again: there is more, and why it stopped. */
  readonly more?: string;
}

/** @throws what the disk throws; to be called again then */
export async function sendMailbox(options: SendMailboxOptions): Promise<SentMailbox> {
  const { path, most = Number.POSITIVE_INFINITY, space } = options;
  if (!existsSync(path)) return { messages: 0, tooLarge: 0 };
  const maildir = new Maildir(path);
  const aside = new Maildir(`${path}.moved`);
  let [messages, tooLarge, bytes] = [0, 0, 0];
  const so = (more?: string): SentMailbox => ({
    ...{ messages, tooLarge },
    ...(messages === 0 ? {} : { kept: aside.path }),
    ...(more === undefined ? {} : { more }),
  });
  for (const entry of await maildir.list()) {
    const full = space();
    if (full !== undefined) return so(full.text);
    if (bytes >= most) return so("the rest follows when this has gone");
    const size = await sendOne(maildir, entry, options);
    if (size === "gone") continue;
    if (size === "too large") tooLarge += 1;
    else {
      await aside.create();
      await maildir.move(entry, aside);
      messages += 1;
      bytes += size;
    }
  }
  return so();
}

async function sendOne(
  maildir: Maildir,
  entry: MaildirEntry,
  { queue, recipient, at, limit }: SendMailboxOptions,
): Promise<number | "too large" | "gone"> {
  const file = await openOrSkip(maildir, entry);
  if (file === undefined) return "gone";
  try {
    const offset = await deliveryLines(file);
    if (limit !== undefined && file.size - offset > limit) return "too large";
    const head: EntryHead = {
      id: derivedMailId("mailbox", recipient, entry.unique),
      born: at,
      // A bounce would reach people who wrote years ago: what cannot be delivered is told to the postmaster.
      envelope: { sender: "", recipients: [{ address: recipient }] },
      fields: OLD_MAIL_FIELDS,
    };
    await queue.add(head, file.stream(offset));
    return file.size;
  } finally {
    await file.close();
  }
}

/** What is no message, or has been removed by its reader since it was listed, stays what it is. */
async function openOrSkip(maildir: Maildir, entry: MaildirEntry): Promise<MaildirFile | undefined> {
  try {
    return await maildir.open(entry);
  } catch (error) {
    if (error instanceof NotAMessageError || error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** Far above what a delivery writes. */
const MAX_LINES_BYTES = 64 * 1024;

/** Where the message begins behind the lines of its delivery here, which its next delivery writes anew. */
async function deliveryLines(file: MaildirFile): Promise<number> {
  const start = Buffer.from(await file.read(0, MAX_LINES_BYTES)).toString("latin1");
  return /^(?:(?:Return-Path|Delivered-To): .*\n)*/.exec(start)?.[0].length ?? 0;
}
