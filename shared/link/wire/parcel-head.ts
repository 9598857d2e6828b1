import { createHash } from "node:crypto";
import { CLASSES, type ParcelHeader } from "#shared/link/parcel.js";
import type { Recipient } from "#shared/mail/envelope.js";
import { mailIdBytes, newMailId } from "#shared/mail/mail-id.js";
import { addressOfOrcpt, orcptOfAddress, readAddress, writeAddress } from "./address-reference.ts";
import { MAX_RECIPIENTS } from "./answer.ts";
import { FieldReader, FieldWriter, MalformedFrameError } from "./bytes.ts";

/** How a body was encoded; undone in the reverse order. The first four are numbered in the first byte. */
export const CODECS = ["raw", "brotli", "mixing", "brotli-alone", "zstd"] as const;
export type Codec = (typeof CODECS)[number];

export interface Encoding {
  /** Base64 bodies were unwrapped first. */
  readonly unwrapped: boolean;
  readonly codec: Codec;
}

/** Which history the encoding assumes: a base that both ends have, and the first parcels completed after it. */
export interface Assumed {
  /** Named only when it changes: own direction and opposite direction, states as 16 hex digits. */
  readonly base?: { readonly own: string; readonly other: string };
  /** Parcels completed in this session since the base was named. */
  readonly completed: number;
}

/** What a parcel frame says before the body. */
export type Intro =
  | {
      readonly kind: "fresh";
      readonly header: ParcelHeader;
      readonly encoding: Encoding;
      readonly encodedLength: number;
      readonly assumed: Assumed;
    }
  /** A body that was begun in an earlier session goes on; its header is known there. */
  | { readonly kind: "resumed"; readonly id: string; readonly offset: number; readonly encodedLength: number };

/** One byte: kind, resumed, extra, unwrapped, two bits of class, two of codec. */
const BIT = { receipts: 1, resumed: 2, extra: 4, unwrapped: 8 } as const;
const CLASS_SHIFT = 4;
const CODEC_SHIFT = 6;

/** `zstd`: in place of brotli, with the same history. */
const EXTRA = { full: 1, headers: 2, envid: 4, smtputf8: 8, fields: 16, zstd: 32 } as const;
const RCPT = { notify: 1, orcptAddress: 2, orcptText: 4 } as const;
const MAX_WORD = 1000;
const MAX_FIELDS = 64;
const ID_BYTES = 8;
/** 16 characters of base32. */
const MAIL_ID_BYTES = 10;
const ASSUME_BASE = 0;
const ASSUME_SESSION = 1;

/** @param known addresses that both ends know by the assumed history, most useful first */
export function writeIntro(intro: Intro, known: readonly string[]): Uint8Array {
  const to = new FieldWriter();
  if (intro.kind === "resumed")
    return to.byte(BIT.resumed).hex(intro.id).varint(intro.offset).varint(intro.encodedLength).done();
  const { header, encoding, assumed } = intro;
  const zstd = encoding.codec === "zstd";
  const extra = zstd || hasExtra(header);
  to.byte(
    (header.kind === "receipts" ? BIT.receipts : 0) +
      (extra ? BIT.extra : 0) +
      (encoding.unwrapped ? BIT.unwrapped : 0) +
      (CLASSES.indexOf(header.class) << CLASS_SHIFT) +
      (CODECS.indexOf(zstd ? "brotli" : encoding.codec) << CODEC_SHIFT),
  );
  if (assumed.base === undefined) to.varint(ASSUME_SESSION + assumed.completed);
  else to.varint(ASSUME_BASE).hex(assumed.base.own).hex(assumed.base.other);
  to.varint(intro.encodedLength).varint(header.size).hex(header.checksum);
  if (header.kind === "receipts") return to.done();
  to.raw(mailIdBytes(header.mailId ?? ""));
  writeAddress(header.sender, known, to);
  to.varint(header.recipients.length);
  for (const { address } of header.recipients) writeAddress(address, known, to);
  if (extra) writeExtra(header, zstd, known, to);
  return to.done();
}

/** What `readIntro` found; without the history it cannot tell whom the parcel is for. */
export type ReadIntro = Intro | { readonly kind: "history-unknown"; readonly encodedLength: number };

/**
 * @param knownFor the addresses known by an assumed history; undefined when this end does not have it
 * @throws MalformedFrameError
 */
export function readIntro(head: Uint8Array, knownFor: (assumed: Assumed) => readonly string[] | undefined): ReadIntro {
  const from = new FieldReader(head);
  const flags = from.byte();
  if ((flags & BIT.resumed) !== 0)
    return { kind: "resumed", id: from.hex(ID_BYTES), offset: from.varint(), encodedLength: from.varint() };
  const codec = CODECS[flags >> CODEC_SHIFT];
  if (codec === undefined)
    throw new MalformedFrameError("a parcel is encoded in a way that this version does not know");
  const unwrapped = (flags & BIT.unwrapped) !== 0;
  const assumed = readAssumed(from);
  const encodedLength = from.varint();
  const size = from.varint();
  const checksum = from.hex(ID_BYTES);
  const parcelClass = CLASSES[(flags >> CLASS_SHIFT) & 3] ?? "normal";
  // Receipts are sent as they are and assume nothing.
  const known = (flags & BIT.receipts) === 0 ? knownFor(assumed) : [];
  if (known === undefined) return { kind: "history-unknown", encodedLength };
  const common = { class: parcelClass, size, checksum };
  if ((flags & BIT.receipts) !== 0) {
    const header = { ...common, kind: "receipts", sender: "", recipients: [], fields: {} } as const;
    return { kind: "fresh", header, encoding: { codec, unwrapped }, encodedLength, assumed };
  }
  const { zstd, ...mail } = readMail(from, known, (flags & BIT.extra) !== 0);
  const header = { ...common, ...mail, kind: "mail" as const };
  const encoding = { codec: zstd === true && codec === "brotli" ? "zstd" : codec, unwrapped } as const;
  return { kind: "fresh", header, encoding, encodedLength, assumed };
}

