import { randomBytes } from "node:crypto";
import { buildDsn } from "#shared/mail/dsn.js";
import { HeaderScanner } from "#shared/mail/header.js";
import { derivedMailId } from "#shared/mail/mail-id.js";
import type { Accept } from "./accept.ts";
import { type Policies, policyFields, policyOf } from "./policies.ts";
import type { OpenEntry } from "./queue.ts";
import { DOUBLE_BOUNCE_SENDER, type Report } from "./settlement.ts";
import { Spool } from "./spool.ts";

/**
 * Tells the sender of an entry what became of it: a new message through the same front door, durable
 * when this returns. Its mail id follows from the entry and the recipients, so that doing it again
 * after a crash is recognised wherever ids are remembered.
 */
export interface ReportContext {
  readonly accept: Accept;
  readonly partial: string;
  readonly host: string;
  /** Where bounces of bounces go; a local address of this node. */
  readonly postmaster: string;
  readonly policies?: Policies;
  readonly log: (event: string, fields: Record<string, unknown>) => void;
  readonly now: () => number;
}

/** Bytes of the message read to find its header; HeaderScanner keeps less for the report. */
const HEADER_READ = 256 * 1024;

/**
 * @returns false when the report could not be made durable: the entry must stay as it is.
 * A failed report (null sender) goes to postmaster; a failed double bounce is dropped with a log line.
 */
export async function sendReport(
  context: ReportContext,
  open: OpenEntry,
  kind: "failed" | "delayed",
  reports: readonly Report[],
  willRetryUntil: Date | undefined,
): Promise<boolean> {
  const { head } = open;
  const { sender } = head.envelope;
  const recipients = reports.map(({ recipient }) => recipient.address);
  if (sender === DOUBLE_BOUNCE_SENDER) {
    for (const { recipient, outcome } of reports) {
      context.log("double-bounce", {
        mail: head.id,
        recipient: recipient.address,
        outcome: "dropped",
        text: outcome.text,
      });
    }
    return true;
  }
  const header = await scanHeader(open);
  // Nobody waits for a newsletter or for a machine's answer (RFC 3834 §2); the failure, if it comes, is reported.
  if (kind === "delayed" && isBulk(header)) return true;
  const double = sender === "";
  const last = lastResorts(context, head.fields);
  const to = double ? last[0] : sender;
  const mailId = derivedMailId(kind, head.id, ...recipients);
  const dsn = dsnBytes(context, open, header, kind, reports, to, mailId, willRetryUntil);
  const lost = kind === "failed" && !double ? "tell" : "drop";
  const { policy } = head.fields;
  const letter = { dsn, to, sender: double ? DOUBLE_BOUNCE_SENDER : "", mailId, lost, policy } as const;
  const acceptance = await acceptReport(context, letter);
  const others = double ? last.slice(1) : last;
  if (acceptance.kind === "refused" && others.length > 0) {
    // The address does not exist: what was lost is for whoever takes the lost.
    const again = await acceptDouble(context, letter, others);
    context.log("double-bounce", {
      mail: head.id,
      report: mailId,
      recipient: to,
      outcome: again.kind,
      text: acceptance.text,
    });
    return again.kind !== "deferred";
  }
  if (acceptance.kind === "deferred") return false;
  const event = kind === "delayed" ? "delay-notice" : double ? "double-bounce" : "bounced";
  context.log(event, { mail: head.id, report: mailId, recipient: to, outcome: acceptance.kind, for: recipients });
  return true;
}

/** Who gets what can be told to nobody else: whom the policy names, then postmaster. */
function lastResorts(context: ReportContext, fields: Readonly<Record<string, string>>): [string, ...string[]] {
  const named = policyOf(context, fields)?.doubleBounceTo;
  return named === undefined ? [context.postmaster] : [named, context.postmaster];
}

function isBulk(header: HeaderScanner): boolean {
  const automatic = header.field("auto-submitted") ?? "no";
  return (
    header.field("list-id") !== undefined ||
    /^(bulk|list|junk)$/i.test(header.field("precedence") ?? "") ||
    !/^no\b/i.test(automatic)
  );
}

function dsnBytes(
  context: ReportContext,
  open: OpenEntry,
  scanner: HeaderScanner,
  kind: "failed" | "delayed",
  reports: readonly Report[],
  to: string,
  mailId: string,
  willRetryUntil: Date | undefined,
): Uint8Array {
  const { head } = open;
  const messageId = scanner.field("message-id");
  const subject = scanner.field("subject");
  return buildDsn({
    kind,
    reportingMta: context.host,
    from: policyOf(context, head.fields)?.bounceFrom ?? `MAILER-DAEMON@${context.host}`,
    to,
    date: new Date(context.now()),
    messageId: `<${mailId}@${context.host}>`,
    boundary: `qrelay-${randomBytes(12).toString("hex")}`,
    ...(head.envelope.envid === undefined ? {} : { envid: head.envelope.envid }),
    ...(head.born > 0 ? { arrival: new Date(head.born * 1000) } : {}),
    original: {
      headers: scanner.kept,
      ...(messageId === undefined ? {} : { messageId }),
      ...(subject === undefined ? {} : { subject }),
    },
    recipients: reports.map(({ recipient, outcome }) => ({
      address: recipient.address,
      outcome,
      ...(recipient.orcpt === undefined ? {} : { orcpt: recipient.orcpt }),
      ...(willRetryUntil === undefined ? {} : { willRetryUntil }),
    })),
  });
}

/** The header of an entry's message, from its first bytes. */
export async function scanHeader(open: OpenEntry): Promise<HeaderScanner> {
  const scanner = new HeaderScanner();
  let read = 0;
  for await (const piece of open.message()) {
    scanner.feed(piece);
    read += piece.length;
    if (scanner.done || read >= HEADER_READ) break;
  }
  scanner.end();
  return scanner;
}

interface Letter {
  readonly dsn: Uint8Array;
  readonly to: string;
  readonly sender: string;
  readonly mailId: string;
  /**
   * What is owed when the report itself cannot be delivered: "tell" the postmaster (a double bounce), or nothing, for a
   * notice of delay and for what the postmaster cannot get either.
   */
  readonly lost: "tell" | "drop";
  /** Of the entry that it is about. */
  readonly policy: string | undefined;
}

/** The first of these that takes it. */
async function acceptDouble(context: ReportContext, letter: Letter, others: readonly string[]) {
  let again: Awaited<ReturnType<typeof acceptReport>> = { kind: "refused", text: "" };
  for (const to of others) {
    const mailId = derivedMailId("double", letter.mailId, to);
    again = await acceptReport(context, { ...letter, to, mailId, sender: DOUBLE_BOUNCE_SENDER, lost: "drop" });
    if (again.kind !== "refused") break;
  }
  return again;
}

async function acceptReport(context: ReportContext, { dsn, to, sender, mailId, lost, policy }: Letter) {
  const spool = new Spool(context.partial);
  try {
    await spool.write(dsn);
    const { outcomes } = await context.accept({
      envelope: { sender, recipients: [{ address: to, ...(lost === "tell" ? {} : { notify: "NEVER" }) }] },
      spool,
      origin: { relay: true },
      peer: { from: "local", with: "local" },
      mailId,
      ...policyFields(policy),
      once: true,
      refusals: "answer",
    });
    const outcome = outcomes[0];
    return {
      kind:
        outcome === undefined ? ("deferred" as const) : outcome.kind === "failed" ? ("refused" as const) : outcome.kind,
      text: outcome?.text ?? "",
    };
  } finally {
    await spool.discard();
  }
}
