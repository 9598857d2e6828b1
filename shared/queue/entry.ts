import { quoteAddress, unquoteAddress } from "#shared/mail/address.js";
import type { Envelope, Recipient } from "#shared/mail/envelope.js";
import { derivedMailId, isMailId } from "#shared/mail/mail-id.js";

/**
 * How an entry lies on disk: the envelope in lines that any pager shows, then the message as accepted.
 *
 *   Return-Path: <sender>
 *   Delivered-To: first@example.com          one line per recipient
 *   X-Qrelay-Entry: id=… born=… …            absent in entries that qmail-local wrote
 *   X-Qrelay-Rcpt: 2 notify=NEVER orcpt=…    one line per recipient that has something to say
 *
 * Pure. The file's name carries birth and id as well, and it decides whose writing this is: only a
 * name that our own nodes make may be followed by an X-Qrelay-Entry line, so that a message which
 * merely begins with one (a stranger's, stored by qmail-local) is never read as an envelope.
 */
export interface EntryHead {
  readonly id: string;
  /** Seconds since 1970 when this node first held the message. */
  readonly born: number;
  readonly envelope: Envelope;
  /** Named fields beyond those above; unknown ones are kept and passed on. */
  readonly fields: Readonly<Record<string, string>>;
}

/** 1,000 recipients of 999 bytes with their DSN parameters fit; more is not ours. */
export const MAX_HEAD = 4 * 1024 * 1024;

const OWN_NAME = /^(\d+)\.Q([A-Z2-7]{16})(?:-[a-z2-7]{8})?\./;
const KNOWN_FIELDS = new Set(["id", "born", "ret", "envid", "smtputf8"]);

/**
 * The name of the entry of one message for these recipients: the same message for the same people
 * gets the same name, so a repeat after a crash meets the file that is already there.
 */
export function entryName(head: EntryHead, host: string): string {
  const people = head.envelope.recipients.map((recipient) => recipient.address.toLowerCase()).sort();
  const tag = derivedMailId(head.id, ...people)
    .slice(0, 8)
    .toLowerCase();
  return `${head.born}.Q${head.id}-${tag}.${host}`;
}

/** Mail id and birth out of an entry's name; undefined when another program named it. */
export function parseEntryName(name: string): { id: string; born: number } | undefined {
  const match = OWN_NAME.exec(name);
  return match === null ? undefined : { born: secondsOf(match[1]) ?? 0, id: match[2] ?? "" };
}

export function encodeEntryHead(head: EntryHead): Uint8Array {
  const { envelope } = head;
  const lines = [`Return-Path: <${quoteAddress(envelope.sender)}>`];
  for (const { address } of envelope.recipients) lines.push(`Delivered-To: ${address}`);
  const fields: Record<string, string> = { id: head.id, born: String(head.born) };
  if (envelope.ret !== undefined) fields.ret = envelope.ret;
  if (envelope.envid !== undefined) fields.envid = envelope.envid;
  if (envelope.smtputf8) fields.smtputf8 = "1";
  lines.push(`X-Qrelay-Entry: ${writeFields({ ...fields, ...head.fields })}`);
  envelope.recipients.forEach((recipient, index) => {
    const said: Record<string, string> = {};
    if (recipient.notify !== undefined) said.notify = recipient.notify;
    if (recipient.orcpt !== undefined) said.orcpt = recipient.orcpt;
    if (Object.keys(said).length > 0) lines.push(`X-Qrelay-Rcpt: ${index + 1} ${writeFields(said)}`);
  });
  for (const line of lines) {
    // Last line of defence of P5: what reaches this point was checked at the door.
    if (/[\r\n\0]/.test(line))
      throw new TypeError(`Cannot write an envelope line that holds a line end or NUL: ${JSON.stringify(line)}`);
  }
  return Buffer.from(`${lines.join("\n")}\n`, "utf8");
}

export type ParsedHead =
  | {
      readonly kind: "head";
      readonly head: EntryHead /** Where the message begins, in bytes. */;
      readonly offset: number;
    }
  | { readonly kind: "more" }
  | { readonly kind: "unreadable"; readonly reason: string };

/**
 * Reads the head from the first bytes of an entry. `more` asks for a longer piece; with `whole` set
 * these bytes are all there is. `prefix` is what qmail-local's recipients begin with (serialmail's
 * PREFIX); it is stripped from entries that qmail wrote, and one without it is unreadable.
 */
