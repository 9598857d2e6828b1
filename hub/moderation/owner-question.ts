import { approvalAddress } from "#shared/mail/approval.js";
import { decodeWords, encodeWords, headerAddress, headerSafe } from "#shared/mail/header-text.js";
import { cleanLines, multipart } from "#shared/mail/multipart.js";
import { rfc5322Date } from "#shared/mail/received.js";

/** What a list's owner is told of a message that is held. All text but our own names may come from strangers. */
export interface OwnerQuestion {
  /** The list's address. */
  readonly list: string;
  readonly owner: string;
  readonly token: string;
  /** Address that the question is from; it must accept mail. */
  readonly from: string;
  /** Host for the Message-ID. */
  readonly host: string;
  readonly mailId: string;
  readonly date: Date;
  /** When the sender gets the message back. */
  readonly until: Date;
  /** The owner was asked before. */
  readonly again: boolean;
  readonly boundary: string;
  readonly held: {
    readonly sender: string;
    readonly subject?: string;
    /** Bytes of the whole message. */
    readonly size: number;
    /** From the first byte on, all of it or the first piece. */
    readonly beginning: Uint8Array;
  };
}

/** Characters of the subject that are repeated. */
const MAX_SUBJECT = 150;
/** Characters of the held message: a screen or two, for the question may cross a thin link. */
const SHOWN = 4000;
/** What a person looks at; a stranger's Received and signature fields alone would fill the screen. */
const SHOWN_FIELDS = /^(from|sender|to|cc|reply-to|subject|date|message-id|content-[a-z-]+)[ \t]*:/i;
/** Characters: below the 998 bytes of a line (RFC 5322 §2.1.1) in any script. */
const MAX_LINE = 240;

/**
 * The question (RFC 3834: auto-generated), LF lines. A reply accepts. It bears the list's Delivered-To line, so that a question that
 * would come to its own list is refused there and asks for no approval.
 */
export function buildOwnerQuestion(question: OwnerQuestion): Uint8Array {
  const text = readable(question.held.beginning);
  const whole = question.held.beginning.length === question.held.size && text.length <= SHOWN;
  const said = whole ? "The message" : "The beginning of the message";
  const parts = [
    { type: "text/plain; charset=utf-8", description: "Question", body: words(question, said) },
    { type: "text/plain; charset=utf-8", description: said, body: inLines(text.slice(0, SHOWN)) },
  ];
  const { boundary, encoding, body } = multipart(parts, question.boundary);
  return Buffer.from(`${header(question, boundary, encoding)}\n${body}`, "utf8");
}

function header(question: OwnerQuestion, boundary: string, encoding: string): string {
  const { list, owner, from, token, host, mailId, date, again } = question;
  const what = `${again ? "Still to approve" : "To approve"} for ${list}`;
  const subject = subjectOf(question);
  return [
    `Delivered-To: ${list}`,
    `From: Mail system <${headerAddress(from)}>`,
    `To: <${headerAddress(owner)}>`,
    `Reply-To: <${headerAddress(approvalAddress(list, "accept", token))}>`,
    `Subject: ${encodeWords(subject === "" ? what : `${what}: ${subject}`)}`,
    `Date: ${rfc5322Date(date)}`,
    `Message-ID: <${mailId}@${host}>`,
    "Auto-Submitted: auto-generated",
    "MIME-Version: 1.0",
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    `Content-Transfer-Encoding: ${encoding}`,
    "",
  ].join("\n");
}

function readable(beginning: Uint8Array): string {
  const text = cleanLines(beginning);
  // A message may have no header at all.
  if (!/^[!-9;-~]+[ \t]*:/.test(text)) return text;
  const end = text.indexOf("\n\n");
  const header = end < 0 ? text : text.slice(0, end);
  const fields = header.split(/\n(?![ \t])/).filter((field) => SHOWN_FIELDS.test(field));
  return `${fields.join("\n")}\n${end < 0 ? "" : text.slice(end + 1)}`;
}

function inLines(text: string): string {
  // Half of a surrogate pair, where it was cut, is no character.
  const short = text.toWellFormed().replace(new RegExp(`(.{${MAX_LINE}})(?=.)`, "gu"), "$1\n");
  return short.endsWith("\n") ? short : `${short}\n`;
}

function words(question: OwnerQuestion, said: string): string {
  const { list, token, held, until } = question;
  const subject = subjectOf(question);
  const link = (verdict: "accept" | "reject"): string => `  mailto:${approvalAddress(list, verdict, token)}`;
  return [
    `A message for the list ${list} is held for you.`,
    "",
    `  From:     ${held.sender === "" ? "nobody (a bounce, or a program)" : headerSafe(held.sender)}`,
    ...(subject === "" ? [] : [`  Subject:  ${subject}`]),
    `  Size:     ${held.size} bytes`,
    "",
    "To send it to the list, reply to this message (what you write is not read),",
    "or write to",
    "",
    link("accept"),
    "",
    "To refuse it (its sender is told so), write to",
    "",
    link("reject"),
    "",
    `Without your word its sender gets it back after ${rfc5322Date(until)}.`,
    "Keep these addresses to yourself: whoever has them can decide.",
    "",
    `${said} follows.`,
    "",
  ].join("\n");
}

function subjectOf({ held }: OwnerQuestion): string {
  return headerSafe(decodeWords(held.subject ?? ""), MAX_SUBJECT);
}
