import { deferred, failed } from "#shared/mail/outcome.js";
import { mailboxOf } from "#shared/mailbox/mailbox-path.js";
import type { Destination, Route } from "#shared/queue/route.js";
import type { Destination as Decided, Decision, Problem } from "./decisions.ts";

/** The one queue that only the link empties. */
export const OUTBOUND = "outbound";

/** A decision in the words of the queue (pure). @param quotaOf how much mail somebody's mailbox may hold, in bytes */
export function routeOf(decision: Decision, quotaOf: (name: string) => number | undefined): Route {
  const { outcome, status = "4.3.0", text = "", destinations, expanded, renewed, problems } = decision;
  if (outcome === "refused" || outcome === "deferred") return { kind: outcome, status, text };
  return {
    kind: "to",
    destinations: destinations.map((one) => placed(one, one.kind === "mailbox" ? quotaOf(one.name) : undefined)),
    ...(expanded === undefined ? {} : { expanded }),
    ...(renewed === undefined ? {} : { renewed }),
    ...(problems === undefined ? {} : { problems: problems.map(problemOf) }),
  };
}

function placed({ kind, name, recipient, sender, list }: Decided, quota: number | undefined): Destination {
  return {
    place: kind === "mailbox" ? { kind, name: mailboxOf(name) } : { kind: "queue", name: OUTBOUND },
    recipient,
    ...(quota === undefined ? {} : { quota }),
    ...(sender === undefined ? {} : { sender }),
    ...(sender === undefined || list === undefined ? {} : { list: { address: list, owner: sender } }),
  };
}

function problemOf({ recipient, sender, outcome, status, text }: Problem) {
  return {
    recipient,
    ...(sender === undefined ? {} : { sender }),
    outcome: outcome === "refused" ? failed(status, text) : deferred(status, text),
  };
}
