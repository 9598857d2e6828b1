import type { Outcome } from "#shared/mail/outcome.js";
import type { OpenEntry } from "#shared/queue/queue.js";

/** What a drain did so far. */
export interface SendReport {
  /** Entries the peer took for at least one recipient. */
  readonly messages: number;
  readonly recipients: number;
  /** Size of those messages as stored. */
  readonly bytes: number;
  readonly failed: readonly { recipient: string; status: string; reason: string }[];
  readonly deferred: number;
  readonly ended: "drained" | "limit" | "cut" | "stopped";
  readonly reason?: string;
}

export type Tally = Omit<SendReport, "ended" | "reason">;

export const NOTHING_SENT: Tally = { messages: 0, recipients: 0, bytes: 0, deferred: 0, failed: [] };

/** The tally with one more answered entry (pure). */
export function counted(
  tally: Tally,
  { head, size }: Pick<OpenEntry, "head" | "size">,
  outcomes: readonly Outcome[],
): Tally {
  const taken = outcomes.filter(({ kind }) => kind === "delivered").length;
  const refusals = outcomes.flatMap((outcome, index) =>
    outcome.kind === "failed"
      ? [{ recipient: head.envelope.recipients[index]?.address ?? "", status: outcome.status, reason: outcome.text }]
      : [],
  );
  return {
    messages: tally.messages + (taken > 0 ? 1 : 0),
    recipients: tally.recipients + taken,
    bytes: tally.bytes + (taken > 0 ? size : 0),
    deferred: tally.deferred + outcomes.filter(({ kind }) => kind === "deferred").length,
    failed: refusals.length === 0 ? tally.failed : [...tally.failed, ...refusals],
  };
}
