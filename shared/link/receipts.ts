/**
 * Receipts: what became of mail that the other end sent, a few bytes each (pure). A parcel's content, so its integrity is
 * the parcel's care; whoever reads it still trusts no field of it.
 *
 *     batch    version 1, minutes since 1970 of the newest outcome, then receipts                    (varints)
 *     receipt  length, then: flags, [lengths], [mail], recipient, minutes before the newest outcome, details
 *     details  deferred, failed: subject and detail of the status · several: people, arrived, lost · [text] · [reached]
 *
 * A mail is named by the first bytes of its mail id, a recipient by the first bytes of a hash of the address: not by its
 * place in a list, for after a cut, a refusal or a restored database the two ends need not have the same list, and a
 * wrong number names a wrong person. What follows the known details in a receipt is skipped: a later version may add to it.
 */
import { hash } from "node:crypto";
import { addressKey, addressProblem, splitAddress } from "#shared/mail/address.js";
import { oneLine } from "#shared/mail/outcome.js";
import { FieldReader, FieldWriter, MalformedFrameError } from "./wire/bytes.ts";

export interface Receipt {
  /** First bytes of the mail id, 4 to 10. */
  readonly mail: Uint8Array;
  /** First bytes of the recipient's tag, 2 to 8. */
  readonly recipient: Uint8Array;
  /** Milliseconds since 1970; whole minutes cross. */
  readonly at: number;
  readonly news: ReceiptNews;
}

export type ReceiptNews =
  /** `reached` is the address that it was delivered to, where nobody could guess it; else empty. */
  | { readonly kind: "delivered"; readonly reached: string }
  | {
      readonly kind: "deferred" | "failed";
      readonly status: string;
      readonly text: string;
      readonly reached: string;
    }
  /** A list: how many people it came to, and how many of them have the message or never will. */
  | { readonly kind: "several"; readonly people: number; readonly arrived: number; readonly lost: number };

export const MAX_BATCH = 64 * 1024;
export const MAX_RECEIPTS = 2000;
/** 32 bits: among 20,000 messages of an office two begin alike once in 20 offices; then more bytes are sent. */
export const MAIL_BYTES = { least: 4, most: 10 } as const;
export const TAG_BYTES = { least: 2, most: 8 } as const;

const VERSION = 1;
const MINUTE_MS = 60_000;
const KINDS = ["delivered", "deferred", "failed", "several"] as const;
/** 0x40 is free; 0x80 is for what is no outcome to this version: such a receipt is skipped. */
const FLAG = { kind: 0x03, sameMail: 0x04, lengths: 0x08, text: 0x10, reached: 0x20, other: 0x80 } as const;

/** Words of a refusal sent: the report to the sender has them all. */
const MAX_TEXT = 80;
const MAX_TEXT_BYTES = 4 * MAX_TEXT;
const MAX_ADDRESS_BYTES = 999;
/** Nobody has a larger list. */
const MAX_PEOPLE = 1_000_000;
/** RFC 3463 §2: subject and detail have at most three digits. */
const MAX_STATUS_PART = 999;
/** A Date holds no more minutes than this. */
const MAX_MINUTES = 8_640_000_000_000_000 / MINUTE_MS;

/** The bytes by which a recipient is known in receipts. */
export function recipientTag(address: string): Uint8Array {
  return hash("sha256", addressKey(address), "buffer").subarray(0, TAG_BYTES.most);
}

/** Writes the first receipts, as many as one batch may hold; `count` says how many. */
export function encodeReceipts(receipts: readonly Receipt[]): { content: Uint8Array; count: number } {
  const few = receipts.slice(0, MAX_RECEIPTS);
  const newest = Math.max(0, ...few.map(({ at }) => minutesOf(at)));
  const batch = new FieldWriter().varint(VERSION).varint(newest);
  let size = batch.done().length;
  let count = 0;
  for (const receipt of few) {
    const before = count === 0 ? undefined : few[count - 1];
    const one = new FieldWriter().sized(encodeReceipt(receipt, newest, before?.mail)).done();
    if (size + one.length > MAX_BATCH) break;
    batch.raw(one);
    size += one.length;
    count += 1;
  }
  return { content: batch.done(), count };
}

/** Never throws: `problem` says why nothing of a batch can be used. */
export function decodeReceipts(content: Uint8Array): { receipts: Receipt[] } | { problem: string } {
  if (content.length > MAX_BATCH)
    return { problem: `a batch of receipts has ${content.length} bytes, wanted ${MAX_BATCH}` };
  try {
    return { receipts: readBatch(new FieldReader(content)) };
  } catch (error) {
    if (error instanceof MalformedFrameError) return { problem: `a batch of receipts is wrong: ${error.message}` };
    throw error;
  }
}

/** Is an address what anybody would expect who wrote to `named`: the same person at an office of that domain? */
export function isExpected(named: string, reached: string): boolean {
  const [to, at] = [splitAddress(addressKey(named)), splitAddress(addressKey(reached))];
  return to.local === at.local && (to.domain === at.domain || at.domain.endsWith(`.${to.domain}`));
}