/** Names a parcel over cuts: the same mail for the same people. Both ends compute it. 16 hex digits. */
export function parcelId(header: Pick<ParcelHeader, "kind" | "mailId" | "recipients" | "checksum">): string {
  if (header.kind === "receipts") return header.checksum;
  const people = header.recipients.map(({ address }) => address.toLowerCase());
  return createHash("sha256")
    .update([header.mailId, ...people].join("\0"))
    .digest("hex")
    .slice(0, 2 * ID_BYTES);
}

function readAssumed(from: FieldReader): Assumed {
  const said = from.varint();
  if (said !== ASSUME_BASE) return { completed: said - ASSUME_SESSION };
  return { base: { own: from.hex(ID_BYTES), other: from.hex(ID_BYTES) }, completed: 0 };
}

function readMail(from: FieldReader, known: readonly string[], extra: boolean): MailPart {
  const mailId = newMailId(from.raw(MAIL_ID_BYTES));
  const sender = readAddress(from, known);
  const count = from.varint(MAX_RECIPIENTS);
  if (count === 0) throw new MalformedFrameError("a parcel has no recipient");
  const recipients = Array.from({ length: count }, (): Recipient => ({ address: readAddress(from, known) }));
  const mail: MailPart = { mailId, sender, recipients, fields: {} };
  return extra ? readExtra(from, known, mail) : mail;
}

type MailPart = Pick<ParcelHeader, "mailId" | "sender" | "recipients" | "fields" | "ret" | "envid" | "smtputf8"> & {
  readonly zstd?: true;
};

function hasExtra({ ret, envid, smtputf8, recipients, fields }: ParcelHeader): boolean {
  const said = recipients.some(({ notify, orcpt }) => notify !== undefined || orcpt !== undefined);
  return said || ret !== undefined || envid !== undefined || smtputf8 === true || Object.keys(fields).length > 0;
}

function writeExtra(header: ParcelHeader, zstd: boolean, known: readonly string[], to: FieldWriter): void {
  const { ret, envid, smtputf8, fields, recipients } = header;
  const named = Object.entries(fields).slice(0, MAX_FIELDS);
  to.byte(
    (ret === "FULL" ? EXTRA.full : ret === "HDRS" ? EXTRA.headers : 0) +
      (envid === undefined ? 0 : EXTRA.envid) +
      (smtputf8 === true ? EXTRA.smtputf8 : 0) +
      (named.length === 0 ? 0 : EXTRA.fields) +
      (zstd ? EXTRA.zstd : 0),
  );
  if (envid !== undefined) to.text(envid);
  if (named.length > 0) to.varint(named.length);
  for (const [key, value] of named) to.text(key).text(value);
  for (const { notify, orcpt } of recipients) {
    const address = orcpt === undefined ? undefined : addressOfOrcpt(orcpt);
    to.byte(
      (notify === undefined ? 0 : RCPT.notify) +
        (address === undefined ? (orcpt === undefined ? 0 : RCPT.orcptText) : RCPT.orcptAddress),
    );
    if (notify !== undefined) to.text(notify);
    if (address !== undefined) writeAddress(address, known, to);
    else if (orcpt !== undefined) to.text(orcpt);
  }
}

function readExtra(from: FieldReader, known: readonly string[], mail: MailPart): MailPart {
  const bits = from.byte();
  const envid = (bits & EXTRA.envid) === 0 ? undefined : from.text(MAX_WORD);
  const count = (bits & EXTRA.fields) === 0 ? 0 : from.varint(MAX_FIELDS);
  const fields: Record<string, string> = {};
  for (let index = 0; index < count; index += 1) {
    const key = from.text(MAX_WORD);
    const value = from.text(MAX_WORD);
    if (/^[a-z][a-z0-9-]*$/.test(key)) fields[key] = value;
  }
  const recipients = mail.recipients.map((recipient) => readRecipient(from, known, recipient));
  const ret = (bits & EXTRA.full) !== 0 ? "FULL" : (bits & EXTRA.headers) !== 0 ? "HDRS" : undefined;
  return {
    ...mail,
    recipients,
    fields,
    ...(ret === undefined ? {} : { ret }),
    ...(envid === undefined ? {} : { envid }),
    ...((bits & EXTRA.smtputf8) === 0 ? {} : { smtputf8: true }),
    ...((bits & EXTRA.zstd) === 0 ? {} : { zstd: true }),
  };
}

function readRecipient(from: FieldReader, known: readonly string[], recipient: Recipient): Recipient {
  const said = from.byte();
  const notify = (said & RCPT.notify) === 0 ? undefined : from.text(MAX_WORD);
  const orcpt =
    (said & RCPT.orcptAddress) !== 0
      ? orcptOfAddress(readAddress(from, known))
      : (said & RCPT.orcptText) !== 0
        ? from.text(MAX_WORD)
        : undefined;
  return { ...recipient, ...(notify === undefined ? {} : { notify }), ...(orcpt === undefined ? {} : { orcpt }) };
}
