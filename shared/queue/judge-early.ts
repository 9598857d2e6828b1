import type { Envelope } from "#shared/mail/envelope.js";
import { failed, type Outcome } from "#shared/mail/outcome.js";
import { recalledOutcome } from "./accept.ts";
import type { AcceptContext } from "./arrival.ts";
import { type Entrance, overLimit } from "./policies.ts";
import { type Origin, routeSafely } from "./route.ts";

/** A message that is announced on the link, before its body. */
export interface Announced {
  readonly mailId: string;
  readonly envelope: Envelope;
  readonly origin: Origin;
  /** Bytes of the message. */
  readonly size: number;
}

/** One outcome for each recipient: all were answered before, or all are refused. */
export interface EarlyJudgement {
  readonly kind: "have" | "refused";
  readonly outcomes: readonly Outcome[];
}

const LINK: Entrance = { listener: "link" };

/** What can be said before a body has crossed a dear line; undefined when the body is wanted. */
export function judgeEarly(
  context: AcceptContext,
  { mailId, envelope, origin, size }: Announced,
): EarlyJudgement | undefined {
  const answered = context.memory.recall(
    mailId,
    envelope.recipients.map(({ address }) => address),
  );
  const tooLarge = overLimit(context, LINK, context.policies?.choose(LINK, envelope.sender), size);
  const outcomes: Outcome[] = [];
  for (const { address } of envelope.recipients) {
    const answer = answered.get(address);
    const outcome =
      answer === undefined
        ? tooLarge === undefined
          ? refusal(context, address, { ...origin, sender: envelope.sender }, size)
          : failed("5.3.4", tooLarge)
        : recalledOutcome(answer);
    if (outcome === undefined) return undefined;
    outcomes.push(outcome);
  }
  remember(context, mailId, envelope, outcomes);
  return { kind: answered.size === envelope.recipients.length ? "have" : "refused", outcomes };
}

function refusal(context: AcceptContext, address: string, origin: Origin, size: number): Outcome | undefined {
  // Whether it has been here before is known from its header, which is still to come.
  const route = routeSafely(context, address, origin, { deliveredTo: new Set(), size });
  return route.kind === "refused" ? failed(route.status, route.text) : undefined;
}

/** A repeat gets the same refusal, though the directory may have changed. */
function remember(
  context: AcceptContext,
  mailId: string,
  { recipients }: Envelope,
  outcomes: readonly Outcome[],
): void {
  recipients.forEach(({ address }, index) => {
    const outcome = outcomes[index];
    if (outcome?.kind === "failed") context.memory.refused(mailId, address, `${outcome.text} (#${outcome.status})`);
  });
}
