import { isIP } from "node:net";
import { asciiSafe } from "./header-text.ts";
import type { Outcome } from "./outcome.ts";
import { rfc5322Date } from "./received.ts";
import { decodeXtext } from "./xtext.ts";

/** One recipient the notice is about. */
export interface DsnRecipient {
  readonly address: string;
  /** ORCPT as given: `type;address` in xtext. */
  readonly orcpt?: string;
  readonly outcome: Outcome & { readonly kind: "failed" | "deferred" };
  /** Until when delivery is tried; for delays. */
  readonly willRetryUntil?: Date;
  /** Words for the sender in place of the standard advice. */
  readonly explanation?: string;
}

export interface StatusInput {
  readonly kind: "failed" | "delayed";
  /** Name of the node that gives notice. */
  readonly reportingMta: string;
  readonly date: Date;
  /** ENVID as given, in xtext. */
  readonly envid?: string;
  /** When the message came to us. */
  readonly arrival?: Date;
  readonly recipients: readonly DsnRecipient[];
}

type Field = readonly [name: string, value: string | undefined];

/** Body of message/delivery-status (RFC 3464 §2): one block about the message, one for each recipient. ASCII only. */
export function statusPart(input: StatusInput): string {
  const blocks = [messageFields(input), ...input.recipients.map((recipient) => recipientFields(input, recipient))];
  return blocks.map(writeFields).join("\n");
}

function messageFields(input: StatusInput): Field[] {
  return [
    ["Reporting-MTA", mtaName(input.reportingMta)],
    ["Original-Envelope-Id", input.envid === undefined ? undefined : decodeXtext(input.envid)],
    ["Arrival-Date", input.arrival && rfc5322Date(input.arrival)],
  ];
}

function recipientFields(input: StatusInput, recipient: DsnRecipient): Field[] {
  const { outcome, willRetryUntil } = recipient;
  return [
    ["Original-Recipient", originalRecipient(recipient.orcpt)],
    ["Final-Recipient", typedAddress(recipient.address)],
    ["Action", input.kind],
    ["Status", enhancedStatus(outcome)],
    ["Remote-MTA", outcome.remote === undefined ? undefined : mtaName(outcome.remote)],
    ["Diagnostic-Code", diagnostic(outcome)],
    ["Last-Attempt-Date", rfc5322Date(input.date)],
    ["Will-Retry-Until", input.kind === "delayed" && willRetryUntil ? rfc5322Date(willRetryUntil) : undefined],
  ];
}

function writeFields(fields: readonly Field[]): string {
  const lines = fields.map(([name, value]) => {
    const safe = asciiSafe(value ?? "");
    return safe === "" ? "" : `${name}: ${safe}\n`;
  });
  return lines.join("");
}

/** A spoke often has a name that no DNS knows (RFC 3464 §2.2.2). */
function mtaName(name: string): string {
  if (isIP(name) !== 0) return `dns; [${name.includes(":") ? "IPv6:" : ""}${name}]`;
  return name.includes(".") ? `dns; ${name}` : `x-local-hostname; ${name}`;
}

/** RFC 3461 §4.2 has the address in xtext, RFC 3464 §2.3.1 has it plain. */
function originalRecipient(orcpt: string | undefined): string | undefined {
  const [, type, encoded] = /^([A-Za-z0-9-]+);(.+)$/.exec(orcpt ?? "") ?? [];
  if (type === undefined || encoded === undefined) return undefined;
  // utf-8 addresses come in their own encoding, or raw with SMTPUTF8 (RFC 6533 §3).
  const address = type.toLowerCase() === "utf-8" ? encoded : decodeXtext(encoded);
  return address === undefined ? undefined : `${type};${embedUnicode(address)}`;
}

function typedAddress(address: string): string {
  if (/^[\x20-\x7e]*$/.test(address)) return `rfc822;${address}`;
  return `utf-8;${embedUnicode(address.replace(/[\\+=]/g, codePoint))}`;
}

/** The form that RFC 6533 §3 has for 7-bit reports. */
function embedUnicode(text: string): string {
  return text.replace(/\P{ASCII}/gu, codePoint);
}

function codePoint(char: string): string {
  return `\\x{${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, "0")}}`;
}

/** x.y.z, its class in keeping with the action: a reader believes the class. */
function enhancedStatus(outcome: DsnRecipient["outcome"]): string {
  const level = outcome.kind === "failed" ? "5" : "4";
  const [, detail] = /^[245](\.\d{1,3}\.\d{1,3})$/.exec(outcome.status) ?? [];
  return `${level}${detail ?? ".0.0"}`;
}

/** An SMTP reply keeps its type (RFC 3464 §2.3.6); everything else is our own wording. */
function diagnostic(outcome: DsnRecipient["outcome"]): string {
  const isReply = outcome.remote !== undefined && /^[2-5]\d\d[ -]/.test(outcome.text);
  return `${isReply ? "smtp" : "x-qrelay"}; ${outcome.text}`;
}
