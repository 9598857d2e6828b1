import { type StatusInput, statusPart } from "./dsn-status.ts";
import { type NoticeInput, noticeText } from "./dsn-text.ts";
import { decodeWords, encodeWords, headerAddress, headerSafe } from "./header-text.ts";
import { cleanLines, isAscii, multipart, type Part } from "./multipart.ts";
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

/**
 * A whole notice (RFC 3464 in a multipart/report of RFC 6522), LF lines: words for people, fields for
 * programs, and the header of the original. It is sent with the null sender. Throws when `to` is empty.
 */
export function buildDsn(input: DsnInput): Uint8Array {
  if (input.to === "") throw new RangeError("Cannot build a delivery notice for the null sender");
  const parts = [textPart(input), reportPart(input), headersPart(input.original.headers)];
  const { boundary, encoding, body } = multipart(parts, input.boundary);
  return Buffer.from(`${messageHeader(input, boundary, encoding)}\n${body}`, "utf8");
}

function messageHeader(input: DsnInput, boundary: string, encoding: string): string {
  const answered = messageIdValue(input.original.messageId ?? "");
  return [
    `From: Mail system <${headerAddress(input.from)}>`,
    `To: <${headerAddress(input.to)}>`,
    `Subject: ${encodeWords(subject(input))}`,
    `Date: ${rfc5322Date(input.date)}`,
    `Message-ID: ${messageIdValue(input.messageId) ?? "<invalid@invalid>"}`,
    ...(answered === undefined ? [] : [`In-Reply-To: ${answered}`, `References: ${answered}`]),
    // RFC 3834 §5; RFC 3464 leaves it open, and answering machines look for it.
    "Auto-Submitted: auto-replied",
    "MIME-Version: 1.0",
    "Content-Type: multipart/report; report-type=delivery-status;",
    ` boundary="${boundary}"`,
    `Content-Transfer-Encoding: ${encoding}`,
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
