import { existsSync } from "node:fs";
import { Maildir, type MaildirEntry, type MaildirFile, NotAMessageError, NotFoundError } from "node-maildir";
import { derivedMailId } from "#shared/mail/mail-id.js";
import type { EntryHead } from "./entry.ts";
import { OLD_MAIL_FIELDS } from "./old-mail.ts";
import type { Queue } from "./queue.ts";

/**
 * Sends what lies in a mailbox after its owner, who has been posted elsewhere. Each message is durable in the queue under
 * a name that follows from its old one, so a crash in between repeats the step without a second copy. Nothing is removed:
 * the old folder is set aside at the end, for what a later node may refuse is then still somewhere.
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
}

export interface SentMailbox {
  readonly messages: number;
  /** Messages that are too large for where she is now. */
  readonly tooLarge: number;
  /** Where the old mail lies now; absent when there was no mailbox. */
  readonly kept?: string;
}

/** @throws what the disk throws; to be called again then */
export async function sendMailbox(options: SendMailboxOptions): Promise<SentMailbox> {
  const { path, at } = options;
  if (!existsSync(path)) return { messages: 0, tooLarge: 0 };
  const maildir = new Maildir(path);
  let messages = 0;
  let tooLarge = 0;
  for (const entry of await maildir.list()) {
    const sent = await sendOne(maildir, entry, options);
    if (sent === "sent") messages += 1;
    else if (sent === "too large") tooLarge += 1;
  }
  const kept = `${path}.moved-${at}`;
  await maildir.moveTo(kept);
  return { messages, tooLarge, kept };
}

async function sendOne(
  maildir: Maildir,
  entry: MaildirEntry,
  { queue, recipient, at, limit }: SendMailboxOptions,
): Promise<"sent" | "too large" | "gone"> {
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
    return "sent";
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
