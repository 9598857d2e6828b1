import { deferred, failed, type Outcome } from "#shared/mail/outcome.js";
import { mailboxName } from "#shared/mailbox/mailbox-path.js";
import type { Destination, Route } from "#shared/queue/route.js";
import type { Destination as Decided, Decision, Problem } from "./decisions.ts";

/** The one queue that only the link empties. */
export const OUTBOUND = "outbound";

/** A decision in the words of the queue (pure). */
export function routeOf(decision: Decision): Route {
  const { outcome, status = "4.3.0", text = "", destinations, expanded, problems } = decision;
  if (outcome === "refused" || outcome === "deferred") return { kind: outcome, status, text };
  return {
    kind: "to",
    destinations: destinations.map(placed),
    ...(expanded === undefined ? {} : { expanded }),
    ...(problems === undefined
      ? {}
      : { problems: problems.map((one) => ({ recipient: one.recipient, outcome: failureOf(one) })) }),
  };
}

function placed({ kind, name, recipient, sender, list }: Decided): Destination {
  return {
    place: kind === "mailbox" ? { kind, name: mailboxName(name) } : { kind: "queue", name: OUTBOUND },
    recipient,
    ...(sender === undefined ? {} : { sender }),
    ...(sender === undefined || list === undefined ? {} : { list: { address: list, owner: sender } }),
  };
}

function failureOf({ outcome, status, text }: Problem): Outcome {
  return outcome === "refused" ? failed(status, text) : deferred(status, text);
}