function encodeReceipt(
  { mail, recipient, at, news }: Receipt,
  newest: number,
  before: Uint8Array | undefined,
): Uint8Array {
  const same = before !== undefined && Buffer.compare(before, mail) === 0;
  const usual = mail.length === MAIL_BYTES.least && recipient.length === TAG_BYTES.least;
  const text = news.kind === "deferred" || news.kind === "failed" ? beyondStatus(news.text, news.status) : "";
  const reached = news.kind === "several" ? "" : news.reached;
  const to = new FieldWriter().byte(
    KINDS.indexOf(news.kind) |
      (same ? FLAG.sameMail : 0) |
      (usual ? 0 : FLAG.lengths) |
      (text === "" ? 0 : FLAG.text) |
      (reached === "" ? 0 : FLAG.reached),
  );
  if (!usual) to.byte((mail.length << 4) | recipient.length);
  if (!same) to.raw(mail);
  to.raw(recipient).varint(newest - minutesOf(at));
  if (news.kind === "deferred" || news.kind === "failed") writeStatus(news.status, to);
  if (news.kind === "several") to.varint(news.people).varint(news.arrived).varint(news.lost);
  if (text !== "") to.text(text);
  if (reached !== "") to.text(reached);
  return to.done();
}

function readBatch(from: FieldReader): Receipt[] {
  const version = from.varint();
  if (version !== VERSION) throw new MalformedFrameError(`it is of version ${version}, wanted ${VERSION}`);
  const newest = from.varint(MAX_MINUTES);
  const receipts: Receipt[] = [];
  let mail: Uint8Array | undefined;
  for (let count = 0; !from.empty; count += 1) {
    if (count === MAX_RECEIPTS) throw new MalformedFrameError(`it has more than ${MAX_RECEIPTS} receipts`);
    const read = readReceipt(new FieldReader(from.sized(MAX_BATCH)), newest, mail);
    mail = read.mail;
    if (read.news !== undefined) receipts.push({ ...read, news: read.news });
  }
  return receipts;
}

/** Without `news` it is of a kind that this version does not know. */
function readReceipt(from: FieldReader, newest: number, before: Uint8Array | undefined) {
  const flags = from.byte();
  const lengths = (flags & FLAG.lengths) === 0 ? (MAIL_BYTES.least << 4) | TAG_BYTES.least : from.byte();
  const mail = (flags & FLAG.sameMail) === 0 ? from.raw(between(lengths >> 4, MAIL_BYTES)) : before;
  if (mail === undefined) throw new MalformedFrameError("its first receipt names no mail");
  const recipient = from.raw(between(lengths & 0x0f, TAG_BYTES));
  const at = (newest - from.varint(newest)) * MINUTE_MS;
  return { mail, recipient, at, news: (flags & FLAG.other) === 0 ? readNews(from, flags) : undefined };
}

function readNews(from: FieldReader, flags: number): ReceiptNews {
  const kind = KINDS[flags & FLAG.kind] ?? "delivered";
  if (kind === "several") {
    const people = from.varint(MAX_PEOPLE);
    const arrived = from.varint(people);
    return { kind, people, arrived, lost: from.varint(people - arrived) };
  }
  const status = kind === "delivered" ? "" : readStatus(from, kind);
  const text = (flags & FLAG.text) === 0 ? "" : oneLine(from.text(MAX_TEXT_BYTES));
  const reached = (flags & FLAG.reached) === 0 ? "" : from.text(MAX_ADDRESS_BYTES);
  if (addressProblem(reached) !== undefined)
    throw new MalformedFrameError("it has an address that no envelope may hold");
  return kind === "delivered" ? { kind, reached } : { kind, status, text, reached };
}

function between(length: number, { least, most }: { readonly least: number; readonly most: number }): number {
  if (length < least || length > most) throw new MalformedFrameError(`a reference has ${length} bytes`);
  return length;
}

/** The class follows from the outcome: only subject and detail cross. */
function writeStatus(status: string, to: FieldWriter): void {
  const [, subject = "0", detail = "0"] = /^[245]\.(\d{1,3})\.(\d{1,3})$/.exec(status) ?? [];
  to.varint(Number(subject)).varint(Number(detail));
}

function readStatus(from: FieldReader, kind: "deferred" | "failed"): string {
  const subject = from.varint(MAX_STATUS_PART);
  return `${kind === "failed" ? 5 : 4}.${subject}.${from.varint(MAX_STATUS_PART)}`;
}

/** Many a server repeats the status in its words. */
function beyondStatus(text: string, status: string): string {
  const words = oneLine(text.replace(status, "").replace(/ {2,}/g, " "), MAX_TEXT).toWellFormed();
  return Buffer.byteLength(words) <= MAX_TEXT_BYTES ? words : "";
}

function minutesOf(at: number): number {
  return Math.min(Math.max(0, Math.floor(at / MINUTE_MS)), MAX_MINUTES);
}