export function parseEntryHead(bytes: Uint8Array, name: string, prefix = "", whole = false): ParsedHead {
  const named = parseEntryName(name);
  const lines = new LineReader(bytes);
  const first = lines.next();
  // The s flag everywhere: without it "." stops at U+2028, which addresses may hold, and the entry would be stuck.
  const sender = first === undefined ? undefined : /^Return-Path: <(.*)>$/s.exec(first)?.[1];
  if (first === undefined) return shortOf(bytes, whole, "it has no complete first line");
  if (sender === undefined) return unreadable("its first line is not Return-Path: <…>");
  const recipients: string[] = [];
  for (;;) {
    const at = lines.offset;
    const line = lines.next();
    if (line === undefined) {
      if (named === undefined && recipients.length > 0) return foreign(name, sender, recipients[0] ?? "", prefix, at);
      return shortOf(bytes, whole, "its envelope does not end");
    }
    const recipient = /^Delivered-To: (.*)$/s.exec(line)?.[1];
    if (recipient !== undefined && (named !== undefined || recipients.length === 0)) {
      recipients.push(recipient);
      continue;
    }
    if (recipients.length === 0) return unreadable("its second line is not Delivered-To: …");
    if (named === undefined) return foreign(name, sender, recipients[0] ?? "", prefix, at);
    const own = /^X-Qrelay-Entry: (.*)$/s.exec(line)?.[1];
    if (own === undefined) return unreadable("its X-Qrelay-Entry line is missing");
    return ours(lines, named, sender, recipients, readFields(own), whole);
  }
}

function ours(
  lines: LineReader,
  named: { id: string; born: number },
  sender: string,
  addresses: readonly string[],
  fields: Record<string, string>,
  whole: boolean,
): ParsedHead {
  const recipients: Recipient[] = addresses.map((address) => ({ address }));
  for (;;) {
    const at = lines.offset;
    const line = lines.next();
    if (line === undefined && !whole) return { kind: "more" };
    const said = line === undefined ? null : /^X-Qrelay-Rcpt: (\d+) (.*)$/s.exec(line);
    if (said === null) {
      const id = fields.id ?? "";
      if (!isMailId(id) || id !== named.id) return unreadable(`its id "${id}" is not the one in its name`);
      return {
        kind: "head",
        head: headOf(id, secondsOf(fields.born) ?? named.born, sender, recipients, fields),
        offset: at,
      };
    }
    const index = Number(said[1]) - 1;
    const recipient = recipients[index];
    if (recipient === undefined) return unreadable(`it speaks of recipient ${said[1]}, which it does not have`);
    const { notify, orcpt } = readFields(said[2] ?? "");
    recipients[index] = {
      ...recipient,
      ...(notify === undefined ? {} : { notify }),
      ...(orcpt === undefined ? {} : { orcpt }),
    };
  }
}

function headOf(
  id: string,
  born: number,
  sender: string,
  recipients: readonly Recipient[],
  fields: Readonly<Record<string, string>>,
): EntryHead {
  const ret = fields.ret;
  const envelope: Envelope = {
    sender: unquoteAddress(sender),
    recipients,
    ...(ret === "FULL" || ret === "HDRS" ? { ret } : {}),
    ...(fields.envid === undefined ? {} : { envid: fields.envid }),
    ...(fields.smtputf8 === "1" ? { smtputf8: true } : {}),
  };
  const rest = Object.fromEntries(Object.entries(fields).filter(([key]) => !KNOWN_FIELDS.has(key)));
  return { id, born, envelope, fields: rest };
}

/** An entry that qmail-local wrote: one recipient, prefix to strip, id and birth from the name. */
function foreign(name: string, sender: string, recipient: string, prefix: string, offset: number): ParsedHead {
  if (!recipient.startsWith(prefix)) return unreadable(`its recipient "${recipient}" does not begin with "${prefix}"`);
  const born = secondsOf(/^\d+/.exec(name)?.[0]) ?? 0;
  const head = headOf(
    derivedMailId(name.split(":")[0] ?? name),
    born,
    sender,
    [{ address: recipient.slice(prefix.length) }],
    {},
  );
  return { kind: "head", head, offset };
}

/** A time that a Date can hold (until the year 5138); what is damaged must not become NaN, which is never due. */
function secondsOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,11}$/.test(text) ? Number(text) : undefined;
}

function shortOf(bytes: Uint8Array, whole: boolean, reason: string): ParsedHead {
  if (!whole && bytes.length < MAX_HEAD) return { kind: "more" };
  return unreadable(reason);
}

function unreadable(reason: string): ParsedHead {
  return { kind: "unreadable", reason };
}

/** `key=value` pairs; a value has its blanks, percent signs and control characters percent-encoded. */
function writeFields(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([key, value]) => `${key}=${value.replace(/[^\x21-\x24\x26-\x7e]/gu, (char) => encodeURIComponent(char))}`)
    .join(" ");
}

function readFields(text: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const pair of text.split(" ")) {
    const equals = pair.indexOf("=");
    if (equals > 0) fields[pair.slice(0, equals)] = decodeField(pair.slice(equals + 1));
  }
  return fields;
}

function decodeField(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Written by hand or by another version: shown as it stands rather than losing the entry.
    return text;
  }
}

class LineReader {
  readonly #bytes: Buffer;
  offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The next complete line without its LF, or undefined. */
  next(): string | undefined {
    const end = this.#bytes.indexOf(10, this.offset);
    if (end < 0) return undefined;
    const line = this.#bytes.toString("utf8", this.offset, end);
    this.offset = end + 1;
    return line;
  }
}
