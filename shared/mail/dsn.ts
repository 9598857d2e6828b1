import { quoteAddress } from "./address.ts";
import { type StatusInput, statusPart } from "./dsn-status.ts";
import { type NoticeInput, noticeText } from "./dsn-text.ts";
import { decodeWords, encodeWords, headerSafe } from "./header-text.ts";
import { rfc5322Date } from "./received.ts";

export type { DsnRecipient } from "./dsn-status.ts";

/** What a delivery status notification is made of. All text may come from strangers. */
export interface DsnInput extends StatusInput {
  /** Address the notice is from; it must accept mail. */
  readonly from: string;
  /** Reverse path of the message; never empty, for a bounce is not answered (RFC 3464 §2). */
  readonly to: string;
  /** Message-ID of the notice, with or without angle brackets. */
  readonly messageId: string;
  /** MIME boundary; lengthened when the content happens to hold it. */
  readonly boundary: string;
  readonly original: {
    /** The header as it came, LF or CRLF lines. */
    readonly headers: Uint8Array;
    readonly messageId?: string;
    readonly subject?: string;
  };
}

interface Part {
  readonly type: string;
  readonly description: string;
  readonly body: string;
}

/** RFC 2046 §5.1.1 allows 70; the rest is room to lengthen it. */
const MAX_BOUNDARY = 50;

/**
 * A whole notice (RFC 3464 in a multipart/report of RFC 6522), LF lines: words for people, fields for
 * programs, and the header of the original. It is sent with the null sender. Throws when `to` is empty.
 */
export function buildDsn(input: DsnInput): Uint8Array {
  if (input.to === "") throw new RangeError("Cannot build a delivery notice for the null sender");
  const parts = [textPart(input), reportPart(input), headersPart(input.original.headers)];
  const boundary = freeBoundary(input.boundary, parts);
  const body = parts.map((part) => `--${boundary}\n${mimeHeader(part)}\n${part.body}`).join("\n");
  const eightBit = parts.some((part) => !isAscii(part.body));
  return Buffer.from(`${messageHeader(input, boundary, eightBit)}\n${body}\n--${boundary}--\n`, "utf8");
}

function messageHeader(input: DsnInput, boundary: string, eightBit: boolean): string {
  const answered = messageIdValue(input.original.messageId ?? "");
  return [
    `From: Mail system <${mailbox(input.from)}>`,
    `To: <${mailbox(input.to)}>`,
    `Subject: ${encodeWords(subject(input))}`,
    `Date: ${rfc5322Date(input.date)}`,
    `Message-ID: ${messageIdValue(input.messageId) ?? "<invalid@invalid>"}`,
    ...(answered === undefined ? [] : [`In-Reply-To: ${answered}`, `References: ${answered}`]),
    // RFC 3834 §5; RFC 3464 leaves it open, and answering machines look for it.
    "Auto-Submitted: auto-replied",
    "MIME-Version: 1.0",
    "Content-Type: multipart/report; report-type=delivery-status;",
    ` boundary="${boundary}"`,
    `Content-Transfer-Encoding: ${eightBit ? "8bit" : "7bit"}`,
    "",
  ].join("\n");
}

/** Characters of the original subject that are repeated. */
const MAX_SUBJECT = 150;

function subject(input: DsnInput): string {
  const what = input.kind === "failed" ? "Your message could not be delivered" : "Your message is delayed";
  const original = headerSafe(decodeWords(input.original.subject ?? ""), MAX_SUBJECT);
  return original === "" ? what : `${what}: ${original}`;
}

/** `<local@domain>` of any kind, or nothing: a wrong one would only break threads. */
function messageIdValue(text: string): string | undefined {
  const bare = text.trim().replace(/^<|>$/g, "");
  return /^[!-;=?-~]{1,800}$/.test(bare) ? `<${bare}>` : undefined;
}

/** Address for a header, where brackets and commas in a domain would begin another address. */
function mailbox(address: string): string {
  const safe = headerSafe(address);
  const at = safe.lastIndexOf("@") + 1;
  return quoteAddress(at === 0 ? safe : safe.slice(0, at) + safe.slice(at).replace(/[^\p{L}\p{M}\p{N}.:[\]_-]/gu, "?"));
}

function textPart(input: NoticeInput): Part {
  return { type: "text/plain; charset=utf-8", description: "Notification", body: noticeText(input) };
}

function reportPart(input: StatusInput): Part {
  return { type: "message/delivery-status", description: "Delivery report", body: statusPart(input) };
}

/** Headers with 8-bit bytes may not be called text/rfc822-headers (RFC 6533 §4). */
function headersPart(headers: Uint8Array): Part {
  const text = cleanLines(headers);
  const type = isAscii(text) ? "text/rfc822-headers" : "message/global-headers";
  return { type, description: "Header of your message", body: text };
}

/** LF lines, without the characters that mail may not carry (RFC 5321 §2.3.8, RFC 5322 §4), ending in one LF. */
function cleanLines(bytes: Uint8Array): string {
  const text = new TextDecoder()
    .decode(bytes)
    .replaceAll("\r\n", "\n")
    .replace(/[\r\0]/g, " ");
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

function mimeHeader(part: Part): string {
  return [
    `Content-Type: ${part.type}`,
    `Content-Description: ${part.description}`,
    `Content-Transfer-Encoding: ${isAscii(part.body) ? "7bit" : "8bit"}`,
    "",
  ].join("\n");
}

/** A stranger who guesses the boundary could otherwise forge parts of our notice. */
function freeBoundary(wanted: string, parts: readonly Part[]): string {
  let boundary = wanted.replace(/[^A-Za-z0-9_.=-]/g, "").slice(0, MAX_BOUNDARY) || "=_report";
  let suffix = 0;
  while (parts.some((part) => part.body.includes(`--${boundary}`)))
    boundary = `${boundary.slice(0, MAX_BOUNDARY)}.${++suffix}`;
  return boundary;
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}
