import type { Envelope, Recipient } from "#shared/mail/envelope.js";
import type { Outcome } from "#shared/mail/outcome.js";
import type { EntryHead } from "./entry.ts";
import { believableAge, nextRetry } from "./retry.ts";

/**
 * What outcomes mean for an entry (pure). An entry leaves its queue only when each recipient is
 * delivered, or failed and the bounce is itself durable (P2): `bounce` and `notice` come first,
 * `next` after.
 */
export interface SettlePolicy {
  /** Seconds after which a deferral becomes a failure. */
  readonly lifetime: number;
  /** Seconds after which the sender is told, once, that it takes longer. */
  readonly delayNotice: number;
  /** The retry step (`retry.ts`). */
  readonly step: number;
}

export interface Report {
  readonly recipient: Recipient;
  readonly outcome: Outcome & { readonly kind: "failed" | "deferred" };
}

export interface Settlement {
  /** Failed recipients whose sender must be told; empty when nobody is to be told. */
  readonly bounce: readonly Report[];
  /** Deferred recipients whose sender is told of the delay now. */
  readonly notice: readonly Report[];
  /** Every recipient's final word, after expiry: what is logged. */
  readonly outcomes: readonly { readonly recipient: Recipient; readonly outcome: Outcome }[];
  readonly next:
    | { readonly kind: "remove" }
    /** `changed` is the head to write when it differs from the one on disk. `nextAt` in seconds. */
    | { readonly kind: "keep"; readonly changed?: EntryHead; readonly nextAt: number };
}

/** The sender of a bounce of a bounce, as qmail has it: what fails for it is dropped with a log line. */
export const DOUBLE_BOUNCE_SENDER = "#@[]";

/**
 * @param outcomes one per recipient of `head`; a missing one is a deferral
 * @param now seconds since 1970
 * @param onDisk the head as it stands in the file, when `head` is what an expansion has made of it
 */
export function settlement(
  head: EntryHead,
  outcomes: readonly Outcome[],
  now: number,
  policy: SettlePolicy,
  onDisk: EntryHead = head,
): Settlement {
  const age = believableAge(head.born, now);
  const expired = age > policy.lifetime;
  const judged = head.envelope.recipients.map((recipient, index) => ({
    recipient,
    outcome: judge(outcomes[index], expired, policy.lifetime),
  }));
  const waiting = judged.filter(({ outcome }) => outcome.kind === "deferred");
  const failures = judged.filter(isReport("failed"));
  const bounce = failures.filter(({ recipient }) => wants(recipient, "FAILURE"));
  if (waiting.length === 0) return { bounce, notice: [], outcomes: judged, next: { kind: "remove" } };

  const notice = delayIsDue(head, age, policy)
    ? waiting.filter(isReport("deferred")).filter(({ recipient }) => wants(recipient, "DELAY"))
    : [];
  const envelope: Envelope = { ...head.envelope, recipients: waiting.map(({ recipient }) => recipient) };
  const fields = notice.length > 0 ? { ...head.fields, noticed: "1" } : head.fields;
  const same = head === onDisk && waiting.length === judged.length && fields === head.fields;
  const nextAt = nextRetry(head.born, now, policy.step);
  return {
    bounce,
    notice,
    outcomes: judged,
    next: { kind: "keep", nextAt, ...(same ? {} : { changed: { ...head, envelope, fields } }) },
  };
}

/** No answer for a recipient is a deferral (QMTP: a missing reply is temporary), and age ends deferrals. */
function judge(outcome: Outcome | undefined, expired: boolean, lifetime: number): Outcome {
  const known: Outcome = outcome ?? { kind: "deferred", status: "4.4.2", text: "no answer came for this recipient" };
  if (known.kind !== "deferred" || !expired) return known;
  return { ...known, kind: "failed", status: "5.4.7", text: `given up after ${inWords(lifetime)}: ${known.text}` };
}

function inWords(seconds: number): string {
  if (seconds >= 2 * 86_400) return `${Math.round(seconds / 86_400)} days`;
  return seconds >= 2 * 3600
    ? `${Math.round(seconds / 3600)} hours`
    : `${Math.max(1, Math.round(seconds / 60))} minutes`;
}

function delayIsDue(head: EntryHead, age: number, policy: SettlePolicy): boolean {
  if (head.fields.noticed === "1" || age < policy.delayNotice) return false;
  return head.envelope.sender !== "" && head.envelope.sender !== DOUBLE_BOUNCE_SENDER;
}

/** RFC 3461 §4.1: NEVER means nothing at all; without NOTIFY failures are reported and delays may be. */
function wants(recipient: Recipient, word: "FAILURE" | "DELAY"): boolean {
  return recipient.notify === undefined || recipient.notify.split(",").includes(word);
}

function isReport<K extends "failed" | "deferred">(kind: K) {
  return (item: {
    recipient: Recipient;
    outcome: Outcome;
  }): item is { recipient: Recipient; outcome: Outcome & { kind: K } } => item.outcome.kind === kind;
}
