import type { Recipient } from "#shared/mail/envelope.js";
import type { Outcome } from "#shared/mail/outcome.js";
import type { EntryHead } from "./entry.ts";
import { settlePolicyOf } from "./policies.ts";
import type { OpenEntry, Queue } from "./queue.ts";
import { type ReportContext, sendReport } from "./report.ts";
import { nextRetry } from "./retry.ts";
import { type Settlement, type SettlePolicy, settlement } from "./settlement.ts";
import { noteTrace, originOfFields, type Trace } from "./trace.ts";

/**
 * Turns outcomes into what happens to an entry, in the order that P2 wants: first the reports are durable,
 * then the entry is removed or replaced. A crash in between repeats the report under the same mail id.
 */
export interface SettleContext extends ReportContext {
  /** Of entries that have none of their own. */
  readonly policy: SettlePolicy;
  readonly trace?: Trace;
  /** The link that the queue is emptied over, as the configuration names it: for the trace. */
  readonly via?: string;
}

/** What is left: "gone", or when the entry is to be tried next (seconds since 1970). */
export type Settled = { readonly kind: "gone" } | { readonly kind: "kept"; readonly nextAt: number };

export async function settle(
  context: SettleContext,
  queue: Queue,
  open: OpenEntry,
  outcomes: readonly Outcome[],
  head = open.head,
): Promise<Settled> {
  const seconds = Math.floor(context.now() / 1000);
  const policy = settlePolicyOf(context, head.fields, context.policy);
  const plan = settlement(head, outcomes, seconds, policy, open.head);
  const until = new Date((head.born + policy.lifetime) * 1000);
  const bounced = plan.bounce.length === 0 || (await sendReport(context, open, "failed", plan.bounce, undefined));
  const noticed = plan.notice.length === 0 || (await sendReport(context, open, "delayed", plan.notice, until));
  if (!bounced || !noticed) {
    // Who has the message must not get it again because somebody else's report could not be written.
    const left = plan.outcomes.filter(({ outcome }) => outcome.kind !== "delivered").map(({ recipient }) => recipient);
    if (left.length < plan.outcomes.length) await queue.rewrite(open, forRecipientsOf(head, left));
    return { kind: "kept", nextAt: nextRetry(head.born, seconds, policy.step) };
  }
  for (const { recipient, outcome } of plan.outcomes) {
    context.log(outcome.kind, {
      mail: head.id,
      queue: queue.name,
      recipient: recipient.address,
      outcome: outcome.kind,
      ...(outcome.kind === "delivered" ? {} : { status: outcome.status }),
      text: outcome.text,
      ...(outcome.remote === undefined ? {} : { remote: outcome.remote }),
    });
  }
  noteSettled(context, queue, head, plan.outcomes);
  if (plan.next.kind === "remove") {
    await queue.remove(open.entry);
    return { kind: "gone" };
  }
  if (plan.next.changed !== undefined) await queue.rewrite(open, plan.next.changed);
  return { kind: "kept", nextAt: plan.next.nextAt };
}

/** Before the entry goes: a crash in between settles it again. */
function noteSettled(context: SettleContext, queue: Queue, head: EntryHead, outcomes: Settlement["outcomes"]): void {
  noteTrace(context, (trace) =>
    trace.settled({
      mailId: head.id,
      origin: originOfFields(head.fields),
      place: queue.name,
      ...(context.via === undefined ? {} : { via: context.via }),
      outcomes: outcomes.map(({ recipient, outcome }) => ({ recipient: recipient.address, outcome })),
      at: context.now(),
    }),
  );
}

function forRecipientsOf(head: EntryHead, recipients: readonly Recipient[]): EntryHead {
  return { ...head, envelope: { ...head.envelope, recipients } };
}
